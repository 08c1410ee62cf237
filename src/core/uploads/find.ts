/** The open upload that a request names. */

import type { Context, ObjectAddress, UploadedBy } from "../api.ts";
import { fail } from "../errors.ts";
import { personOf } from "../identity/model.ts";
import { tables } from "../keys.ts";
import type { UploadId } from "../model.ts";
import { readUploadId } from "../names.ts";
import type { Bytes } from "../ports.ts";
import type { BucketHandle, View } from "../view.ts";
import { decodeUpload, type UploadRecord } from "./records.ts";

export type FoundUpload = { record: UploadRecord; rowKey: Bytes; rowValue: Bytes };

/** Whether a text can be an id at all. What is none names no upload. */
export const isUploadId = (text: string): text is UploadId => readUploadId(text) !== undefined;

export async function findUpload(view: View, bucket: BucketHandle, { key, uploadId }: Pick<ObjectAddress, "key"> & { uploadId: string }): Promise<FoundUpload | undefined> {
  if (!isUploadId(uploadId)) return undefined;
  const rowKey = tables.upload.key(bucket.state.generation, key, uploadId);
  const rowValue = await view.get(rowKey);
  return rowValue && { record: decodeUpload(rowValue), rowKey, rowValue };
}

/** uploadMissing when it was never, is completed or aborted, or belongs to another key. */
export async function requireUpload(view: View, bucket: BucketHandle, address: Pick<ObjectAddress, "key"> & { uploadId: string }): Promise<FoundUpload> {
  return (await findUpload(view, bucket, address)) ?? fail("uploadMissing", { uploadId: address.uploadId, key: address.key });
}

/** Throws accessDenied for somebody else, where that is asked. Nobody's upload is anybody's. */
export function judgeInitiator({ caller }: Pick<Context, "caller">, { initiator, initiatorUser }: UploadRecord, { by }: UploadedBy): void {
  if (by !== "initiator") return;
  const isIt = caller.kind === "anonymous" || (caller.account.id === initiator && personOf(caller) === initiatorUser);
  if (!isIt) fail("accessDenied", { reason: "only who began the upload may go on with it" });
}

/** The queue in which those wait who met a conflict on one upload. */
export const uploadTurn = ({ uploadId }: { uploadId: string }): Bytes => tables.machine.key(`upload/${uploadId.slice(0, 64)}`);
