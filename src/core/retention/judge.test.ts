import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDomainError } from "../errors.ts";
import type { Lock, Retention } from "../model.ts";
import { asKey } from "../testing.ts";
import { judgeEventHoldChange, judgeRemoval, judgeRetentionChange, lockedUntilMs } from "./judge.ts";
import { periodEnd } from "./period.ts";
import { lockOfNew } from "./request.ts";

const nowMs = Date.UTC(2026, 10, 21);
const ahead = nowMs + 1;
const version = (lock: Lock) => ({ key: asKey("k"), sequence: 7, isNull: false, ...lock });
const governance = (untilMs: number): Retention => ({ mode: "governance", untilMs });
const compliance = (untilMs: number): Retention => ({ mode: "compliance", untilMs });

/** What refuses: "hold", a mode, or nothing. */
function refusedBy(judged: () => void): string | undefined {
  try {
    judged();
    return undefined;
  } catch (error) {
    assert.ok(isDomainError(error, "versionLocked"), String(error));
    return error.detail.by;
  }
}

describe("judgeRemoval", () => {
  const cases: [what: string, lock: Lock, withoutBypass: string | undefined, withBypass: string | undefined][] = [
    ["nothing holds it", {}, undefined, undefined],
    ["governance ahead", { retention: governance(ahead) }, "governance", undefined],
    ["compliance ahead", { retention: compliance(ahead) }, "compliance", "compliance"],
    ["governance lapsed this very moment", { retention: governance(nowMs) }, undefined, undefined],
    ["compliance lapsed this very moment", { retention: compliance(nowMs) }, undefined, undefined],
    ["a hold", { legalHold: true }, "hold", "hold"],
    ["a hold on what has lapsed", { retention: governance(0), legalHold: true }, "hold", "hold"],
    ["a hold that was lifted", { legalHold: false }, undefined, undefined],
    ["a lifted hold and governance", { retention: governance(ahead), legalHold: false }, "governance", undefined],
  ];
  for (const [what, lock, without, withBypass] of cases) {
    it(what, () => {
      assert.equal(
        refusedBy(() => judgeRemoval(version(lock), { bypass: false, nowMs })),
        without,
      );
      assert.equal(
        refusedBy(() => judgeRemoval(version(lock), { bypass: true, nowMs })),
        withBypass,
      );
    });
  }

  it("a hold lasts to the end of time, whatever the retention says", () => {
    assert.equal(lockedUntilMs({ legalHold: true, retention: governance(1) }), Number.POSITIVE_INFINITY);
    assert.equal(lockedUntilMs({ legalHold: false, retention: governance(1) }), 1);
    assert.equal(lockedUntilMs({ legalHold: false }), undefined);
  });
});

describe("judgeRetentionChange", () => {
  const cases: [what: string, before: Retention | undefined, next: Retention | undefined, withoutBypass: string | undefined, withBypass: string | undefined][] = [
    ["a first one", undefined, compliance(ahead), undefined, undefined],
    ["longer", governance(ahead), governance(ahead + 1), undefined, undefined],
    ["longer compliance", compliance(ahead), compliance(ahead + 1), undefined, undefined],
    ["the same again", compliance(ahead), compliance(ahead), undefined, undefined],
    ["shorter governance", governance(ahead + 1), governance(ahead), "governance", undefined],
    ["shorter compliance", compliance(ahead + 1), compliance(ahead), "compliance", "compliance"],
    ["governance taken away", governance(ahead), undefined, "governance", undefined],
    ["compliance taken away", compliance(ahead), undefined, "compliance", "compliance"],
    ["governance to compliance", governance(ahead), compliance(ahead + 1), "governance", undefined],
    ["compliance to governance, longer", compliance(ahead), governance(ahead + 1), "compliance", "compliance"],
    ["lapsed compliance to anything", compliance(nowMs), governance(ahead), undefined, undefined],
  ];
  for (const [what, before, next, without, withBypass] of cases) {
    it(what, () => {
      const held = version(before ? { retention: before } : {});
      assert.equal(
        refusedBy(() => judgeRetentionChange(held, next, { bypass: false, nowMs })),
        without,
      );
      assert.equal(
        refusedBy(() => judgeRetentionChange(held, next, { bypass: true, nowMs })),
        withBypass,
      );
    });
  }
});

