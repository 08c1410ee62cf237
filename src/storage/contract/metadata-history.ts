/** Random histories of commits, snapshots and reads, compared step by step with a model that is a sorted array. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import type { Batch, Bytes, MetadataStore, Snapshot } from "../../core/ports.ts";
import type { OpenedMetadata } from "./metadata.ts";

const runs = Number(process.env.AMPHORA_RUNS ?? 300);
const seed = Number(process.env.AMPHORA_SEED ?? 20261121);
/** Stores are reused: each history lives under a prefix of its own. */
const msPerRun = 200;

/** Few keys, so that they meet: 0x00 and 0xff ends, prefixes of each other. */
const localKeys = ["", "00", "0000", "00ff", "61", "6100", "612f", "62", "ff", "ffff"].map((hex) => Buffer.from(hex, "hex"));
type Model = { entries: Map<string, string>; counters: Map<string, number> };
type Guess = "right" | "absent" | "wrong";
type Step =
  | { do: "commit"; together: Change[] }
  | { do: "snapshot" }
  | { do: "read"; which: number; from: number; to: number; reverse: boolean; keysOnly: boolean; page: number; seek: number }
  | { do: "close"; which: number };
type Change = {
  expect: { key: number; guess: Guess }[];
  empty: { from: number; to: number }[];
  put: { key: number; value: number }[];
  remove: number[];
  add: { counter: number; delta: number }[];
  drop: number[];
  clear: { from: number; to: number; more: number }[];
};

const index = fc.nat({ max: localKeys.length - 1 });
const change: fc.Arbitrary<Change> = fc.record({
  expect: fc.array(fc.record({ key: index, guess: fc.constantFrom<Guess>("right", "right", "right", "absent", "wrong") }), { maxLength: 3 }),
  empty: fc.array(fc.record({ from: index, to: index }), { maxLength: 1 }),
  put: fc.array(fc.record({ key: index, value: fc.nat({ max: 3 }) }), { maxLength: 4 }),
  remove: fc.array(index, { maxLength: 2 }),
  add: fc.array(fc.record({ counter: fc.nat({ max: 2 }), delta: fc.integer({ min: -5, max: 5 }) }), { maxLength: 2 }),
  drop: fc.array(fc.nat({ max: 2 }), { maxLength: 1 }),
  clear: fc.array(fc.record({ from: index, to: index, more: fc.constantFrom(0, 0, 0, 1) }), { maxLength: 2 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("commit" as const), together: fc.array(change, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("snapshot" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      which: fc.nat({ max: 9 }),
      from: index,
      to: index,
      reverse: fc.boolean(),
      keysOnly: fc.boolean(),
      page: fc.integer({ min: 1, max: 4 }),
      seek: fc.nat({ max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), which: fc.nat({ max: 9 }) }) },
);

export function historyTests(name: string, open: () => Promise<OpenedMetadata>): void {
  it(`agrees with a model over ${runs} random histories (AMPHORA_RUNS=${runs} AMPHORA_SEED=${seed})`, { timeout: 20_000 + runs * msPerRun }, async () => {
    const { store, cleanUp } = await open();
    let history = 0;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => replay(store, `h${String(history++).padStart(8, "0")}`, steps)),
        { numRuns: runs, seed, endOnFailure: false },
      );
    } catch (error) {
      throw new Error(`${name}: seed ${seed}`, { cause: error });
    } finally {
      await store.close();
      await cleanUp();
    }
  });
}

async function replay(store: MetadataStore, prefix: string, steps: Step[]): Promise<void> {
  const keyOf = (at: number): Bytes => Buffer.concat([Buffer.from(prefix), localKeys[at] as Buffer]);
  const counterOf = (at: number): Bytes => Buffer.from(`${prefix}#${at}`);
  let model: Model = { entries: new Map(), counters: new Map() };
  const snapshots: { snapshot: Snapshot; model: Model }[] = [];
  const pick = (which: number): { snapshot: Snapshot; model: Model } | undefined => snapshots[which % Math.max(1, snapshots.length)];
  try {
    for (const each of [...steps, { do: "snapshot" as const }, readAll]) {
      if (each.do === "commit") {
        // Built against the model as it will stand when each is judged, so that "right" guesses depend on the batches ahead in the same group.
        const expected: string[] = [];
        const batches = each.together.map((wanted) => {
          const batch = batchOf(wanted, model, keyOf, counterOf);
          const outcome = judge(batch, model);
          expected.push(outcome.conflicts.join());
          model = outcome.model;
          return batch;
        });
        const outcomes = await Promise.all(batches.map((batch) => store.commit(batch)));
        assert.deepEqual(
          outcomes.map((outcome) => (outcome.committed ? "" : outcome.conflicts.map(hex).join())),
          expected,
        );
      } else if (each.do === "snapshot") {
        if (snapshots.length < 5) snapshots.push({ snapshot: await store.snapshot(), model });
      } else if (each.do === "close") {
        const chosen = pick(each.which);
        if (chosen === undefined) continue;
        chosen.snapshot.close();
        snapshots.splice(snapshots.indexOf(chosen), 1);
      } else {
        const chosen = each === readAll ? snapshots.at(-1) : pick(each.which);
        if (chosen !== undefined) await compare(chosen, each, keyOf, counterOf);
      }
    }
  } finally {
    for (const { snapshot } of snapshots) snapshot.close();
  }
}
const readAll = { do: "read" as const, which: 0, from: 0, to: localKeys.length - 1, reverse: false, keysOnly: false, page: 4, seek: 30 };

