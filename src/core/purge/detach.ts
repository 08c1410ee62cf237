/**
 * A whole bucket goes in one batch, whatever is in it: its generation is detached from its name, and into the trash or to the reclaim job. The
 * range of its locks, from now on, is expected to be empty. Every write under the bucket expects its state, which this changes.
 */

import { successor } from "../../lib/bytes.ts";
import { authorizeAdmin } from "../access/evaluate.ts";
import type { BucketAddress, Context } from "../api.ts";
import { newGeneration, ownedKey } from "../buckets/create.ts";
import { usageOf } from "../buckets/read.ts";
import { changeState } from "../buckets/state.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { boundReason, whoAsks } from "../jobs/verbs.ts";
import { generationBytes, restRange, tables } from "../keys.ts";
import type { BucketState, Generation, ObjectKey } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { KeyRange, Ports } from "../ports.ts";
import { versionAt } from "../reclaim/named.ts";
import { take } from "../reclaim/slices.ts";
import { encodeBucketState, encodeJson, presence } from "../records.ts";
import { isInForce, wholeBucketKey } from "../retention/age.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { lockedFrom } from "../retention/rows.ts";
import { transact } from "../transact.ts";
import { walkSome } from "../versions/walk.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import type { Confirmed, Detached, DetachPlan, TrashRow } from "./api.ts";

export const detachLimits = {
  /** Configurations that one batch can carry over to the emptied bucket. */
  documentsMax: 2_000,
  trashKeepMsMax: 3_650 * 86_400_000,
} as const;

/** Throws invalidArgument unless the name was typed. */
export function judgeConfirmation(name: string, { confirm }: Confirmed): void {
  if (confirm !== name) fail("invalidArgument", { argument: "confirm", value: confirm.slice(0, 64), why: `say the bucket's name, ${name}, to confirm` });
}

/** How long the bucket stays in the trash when it goes. */
export const keepMsOf = ({ trashKeepMs }: BucketState, ports: Ports): number => trashKeepMs ?? ports.trashKeepMs ?? 0;

/** What must be empty of locks, but for the bucket's own row (retention/age.ts). */
async function lockRanges(view: View, generation: Generation): Promise<KeyRange[]> {
  const { from, to } = lockedFrom(generation, await retentionNowMs(view));
  const own = tables.locked.key(generation, Number.POSITIVE_INFINITY, wholeBucketKey, 0);
  return [
    { from, to: own },
    { from: successor(own), to },
  ];
}
/** The first version that is locked from now on. */
export async function firstLock(view: View, generation: Generation): Promise<{ key: ObjectKey; sequence: number; untilMs: number | undefined } | undefined> {
  for (const range of await lockRanges(view, generation)) {
    const row = await view.first(range);
    if (!row) continue;
    const [, untilMs, key, sequence] = tables.locked.read(row.key);
    return { key, sequence, untilMs: Number.isFinite(untilMs) ? untilMs : undefined };
  }
  return undefined;
}

/** Throws versionLocked with the first that is, and with the first there is while the whole bucket is retained. */
async function expectUnlocked(view: View, change: Change, { generation, retention }: BucketState): Promise<void> {
  const lock = await firstLock(view, generation);
  if (lock) {
    const version = (await versionAt(view, generation, lock.key, lock.sequence))?.version;
    const by = version?.legalHold || !version?.retention ? "hold" : version.retention.mode;
    fail("versionLocked", { key: lock.key, versionId: version?.isNull ? "null" : String(lock.sequence), by, untilMs: lock.untilMs, among: true });
  }
  for (const range of await lockRanges(view, generation)) change.expectEmpty(range);
  if (!retention || !isInForce(retention, await retentionNowMs(view))) return;
  await walkSome(view, generation, { prefix: "", after: undefined, rows: 1 }, async ({ listed: { key, sequence, isNull } }) =>
    fail("versionLocked", { key, versionId: isNull ? "null" : String(sequence), by: "compliance", untilMs: undefined, among: true }),
  );
  change.expectEmpty(tables.current.range(generation)).expectEmpty(restRange(generation));
}

/** The generation goes into the trash for so long, or to the reclaim job at once; the name is the caller's. Gives until when it can be had back. */
export function putAside(change: Change, bucket: BucketHandle, ports: Ports, { keepMs, by, reason }: { keepMs: number; by: string; reason: string }): number | undefined {
  const { generation, tenant, name } = bucket.state;
  if (keepMs === 0) {
    change.put(tables.deadGeneration.key(generation), presence);
    changeState(change, bucket, { status: "reclaiming" });
    return undefined;
  }
  const deletedMs = ports.clock.wallMs();
  const untilMs = deletedMs + keepMs;
  const row: TrashRow = { tenant, name, deletedMs, untilMs, by, reason };
  change.put(tables.trash.key(generation), encodeJson(row));
  changeState(change, bucket, { status: "trash" });
  return untilMs;
}

