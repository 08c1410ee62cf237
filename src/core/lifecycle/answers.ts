/** When what a request wrote or read will expire. Buckets whose state says that nothing does pay one comparison. */
import { decodeDocument } from "../buckets/documents.ts";
import { tables } from "../keys.ts";
import type { BucketState, Version } from "../model.ts";
import type { Bytes } from "../ports.ts";
import { decodedOnce } from "../row-cache.ts";
import type { BucketHandle, View } from "../view.ts";
import { abortOf, type Due, expirationOf } from "./evaluate.ts";
import type { Lifecycle } from "./model.ts";

const decodeKept = decodedOnce((value: Bytes): Lifecycle => decodeDocument<"lifecycle">(value).model);

async function lifecycleOf(view: View, { generation }: BucketState): Promise<Lifecycle | undefined> {
  const value = await view.get(tables.document.key(generation, "lifecycle"));
  return value && decodeKept(value);
}

/** Of a current version. */
export async function expirationIn(view: View, { state }: BucketHandle, version: Version): Promise<{ expiration?: Due }> {
  const lifecycle = state.expires && (await lifecycleOf(view, state));
  const expiration = lifecycle && expirationOf(lifecycle, version, view.ports.dayMs);
  return expiration ? { expiration } : {};
}

export async function abortIn(view: View, { state }: BucketHandle, upload: { key: string; initiatedMs: number }): Promise<{ abort?: Due }> {
  const lifecycle = state.abortsUploads && (await lifecycleOf(view, state));
  const abort = lifecycle && abortOf(lifecycle, upload, view.ports.dayMs);
  return abort ? { abort } : {};
}