const hex = (bytes: Bytes): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Bytes => Buffer.from(text, "hex");

function batchOf(wanted: Change, model: Model, keyOf: (at: number) => Bytes, counterOf: (at: number) => Bytes): Batch {
  const used = new Set<number>();
  const once = (at: number): boolean => !used.has(at) && used.add(at).size > 0;
  return {
    expect: [
      ...wanted.expect.map(({ key, guess }) => {
        const is = model.entries.get(hex(keyOf(key)));
        if (guess === "right") return { key: keyOf(key), is: is === undefined ? undefined : unhex(is) };
        return { key: keyOf(key), is: guess === "absent" ? undefined : Buffer.from("something else") };
      }),
      ...wanted.empty.map(({ from, to }) => ({ empty: { from: keyOf(from), to: keyOf(to) } })),
    ],
    put: wanted.put.filter(({ key }) => once(key)).map(({ key, value }) => ({ key: keyOf(key), value: Buffer.alloc(value * 7, value) })),
    remove: wanted.remove.filter(once).map(keyOf),
    add: wanted.add.map(({ counter, delta }) => ({ counter: counterOf(counter), delta })),
    drop: wanted.drop.map(counterOf),
    clear: wanted.clear.flatMap(({ from, to, more }) => {
      const range = { from: keyOf(from), to: keyOf(to) };
      const rows = rangeOf(model, range.from, range.to).length + more;
      return rows === 0 ? [] : [{ range, rows }];
    }),
  };
}

function judge(batch: Batch, model: Model): { conflicts: string[]; model: Model } {
  const conflicts = batch.expect.flatMap((expectation) => {
    if ("empty" in expectation) {
      const { from, to } = expectation.empty;
      return rangeOf(model, from, to).length > 0 ? [hex(from)] : [];
    }
    const is = expectation.is === undefined ? undefined : hex(expectation.is);
    return model.entries.get(hex(expectation.key)) === is ? [] : [hex(expectation.key)];
  });
  for (const { range, rows } of batch.clear ?? []) if (rangeOf(model, range.from, range.to).length !== rows) conflicts.push(hex(range.from));
  if (conflicts.length > 0) return { conflicts, model };
  const next: Model = { entries: new Map(model.entries), counters: new Map(model.counters) };
  for (const { range } of batch.clear ?? []) for (const key of rangeOf(model, range.from, range.to)) next.entries.delete(key);
  for (const { key, value } of batch.put) next.entries.set(hex(key), hex(value));
  for (const key of batch.remove) next.entries.delete(hex(key));
  for (const { counter, delta } of batch.add) next.counters.set(hex(counter), (next.counters.get(hex(counter)) ?? 0) + delta);
  for (const counter of batch.drop ?? []) next.counters.delete(hex(counter));
  return { conflicts, model: next };
}

/** Hex text sorts as its bytes do. */
const rangeOf = (model: Model, from: Bytes, to: Bytes): string[] => [...model.entries.keys()].filter((key) => key >= hex(from) && key < hex(to)).sort();

async function compare(
  chosen: { snapshot: Snapshot; model: Model },
  how: Extract<Step, { do: "read" }>,
  keyOf: (at: number) => Bytes,
  counterOf: (at: number) => Bytes,
): Promise<void> {
  const { snapshot, model } = chosen;
  const range = { from: keyOf(how.from), to: Buffer.concat([keyOf(how.to), Buffer.from([0])]) };
  let expected = rangeOf(model, range.from, range.to);
  if (how.reverse) expected.reverse();
  const cursor = snapshot.scan({ ...range, reverse: how.reverse, keysOnly: how.keysOnly });
  const seen: string[] = [];
  for (let pages = 0; ; pages++) {
    const page = await cursor.next(how.page);
    for (const { key, value } of page) {
      seen.push(hex(key));
      assert.equal(hex(value), how.keysOnly ? "" : model.entries.get(hex(key)));
    }
    if (page.length < how.page) break;
    if (pages === 0 && how.seek < localKeys.length) {
      const to = keyOf(how.seek);
      cursor.seek(to);
      const passed = seen.length;
      expected = expected.filter((key, at) => at < passed || (how.reverse ? key <= hex(to) : key >= hex(to)));
    }
  }
  cursor.close();
  assert.deepEqual(seen, expected);
  for (let at = 0; at < localKeys.length; at += 3) {
    const value = await snapshot.get(keyOf(at));
    assert.equal(value && hex(value), model.entries.get(hex(keyOf(at))));
  }
  for (let at = 0; at < 3; at++) assert.equal(await snapshot.sum(counterOf(at)), model.counters.get(hex(counterOf(at))) ?? 0);
}