/** The generation goes; the caller sees to the name. */
async function detach(view: View, change: Change, bucket: BucketHandle, by: string, reason: string): Promise<Detached> {
  const { ports } = view;
  const { generation } = bucket.state;
  await expectUnlocked(view, change, bucket.state);
  const usage = await usageOf(view, generation);
  const untilMs = putAside(change, bucket, ports, { keepMs: keepMsOf(bucket.state, ports), by, reason });
  return { generation, usage, ...(untilMs === undefined ? {} : { untilMs }) };
}

type Input = BucketAddress & Confirmed;

async function change(ports: Ports, context: Context, input: Input, what: string, rename: (view: View, change: Change, bucket: BucketHandle) => Promise<void>): Promise<Detached> {
  authorizeAdmin(context);
  judgeConfirmation(input.bucket, input);
  const reason = boundReason(input.reason);
  const by = whoAsks(context);
  const detached = await transact(ports, context, bucketTurn(input), async (view, batch) => {
    const bucket = await view.bucket(context, input);
    const gone = await detach(view, batch, bucket, by, reason);
    await rename(view, batch, bucket);
    return gone;
  });
  const { generation, usage } = detached;
  ports.log.info("audit", { what, tenant: input.tenant, bucket: input.bucket, generation, objects: usage.objects, bytes: usage.bytes, by, reason });
  return detached;
}

async function dropName(view: View, change: Change, { state }: BucketHandle): Promise<void> {
  const nameKey = tables.name.key(state.tenant, state.name);
  change.expect(nameKey, await view.get(nameKey)).remove(nameKey);
  const owned = ownedKey(state.owner, { tenant: state.tenant, bucket: state.name });
  change.expect(owned, await view.get(owned)).remove(owned);
}

/** Throws bucketMissing, accessDenied, invalidArgument (not confirmed), versionLocked. */
export const deleteFullBucket = (ports: Ports, context: Context, input: Input): Promise<Detached> => change(ports, context, input, "bucket.deleted", dropName);

/** The bucket goes with its name. Throws versionLocked. Who may is the caller's question. */
export async function detachNamed(view: View, change: Change, bucket: BucketHandle, by: string, reason: string): Promise<Detached> {
  const gone = await detach(view, change, bucket, by, reason);
  await dropName(view, change, bucket);
  return gone;
}

/** As `deleteFullBucket`; conflict when its configurations are too many for one batch. */
export const emptyBucket = (ports: Ports, context: Context, input: Input): Promise<Detached> =>
  change(ports, context, input, "bucket.emptied", async (view, batch, { state }) => {
    const generation = newGeneration(ports);
    const documents = await take(view, tables.document.range(state.generation), detachLimits.documentsMax + 1);
    if (documents.length > detachLimits.documentsMax) fail("conflict", { what: `the bucket has more than ${detachLimits.documentsMax} configurations: purge it instead` });
    for (const { key, value } of documents) batch.put(tables.document.key(generation, tables.document.read(key)[1]), value);
    const stateKey = tables.state.key(generation);
    batch.expect(stateKey, undefined).put(stateKey, encodeBucketState({ ...state, generation, epoch: state.epoch + 1, retention: undefined }));
    const nameKey = tables.name.key(state.tenant, state.name);
    batch.expect(nameKey, await view.get(nameKey)).put(nameKey, generationBytes(generation));
    const owned = ownedKey(state.owner, input);
    batch.expect(owned, await view.get(owned)).put(owned, generationBytes(generation));
  });

export async function planDetach(ports: Ports, context: Context, input: BucketAddress): Promise<DetachPlan> {
  authorizeAdmin(context);
  return await onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    const locked = await firstLock(view, state.generation);
    const plan: DetachPlan = { usage: await usageOf(view, state.generation), keepMs: keepMsOf(state, ports) };
    return locked ? { ...plan, locked } : plan;
  });
}

export async function setTrashKeep(ports: Ports, context: Context, input: BucketAddress & { keepMs: number | undefined }): Promise<BucketState> {
  authorizeAdmin(context);
  const { keepMs } = input;
  if (keepMs !== undefined && !(Number.isSafeInteger(keepMs) && keepMs >= 0 && keepMs <= detachLimits.trashKeepMsMax))
    fail("invalidArgument", { argument: "trashKeep", value: String(keepMs), why: `0 to ${detachLimits.trashKeepMsMax} milliseconds` });
  return await transact(ports, context, bucketTurn(input), async (view, batch) => {
    const bucket = await view.bucket(context, input);
    return bucket.state.trashKeepMs === keepMs ? bucket.state : changeState(batch, bucket, { trashKeepMs: keepMs });
  });
}
