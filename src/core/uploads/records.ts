/** The rows of uploads: the open upload, its parts and their stamp, what is left of an ended one, and the remembered answer. */
import type { Part, Upload, WriteCondition } from "../api.ts";
import type { EncryptionShown } from "../encryption/api.ts";
import { decodeExtents, encodeExtents } from "../extent-bytes.ts";
import { asBuffer } from "../keys.ts";
import type { AccountId, ContentHeaders, ContentId, Encryption, Extent, Generation, LockAsked, Metadata, ObjectAcl, ObjectKey, Tags, Version, Versioning } from "../model.ts";
import type { Bytes } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";

/** What the completed object will be, fixed when the upload was initiated. `owner` owns it: the initiator's account, the bucket's owner for nobody's. */
export type UploadRecord = Omit<Upload, "encryption"> & {
  protection?: Omit<Encryption, "streams">;
  owner: AccountId;
  headers: ContentHeaders;
  metadata: Metadata;
  acl: ObjectAcl;
  tags?: Tags;
  condition?: WriteCondition;
  lock?: LockAsked;
};
export const encodeUpload = (record: UploadRecord): Bytes => encodeJson(record);
export const decodeUpload = (value: Bytes): UploadRecord => decodeJson<UploadRecord>(value);
export function toUpload(record: UploadRecord): Upload {
  const { owner: _owner, headers: _headers, metadata: _metadata, acl: _acl, tags: _tags, condition: _condition, lock: _lock, protection, ...upload } = record;
  return { ...upload, ...shownOf(protection) };
}

/** How the parts are encrypted, without the key. */
export function shownOf(protection: Omit<Encryption, "streams"> | undefined): { encryption?: EncryptionShown } {
  if (!protection) return {};
  const { wrapped: _wrapped, outer: _outer, ...encryption } = protection;
  return { encryption };
}

/** `stream`: the id of the part's sealed stream. `source`: the content from which the extents that are not the upload's own (`from`) are borrowed. */
export type PartRecord = Part & { extents: Extent[]; source?: ContentId; stream?: string };
/** JSON behind the format byte, its length before it, the extents after it. */
export function encodePart({ extents, ...rest }: PartRecord): Bytes {
  const json = encodeJson(rest);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length, 0);
  return Buffer.concat([length, json, encodeExtents(extents)]);
}
export function decodePart(value: Bytes): PartRecord {
  const raw = asBuffer(value);
  const end = 4 + raw.readUInt32BE(0);
  return { ...decodeJson<Omit<PartRecord, "extents">>(raw.subarray(4, end)), extents: decodeExtents(raw, end).extents };
}
export function toPart(record: PartRecord): Part {
  const { extents: _extents, source: _source, stream: _stream, ...part } = record;
  return part;
}

/** The upload is gone, its part rows are not yet. `unused`: the parts whose bytes nobody needs; those of the others are the object's. */
export type EndedRecord = { generation: Generation; unused: number[] | "all" };
export const encodeEnded = (record: EndedRecord): Bytes => encodeJson(record);
export const decodeEnded = (value: Bytes): EndedRecord => decodeJson<EndedRecord>(value);

/** What Complete said, for the client that did not hear it. `request`: a digest of what was asked; the version without its bytes. */
export type AnswerRecord = { generation: Generation; key: ObjectKey; request: string; untilMs: number; version: Version; versioning: Versioning };
export function encodeAnswer(record: AnswerRecord): Bytes {
  const { content: _content, encryption, ...version } = record.version;
  return encodeJson({ ...record, version: encryption ? { ...version, encryption: { ...encryption, wrapped: "", streams: "" } } : version });
}
export const decodeAnswer = (value: Bytes): AnswerRecord => decodeJson<AnswerRecord>(value);
