import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import type { Ports } from "../ports.ts";
import { asKey, overtaken, rowsOf, testPorts } from "../testing.ts";
import { onView } from "../view.ts";
import { advanceMark, retentionClockLimits, retentionNowMs, runRetentionClock, tickRetentionClock } from "./clock.ts";

const year = 365 * 86_400_000;
const start = Date.UTC(2026, 0, 1);

/** Ports whose clocks stand still until they are moved. */
function world() {
  const time = { wall: start, monotonic: 5_000_000 };
  const clock = { wallMs: () => time.wall, sequenceMs: () => time.wall, monotonicMs: () => time.monotonic };
  const ports = testPorts({ clock });
  const now = () => onView(ports, retentionNowMs);
  /** Honest time, with ticks as a running server makes them. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= retentionClockLimits.tickMs) {
      const step = Math.min(left, retentionClockLimits.tickMs);
      time.wall += step;
      time.monotonic += step;
      await tickRetentionClock(ports);
    }
  };
  /** Something to protect: without it the clock just follows. */
  const lockSomething = () => ports.metadata.commit({ expect: [], put: [{ key: lockRow, value: Buffer.from([1]) }], remove: [], add: [] });
  return { time, ports, now, pass, lockSomething };
}
const lockRow = tables.locked.key("00".repeat(12) as Generation, Number.POSITIVE_INFINITY, asKey("k"), 1);

describe("retention clock", () => {
  it("goes with the wall clock while that goes right, between ticks too", async () => {
    const { time, ports, now, pass, lockSomething } = world();
    assert.equal(await now(), start, "before the first tick there is the wall clock alone");
    await lockSomething();
    await tickRetentionClock(ports);
    await pass(10 * 60_000);
    time.wall += 1_234;
    time.monotonic += 1_234;
    assert.equal(await now(), start + 10 * 60_000 + 1_234);
  });

  it("a wall clock that jumps ten years ahead moves it at twice the speed of time, no more", async () => {
    const { time, now, pass, ports, lockSomething } = world();
    await lockSomething();
    await tickRetentionClock(ports);
    time.wall += 10 * year;
    assert.equal(await now(), start);
    await pass(30 * 60_000);
    assert.equal(await now(), start + 60 * 60_000);
    time.wall -= 10 * year;
    assert.equal(await now(), start + 30 * 60_000, "set right again, the wall clock is the earlier one");
  });

  it("a wall clock that jumps back holds everything, and jumping forth again gains nothing", async () => {
    const { time, now, pass, ports, lockSomething } = world();
    await lockSomething();
    await tickRetentionClock(ports);
    time.wall -= year;
    assert.equal(await now(), start - year);
    await pass(60 * 60_000);
    time.wall += year;
    assert.equal(await now(), start + 60 * 60_000);
    time.wall += 2 * year;
    assert.ok((await now()) <= start + 60 * 60_000);
  });

  it("a restart of the machine and time that nobody saw count for nothing at once, and are caught up", async () => {
    const { time, now, pass, ports, lockSomething } = world();
    await lockSomething();
    await tickRetentionClock(ports);
    time.monotonic = 10;
    time.wall += 60 * 60_000;
    assert.equal(await now(), start);
    await tickRetentionClock(ports);
    await pass(60 * 60_000);
    assert.equal(await now(), start + 2 * 60 * 60_000);
    time.monotonic += 100 * year;
    assert.ok((await now()) <= time.wall);
    time.wall += 100 * year;
    assert.ok((await now()) <= start + 2 * 60 * 60_000 + 2 * retentionClockLimits.stepMsMax, "one row vouches for little time");
  });

  it("follows the wall clock while nothing is locked, however long the store stood still, and not beside the first lock", async () => {
    const { time, ports, now, lockSomething } = world();
    await tickRetentionClock(ports);
    time.wall += year;
    await tickRetentionClock(ports);
    assert.equal(await now(), start + year);
    time.wall += year;
    const [, locked] = await overtaken(ports, tickRetentionClock, lockSomething);
    assert.equal(locked.status, "fulfilled");
    assert.ok((await now()) <= start + year, "the tick had not seen the lock that came before it");
    await tickRetentionClock(ports);
    assert.ok((await now()) <= start + year);
  });

  it("never runs ahead of the wall clock nor faster than twice the time that passed, whatever jumps", () => {
    const move = fc.record({ passMs: fc.nat(10 * 60_000), jumpMs: fc.oneof(fc.constant(0), fc.integer({ min: -20 * year, max: 20 * year })), reboot: fc.boolean() });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let wall = start;
        let monotonic = 1_000;
        let mark = { ms: start, monotonicMs: monotonic };
        let passed = 0;
        for (const { passMs, jumpMs, reboot } of moves) {
          passed += passMs;
          wall += passMs + jumpMs;
          monotonic = reboot ? Math.min(passMs, 50) : monotonic + passMs;
          const next = advanceMark(mark, { wallMs: () => wall, monotonicMs: () => monotonic });
          assert.ok(next.ms >= mark.ms, "never goes back");
          assert.ok(next.ms - mark.ms <= 2 * passMs);
          assert.ok(next.ms <= start + 2 * passed);
          mark = next;
        }
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it("keeps its row on disk from the start, and a failed tick is told and tried again", async () => {
    const told: string[] = [];
    const base = testPorts();
    let refusals = 2;
    const ports: Ports = {
      ...base,
      log: { ...base.log, error: (event) => void told.push(event) },
      metadata: {
        ...base.metadata,
        async commit(batch) {
          if (refusals-- > 0) throw new Error("no disk");
          return await base.metadata.commit(batch);
        },
      },
    };
    const stop = new AbortController();
    const running = runRetentionClock(ports, { signal: stop.signal, tickMs: 5 });
    const endMs = performance.now() + 5_000;
    while ((await rowsOf(base, tables.machine.range())).length === 0 && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await running;
    assert.deepEqual(told, ["retention.clockNotKept", "retention.clockNotKept"]);
    assert.equal((await rowsOf(base, tables.machine.range())).length, 1);
  });
});