describe("the lock of a new version", () => {
  const state = { lock: { default: { mode: "governance", count: 1, unit: "years" } } } as Parameters<typeof lockOfNew>[0];

  it("days are 24 hours, years are calendar years", () => {
    assert.equal(periodEnd({ count: 2, unit: "days" }, nowMs), nowMs + 2 * 86_400_000);
    assert.equal(periodEnd({ count: 1, unit: "years" }, Date.UTC(2027, 6, 1)), Date.UTC(2028, 6, 1));
  });
  it("the default fills in for a retention that was not asked for, a hold stands beside it", () => {
    assert.deepEqual(lockOfNew(state, undefined, nowMs), { retention: governance(Date.UTC(2027, 10, 21)) });
    assert.deepEqual(lockOfNew(state, { legalHold: true }, nowMs), { retention: governance(Date.UTC(2027, 10, 21)), legalHold: true });
    assert.deepEqual(lockOfNew(state, { retention: compliance(5) }, nowMs), { retention: compliance(5) });
    assert.deepEqual(lockOfNew({} as typeof state, undefined, nowMs), {});
  });
});

describe("event holds", () => {
  const days = (count: number) => ({ count, unit: "days" as const });
  const dayMs = 86_400_000;

  it("bind everybody, to the end of time", () => {
    assert.equal(lockedUntilMs({ eventHold: days(1) }), Number.POSITIVE_INFINITY);
    for (const bypass of [false, true])
      assert.equal(
        refusedBy(() => judgeRemoval(version({ eventHold: days(1) }), { bypass, nowMs })),
        "hold",
      );
  });
  it("end by a retention that lasts their period from now on, and by nothing less", () => {
    const held = version({ eventHold: days(10) });
    const change = (next: Parameters<typeof judgeEventHoldChange>[1], bypass = false, before = held) => refusedBy(() => judgeEventHoldChange(before, next, { bypass, nowMs }));
    assert.equal(change({ retention: governance(nowMs + 10 * dayMs) }), undefined);
    for (const next of [{}, { legalHold: true }, { retention: compliance(nowMs + 10 * dayMs - 1) }]) for (const bypass of [false, true]) assert.equal(change(next, bypass), "hold");
    assert.equal(change({ eventHold: days(11) }), undefined);
    assert.equal(change({ eventHold: { count: 1, unit: "years" } }), undefined);
    assert.deepEqual([change({ eventHold: days(9) }), change({ eventHold: days(9) }, true)], ["hold", undefined]);
    const strict = version({ eventHold: days(10), retention: compliance(nowMs + dayMs) });
    assert.equal(change({ eventHold: days(9) }, true, strict), "hold");
  });
  it("come with a new version as the bucket or the writer says", () => {
    const state = { lock: { defaultHold: days(3) } } as Parameters<typeof lockOfNew>[0];
    assert.deepEqual(lockOfNew(state, undefined, nowMs), { eventHold: days(3) });
    assert.deepEqual(lockOfNew(state, { legalHold: true }, nowMs), { legalHold: true, eventHold: days(3) });
    assert.deepEqual(lockOfNew(state, { eventHold: "default" }, nowMs), { eventHold: days(3) });
    assert.deepEqual(lockOfNew(state, { eventHold: days(4) }, nowMs), { eventHold: days(4) });
    assert.deepEqual(lockOfNew(state, { eventHold: "none" }, nowMs), {});
    assert.deepEqual(lockOfNew(state, { retention: compliance(5) }, nowMs), { retention: compliance(5) });
    assert.deepEqual(lockOfNew({} as typeof state, { eventHold: days(4) }, nowMs), {});
  });
});
