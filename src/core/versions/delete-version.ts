/** Deletes on a chain: by name (which may only put a marker), or one version by its id. */
import { authorizeObject } from "../access/evaluate.ts";
import type { Context, DeleteCondition, DeleteResult } from "../api.ts";
import { fail } from "../errors.ts";
import type { AccountId, BucketState, Version, VersionSelector } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { View } from "../view.ts";
import type { Chain, Removal } from "./chain.ts";
import { sameEtag, wholeSeconds } from "./conditions.ts";
import { nextSequence } from "./sequences.ts";

/** A delete marker: a version without content. `owner`: who deleted. */
export function markerDraft(key: Version["key"], owner: AccountId, modifiedMs: number): Omit<Version, "sequence" | "isNull"> {
  return { kind: "marker", key, modifiedMs, size: 0, etag: "", owner, storageClass: "standard", form: "single", headers: {}, metadata: [], acl: "inherit" };
}

/** May this be deleted? Throws preconditionFailed, keyMissing, versionMissing; accessDenied to who may not read what it compares. */
export async function judgeDelete(
  view: View,
  context: Context,
  state: BucketState,
  chain: Chain,
  selector: VersionSelector,
  condition: DeleteCondition | undefined,
): Promise<void> {
  if (!condition) return;
  const { ifMatch, readAction, ifSize, ifModifiedMs } = condition;
  const { key } = chain;
  const target = await chain.find(selector);
  if (ifMatch && readAction !== undefined && !ifMatch.includes("*")) await authorizeObject(view, { ...context, capability: "object.read", action: readAction }, state, target);
  if (!target) {
    if (!ifMatch) return;
    return selector === undefined ? fail("keyMissing", { key }) : fail("versionMissing", { key, versionId: String(selector) });
  }
  const isMarker = target.kind === "marker";
  if (ifMatch && (isMarker || !ifMatch.some((etag) => sameEtag(etag, target.etag)))) fail("preconditionFailed", { condition: "If-Match" });
  if (ifSize !== undefined && (isMarker || ifSize !== target.size)) fail("preconditionFailed", { condition: "size" });
  if (ifModifiedMs !== undefined && (isMarker || wholeSeconds(ifModifiedMs) !== wholeSeconds(target.modifiedMs))) fail("preconditionFailed", { condition: "last-modified-time" });
}

/**
 * Without a selector: versioning off removes the object; enabled puts a marker; suspended puts a null marker in place of the null version.
 * With one: removes that version for good, and the next one comes in its place. What is not there is no error: the result says nothing was removed.
 * Throws versionLocked, and then the chain is as it was.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
 */
export async function deleteOnChain(ports: Ports, state: BucketState, chain: Chain, selector: VersionSelector, owner: AccountId, removal: Removal): Promise<DeleteResult> {
  const { versioning, generation } = state;
  if (selector === undefined && versioning !== "off") {
    const sequence = nextSequence(ports.clock, ports.slot ?? 0, { generation, key: chain.key }, chain.head?.sequence);
    const isNull = versioning === "suspended";
    await chain.put({ ...markerDraft(chain.key, owner, ports.clock.wallMs()), sequence, isNull });
    return { versioning, marker: { sequence, isNull } };
  }
  const target = await chain.find(selector);
  if (!target) return { versioning };
  await chain.remove(target.sequence, removal);
  return { versioning, removed: { sequence: target.sequence, isNull: target.isNull, marker: target.kind === "marker" } };
}
