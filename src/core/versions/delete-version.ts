/** Deletes on a chain: by name (which may only put a marker), or one version by its id. */
import type { DeleteResult } from "../api.ts";
import type { AccountId, BucketState, Version, VersionSelector } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { Chain, Removal } from "./chain.ts";
import { nextSequence } from "./sequences.ts";

/** A delete marker: a version without content. `owner`: who deleted. */
export function markerDraft(key: Version["key"], owner: AccountId, modifiedMs: number): Omit<Version, "sequence" | "isNull"> {
  return { kind: "marker", key, modifiedMs, size: 0, etag: "", owner, storageClass: "standard", form: "single", headers: {}, metadata: [], acl: "inherit" };
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
