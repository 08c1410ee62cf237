/** Puts one new version on top of its chain: what put, copy, and the completion of an upload have in common. */
import { limits, type WriteCondition } from "../api.ts";
import { binOf } from "../bin/rows.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { counterKey } from "../keys.ts";
import type { Annotated, Lock, LockAsked, Version } from "../model.ts";
import { lockOfNew } from "../retention/request.ts";
import type { BucketHandle, View } from "../view.ts";
import { Chain } from "./chain.ts";
import { sameEtag } from "./conditions.ts";
import { nextSequence } from "./sequences.ts";

/** Everything of a version but what the chain and the bucket decide. */
export type VersionDraft = Omit<Version, "sequence" | "isNull" | "annotations" | keyof Lock>;
/** `annotations`: those of the new version, whose rows are the caller's. `inPlace`: an edit of the object by a copy onto itself, which a bucket that refuses overwriting allows. `lock`: as asked for and judged (`judgeLockRequest`). */
export type PutOptions = { inPlace?: boolean; lock?: LockAsked | undefined; annotations?: Annotated | undefined };

/**
 * Judges the condition (preconditionFailed, keyMissing, objectExists, versionLocked), gives the version its sequence and its lock, and adds to the change: the bucket's
 * state expected, the chain's rows, the use of its content, counters. Pages of the content are the caller's (`layContent`).
 */
export async function putVersion(view: View, change: Change, bucket: BucketHandle, draft: VersionDraft, condition?: WriteCondition, options: PutOptions = {}): Promise<Version> {
  change.expect(bucket.stateKey, bucket.stateValue);
  const chain = await Chain.load(view, bucket.state.generation, draft.key);
  const version = await putOnChain(view, bucket, chain, draft, condition, options);
  await chain.writeTo(change, binOf(bucket.state, view.ports));
  return version;
}

/** As `putVersion`, on a chain the caller loaded and will write. */
export async function putOnChain(
  view: View,
  bucket: BucketHandle,
  chain: Chain,
  draft: VersionDraft,
  condition: WriteCondition | undefined,
  options: PutOptions = {},
): Promise<Version> {
  boundAttributes(draft);
  judgeWrite(bucket, chain, condition, options.inPlace === true);
  await judgeCapacity(view, bucket, options.inPlace === true ? 0 : draft.size);
  const { generation, versioning } = bucket.state;
  const sequence = nextSequence(view.ports.clock, view.ports.slot ?? 0, { generation, key: draft.key }, chain.head?.sequence);
  // A draft made from another version carries nothing of what holds that one, nor of what stands beside it.
  const { retention: _retention, legalHold: _legalHold, eventHold: _eventHold, annotations: _annotations, ...bare } = draft as Version;
  const version: Version = { ...bare, ...lockOfNew(bucket.state, options.lock, view.ports.clock.wallMs()), sequence, isNull: versioning !== "enabled" };
  if (options.annotations) version.annotations = options.annotations;
  await chain.put(version);
  return version;
}

/**
 * Throws capacityExceeded. By what the snapshot shows: writes at the same time may each find the last room there is, so that the bucket comes to hold a little
 * more; and what a write replaces is not counted as gone before it is.
 */
export async function judgeCapacity(view: View, { state: { name, generation, capacityBytes } }: BucketHandle, addedBytes: number): Promise<void> {
  if (capacityBytes === undefined || addedBytes === 0) return;
  const held = await view.sum(counterKey(generation, "bytes"));
  if (held + addedBytes > capacityBytes) fail("capacityExceeded", { bucket: name, capacityBytes });
}

/** May something be written here? Throws preconditionFailed, keyMissing or objectExists. */
export function judgeWrite(bucket: BucketHandle, chain: Chain, condition: WriteCondition | undefined, inPlace: boolean): void {
  const { key } = chain;
  const { versioning, overwrite } = bucket.state;
  const current = chain.head?.kind === "marker" ? undefined : chain.head;
  if (condition?.ifMatch) {
    if (!current) fail("keyMissing", { key });
    if (!condition.ifMatch.some((etag) => sameEtag(etag, current.etag))) fail("preconditionFailed", { condition: "If-Match" });
  }
  if (!current) return;
  if (condition?.ifAbsent) fail("preconditionFailed", { condition: "If-None-Match" });
  if (condition?.ifNoneMatch?.some((etag) => sameEtag(etag, current.etag))) fail("preconditionFailed", { condition: "If-None-Match" });
  if (condition?.forbidOverwrite && versioning === "off") fail("objectExists", { key });
  if (overwrite === "refused" && versioning !== "enabled" && !inPlace) fail("objectExists", { key });
}

/** Dialects allow less; this is what keeps every row within the store's limits. */
function boundAttributes({ headers, metadata }: VersionDraft): void {
  let bytes = 0;
  for (const value of Object.values(headers)) bytes += Buffer.byteLength(value ?? "");
  for (const [name, value] of metadata) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (bytes > limits.metadataBytesMax)
    fail("invalidArgument", { argument: "metadata", value: String(bytes), why: `headers and metadata have at most ${limits.metadataBytesMax} bytes` });
}
