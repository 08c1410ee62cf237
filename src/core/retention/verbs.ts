/** Retention and hold of one version, and the bucket's own setting. */
import type { Context, Core, VersionResult } from "../api.ts";
import { changeState } from "../buckets/state.ts";
import { fail } from "../errors.ts";
import { emitChanged } from "../events/emit.ts";
import type { Version } from "../model.ts";
import { bucketTurn, type Found, findVersion, objectTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import { releasedMode } from "./judge.ts";
import { judgePeriod, periodEnd } from "./period.ts";
import { judgeDate, removalOf, requireLocking } from "./request.ts";

type Address = Parameters<Core["objects"]["lock"]>[1];

/** As `findVersion`, but a bucket without locking is told first (lockMissing). */
async function findLockable(view: View, context: Context, input: Address): Promise<Found> {
  const { state } = await view.bucket(context, input);
  requireLocking(state);
  return await findVersion(view, context, input, input.version);
}

export async function objectLock(ports: Ports, context: Context, input: Address): Promise<VersionResult> {
  return await onView(ports, async (view) => {
    const { bucket, version } = await findLockable(view, context, input);
    return { version, versioning: bucket.state.versioning };
  });
}

/**
 * Neither a retention nor anything of an event hold: what retention there is goes, and a hold stays. Throws lockMissing, versionLocked (it would
 * become weaker, see `judgeRetentionChange` and `judgeEventHoldChange`), invalidArgument (not ahead, no period).
 */
export async function setRetention(ports: Ports, context: Context, input: Parameters<Core["objects"]["setRetention"]>[1]): Promise<VersionResult> {
  const { retention, eventHold } = input;
  const nowMs = ports.clock.wallMs();
  const next = (version: Version): Version => {
    if (retention) judgeDate(retention, nowMs);
    if (typeof eventHold === "object") judgePeriod(eventHold);
    const { retention: before, eventHold: held, ...rest } = version;
    const kept = held ? { eventHold: held } : {};
    if (eventHold === undefined) return { ...rest, ...kept, ...(retention ? { retention } : {}) };
    const wanted = retention ?? before;
    if (eventHold !== "released") return { ...rest, eventHold, ...(wanted ? { retention: wanted } : {}) };
    if (!held) return { ...rest, ...(wanted ? { retention: wanted } : {}) };
    return { ...rest, retention: { mode: wanted?.mode ?? releasedMode, untilMs: Math.max(wanted?.untilMs ?? 0, periodEnd(held, nowMs)) } };
  };
  return await change(ports, context, { ...input, tells: true }, input.bypassGovernance, next);
}

export async function setLegalHold(ports: Ports, context: Context, input: Parameters<Core["objects"]["setLegalHold"]>[1]): Promise<VersionResult> {
  return await change(ports, context, input, false, (version) => ({ ...version, legalHold: input.legalHold }));
}

/** `tells`: it is an event. */
async function change(
  ports: Ports,
  context: Context,
  input: Address & { tells?: true },
  bypassGovernance: boolean | undefined,
  next: (version: Version) => Version,
): Promise<VersionResult> {
  return await transact(ports, context, objectTurn(input), async (view, batch) => {
    const { bucket, chain, version: before } = await findLockable(view, context, input);
    batch.expect(bucket.stateKey, bucket.stateValue);
    const version = next(before);
    await chain.replace(version, await removalOf(view, context, bucket.state, { key: input.key, bypassGovernance }));
    await chain.writeTo(batch);
    if (input.tells) await emitChanged(view, batch, bucket, context, { kind: "retention.put", version, newest: chain.head?.sequence });
    return { version, versioning: bucket.state.versioning };
  });
}

/** Locking on, with or without a default; it is never switched off again. Throws lockNeedsVersioning, invalidArgument. */
export async function setBucketLock(ports: Ports, context: Context, input: Parameters<Core["buckets"]["setLock"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, batch) => {
    const bucket = await view.bucket(context, input);
    if (bucket.state.versioning !== "enabled") fail("lockNeedsVersioning", { bucket: bucket.state.name });
    if (input.default) judgePeriod(input.default);
    if (input.defaultHold) judgePeriod(input.defaultHold);
    changeState(batch, bucket, { lock: { ...(input.default ? { default: input.default } : {}), ...(input.defaultHold ? { defaultHold: input.defaultHold } : {}) } });
  });
}
