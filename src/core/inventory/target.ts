/** Where reports go: may they be written there? Asked when the bucket is named, and again in each batch that writes. */
import { authorizeBucket } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { etagOf, newProtection, type Protection, sealFor } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { emit } from "../events/emit.ts";
import type { BucketEncryption, BucketName, BucketState, ObjectKey, StorageClass } from "../model.ts";
import { layContent } from "../objects/content.ts";
import { shelfOf } from "../objects/shelves.ts";
import { newContentId, type StoredBody, storeBody } from "../objects/store-body.ts";
import type { ByteSource, Ports } from "../ports.ts";
import { putVersion } from "../versions/put-version.ts";
import type { BucketHandle, View } from "../view.ts";
import type { Inventory } from "./model.ts";

/**
 * Throws inventoryTargetInvalid, and accessDenied to who may not write into the target: reports are written by the owner's right, which is lent to
 * none who could not write there.
 */
export async function judgeInventoryTarget(view: View, change: Change, context: Context, source: BucketState, { target }: Inventory): Promise<void> {
  const found = await findInventoryTarget(view, source, target.bucket);
  await authorizeBucket(view, { ...context, capability: "object.write", action: "PutObject" }, found.state, target.prefix as ObjectKey);
  if (found.state.generation !== source.generation) change.expect(found.stateKey, found.stateValue);
}

/** The target, if it is there and the same owner's (inventoryTargetInvalid). */
export async function findInventoryTarget(view: View, source: Pick<BucketState, "tenant" | "owner" | "region">, target: BucketName): Promise<BucketHandle> {
  const found = await view.findBucket({ tenant: source.tenant, bucket: target });
  if (found === undefined) return fail("inventoryTargetInvalid", { target, why: "missing" });
  const { owner, region } = found.state;
  if (owner !== source.owner) fail("inventoryTargetInvalid", { target, why: "owner" });
  if (region !== "" && source.region !== "" && region !== source.region) fail("inventoryTargetInvalid", { target, why: "region" });
  return found;
}

/** The bytes of one object of a report, stored and not yet an object. */
export type StoredFile = { body: StoredBody; protection: Protection | undefined; sealId: string | undefined; contentType: string };

/** `asked`: how it is encrypted; `storageClass`: whose folder the bytes go to. The digest is that of the bytes as they are sent out. */
export async function storeFile(
  ports: Ports,
  source: ByteSource,
  { asked, storageClass, contentType }: { asked: BucketEncryption | undefined; storageClass: StorageClass; contentType: string },
): Promise<StoredFile> {
  const protection = asked && (await newProtection(ports, asked));
  const seal = protection && sealFor(ports, protection);
  const body = await storeBody(ports, newContentId(ports), { source, length: undefined, expected: () => ({}) }, { seal, shelf: shelfOf(ports, storageClass) });
  return { body, protection, sealId: seal?.id, contentType };
}

/** Makes it an object of the target's owner, in this batch; its blobs are settled by who commits. */
export async function placeFile(view: View, change: Change, target: BucketHandle, key: ObjectKey, { body, protection, sealId, contentType }: StoredFile): Promise<void> {
  const { ports } = view;
  const { owner, storageClass } = target.state;
  const version = await putVersion(view, change, target, {
    kind: "object",
    key,
    modifiedMs: ports.clock.wallMs(),
    size: body.size,
    etag: etagOf(ports, protection?.kept, body.digests.md5),
    owner,
    acl: "private",
    storageClass,
    form: "single",
    headers: { contentType },
    metadata: [],
    crc64: body.digests.crc64,
    ...(protection && sealId !== undefined ? { encryption: { ...protection.kept, streams: sealId } } : {}),
    content: layContent(change, body.content),
  });
  await emit(view, change, target, { kind: "created.put", key, sequencer: version.sequence, version, size: version.size, etag: version.etag });
}
