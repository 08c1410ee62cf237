import assert from "node:assert/strict";
import { test } from "node:test";
import { type SortedView, sortedMap } from "./sorted-map.ts";

const keyOf = (i: number): Uint8Array => Buffer.from(String(i).padStart(6, "0"));
const all = (view: SortedView<number>, from = 0): number[] => {
  const seen: number[] = [];
  for (let place = view.atOrAfter(keyOf(from)); place; place = view.next(place)) seen.push(view.value(place));
  return seen;
};
const allReversed = (view: SortedView<number>): number[] => {
  const seen: number[] = [];
  for (let place = view.before(keyOf(999_999)); place; place = view.previous(place)) seen.push(view.value(place));
  return seen;
};

test("tens of thousands of keys in any order come back sorted, in views that later writes do not touch", () => {
  const map = sortedMap<number>();
  const expected = new Set<number>();
  const views: { view: SortedView<number>; expected: number[] }[] = [];
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
  for (let i = 0; i < 40_000; i++) {
    const key = random(20_000);
    if (random(3) === 0) assert.equal(map.remove(keyOf(key)), expected.delete(key));
    else {
      map.put(keyOf(key), key);
      expected.add(key);
    }
    if (i % 4_000 === 0) views.push({ view: map.snapshot(), expected: [...expected].sort((a, b) => a - b) });
  }
  const sorted = [...expected].sort((a, b) => a - b);
  assert.deepEqual(all(map.now()), sorted);
  assert.deepEqual(allReversed(map.now()), sorted.toReversed());
  for (const { view, expected: then } of views) {
    assert.deepEqual(all(view), then);
    for (let i = 0; i < 50; i++) {
      const from = random(20_000);
      assert.equal(view.get(keyOf(from)), then.includes(from) ? from : undefined);
      assert.deepEqual(all(view, from).slice(0, 3), then.filter((key) => key >= from).slice(0, 3));
    }
  }
  for (const key of sorted) map.remove(keyOf(key));
  assert.deepEqual(all(map.now()), []);
  assert.equal(map.now().before(keyOf(5)), undefined);
  assert.deepEqual(all(views.at(-1)?.view as SortedView<number>), views.at(-1)?.expected);
});
