import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { monotonicMs } from "../../storage/metadata/monotonic.ts";
import { tables } from "../keys.ts";
import type { BucketName, ObjectKey } from "../model.ts";
import { newContentId } from "../objects/store-body.ts";
import { encodeJson } from "../records.ts";
import { rowsOf, type TestPorts, testPorts, testTenant } from "../testing.ts";
import { onView } from "../view.ts";
import { deliveryLimits, type SendEvent, startDelivery } from "./deliver.ts";
import type { WaitingEvent } from "./model.ts";
import { outboxCounter } from "./outbox-counters.ts";

const who = { accountId: "1".repeat(12), canonicalId: "c" };
const event = (key: string, sequencer: number, timeMs = Date.now()): WaitingEvent => ({
  kind: "created.put",
  ruleId: "r",
  timeMs,
  tenant: testTenant,
  bucket: "b" as BucketName,
  region: "",
  owner: who,
  source: {},
  object: { key: key as ObjectKey, sequencer, versioning: "off" },
});
async function waiting(ports: TestPorts, target: string, events: readonly WaitingEvent[]): Promise<void> {
  const put = events.map((each) => ({ key: tables.outbox.key(target, each.object?.sequencer ?? 0, newContentId(ports)), value: encodeJson(each) }));
  await ports.metadata.commit({ expect: [], put, remove: [], add: [{ counter: outboxCounter(target), delta: events.length }] });
}
const left = (ports: TestPorts) => rowsOf(ports, tables.outbox.range());
const counted = (ports: TestPorts, target = "hook") => onView(ports, (view) => view.sum(outboxCounter(target)));
async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (const endMs = monotonicMs() + 8_000; !(await condition()); ) {
    assert.ok(monotonicMs() < endMs, what);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Runs deliveries until the condition holds. */
async function delivering(ports: TestPorts, send: SendEvent, condition: () => Promise<boolean> | boolean, options: { targets?: string[]; retryMs?: number } = {}) {
  const stop = new AbortController();
  const delivery = startDelivery(ports, { send, targets: new Set(options.targets ?? ["hook"]), signal: stop.signal, retryMs: options.retryMs ?? 20 });
  try {
    await until(condition, "the deliveries did not get there");
  } finally {
    stop.abort();
    await delivery.ended;
  }
  return delivery.figures();
}

describe("Deliveries", () => {
  it("take every event to its target, those of one key in their order, and then the outbox is empty", async () => {
    const ports = testPorts();
    await waiting(
      ports,
      "hook",
      Array.from({ length: 250 }, (_, n) => event(`k${n % 10}`, n)),
    );
    await waiting(ports, "other", [event("o", 1)]);
    const got: [string, string, number][] = [];
    const send: SendEvent = async (target, { object }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      got.push([target, object?.key ?? "", object?.sequencer ?? 0]);
    };
    const figures = await delivering(ports, send, async () => (await left(ports)).length === 0, { targets: ["hook", "other"] });
    assert.equal(got.length, 251);
    for (let n = 0; n < 10; n++) {
      const own = got.filter(([target, key]) => target === "hook" && key === `k${n}`).map(([, , sequencer]) => sequencer);
      assert.deepEqual(
        own,
        own.toSorted((a, b) => a - b),
      );
      assert.equal(own.length, 25);
    }
    assert.deepEqual(figures.map(({ target, delivered, failed }) => [target, delivered, failed]).sort(), [
      ["hook", 250, 0],
      ["other", 1, 0],
    ]);
    assert.deepEqual([await counted(ports), await counted(ports, "other")], [0, 0]);
  });

  it("try again what was not taken, with the same id, and keep the later events of its key behind it", async () => {
    const ports = testPorts();
    await waiting(ports, "hook", [event("bad", 1), event("bad", 2), event("good", 3)]);
    const tries: { key: string; sequencer: number; id: string }[] = [];
    let failures = 4;
    const send: SendEvent = async (_, { object }, id) => {
      tries.push({ key: object?.key ?? "", sequencer: object?.sequencer ?? 0, id });
      if (object?.sequencer === 1 && failures-- > 0) throw new Error("answered 500");
    };
    const [figures] = await delivering(ports, send, async () => (await left(ports)).length === 0);
    const bad = tries.filter(({ key }) => key === "bad").map(({ sequencer }) => sequencer);
    assert.deepEqual(bad, [1, 1, 1, 1, 1, 2]);
    assert.equal(new Set(tries.filter(({ sequencer }) => sequencer === 1).map(({ id }) => id)).size, 1);
    assert.equal(tries.filter(({ key }) => key === "good").length, 1);
    assert.deepEqual([figures?.delivered, figures?.failed, figures?.givenUp], [3, 4, 0]);
  });

  it("wait longer after each failure, and leave a target alone that takes nothing", async () => {
    const ports = testPorts();
    await waiting(
      ports,
      "hook",
      Array.from({ length: 20 }, (_, n) => event(`k${n}`, n)),
    );
    const times: number[] = [];
    const send: SendEvent = async () => {
      times.push(monotonicMs());
      throw new Error("ECONNREFUSED");
    };
    const begunMs = monotonicMs();
    await delivering(ports, send, () => monotonicMs() - begunMs > 1_500, { retryMs: 400 });
    assert.ok(times.length <= 20 * 4, `${times.length} tries of 20 events in 1.5 s`);
    assert.equal((await left(ports)).length, 20, "nothing is lost");
    assert.equal(await counted(ports), 20);
  });

  it("give up what nobody took in its time, and keep what waits for a target that is not named now", async () => {
    const ports = testPorts();
    await waiting(ports, "hook", [event("old", 1, Date.now() - deliveryLimits.ageMsMax - 1_000), event("new", 2)]);
    await waiting(ports, "unnamed", [event("k", 1), event("old", 2, Date.now() - deliveryLimits.ageMsMax - 1_000)]);
    const got: string[] = [];
    const send: SendEvent = async (target, { object }) => void got.push(`${target} ${object?.key}`);
    const figures = await delivering(ports, send, async () => (await left(ports)).length === 1);
    assert.deepEqual(got, ["hook new"]);
    assert.deepEqual(figures.map(({ target, givenUp }) => [target, givenUp]).sort(), [
      ["hook", 1],
      ["unnamed", 1],
    ]);
    assert.equal(await counted(ports, "unnamed"), 1);
  });
});
