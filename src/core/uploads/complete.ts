/** CompleteMultipartUpload: the parts' extents become the object's content, whose id is the upload's. No byte is read or moved. */

import { createHash } from "node:crypto";
import { authorizeBesides } from "../access/besides.ts";
import { judgeAcl } from "../access/ownership.ts";
import type { CompletePart, Context, Core, VersionResult, WriteCondition } from "../api.ts";
import { limits } from "../api.ts";
import type { Change } from "../change.ts";
import { checksumLoading } from "../digest.ts";
import { judgeCustomerKey, storedLength } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { emitCreated } from "../events/emit.ts";
import { counterKey, tables } from "../keys.ts";
import { expirationIn } from "../lifecycle/answers.ts";
import type { ChecksumClaim, ChecksumValue, Content, ContentId, UploadId } from "../model.ts";
import { layContent } from "../objects/content.ts";
import type { Bytes, Ports } from "../ports.ts";
import { tagsOf } from "../tags.ts";
import { transact } from "../transact.ts";
import { putVersion, type VersionDraft } from "../versions/put-version.ts";
import type { BucketHandle, View } from "../view.ts";
import { checksumTypeAllowed, wholeChecksum, wholeCrc64, wholeEtag } from "./combine.ts";
import { findUpload, isUploadId, judgeInitiator, uploadTurn } from "./find.ts";
import { loadParts } from "./parts.ts";
import { decodeAnswer, encodeAnswer, encodeEnded, type PartRecord, type UploadRecord } from "./records.ts";

type Input = Parameters<Core["uploads"]["complete"]>[1];
export const completeLimits = {
  /** How long the same Complete gets the same answer. */
  answerMs: 24 * 3600 * 1000,
  /** What fits one batch (`metadataLimits.batchBytesMax`), as pages of the content: at 64 MiB a blob, some 9 TiB. */
  extentsMax: 150_000,
} as const;

/**
 * partOrder, partMissing, partTooSmall, entityTooLarge, digestMismatch, uploadMissing; conditions as of a put. The same Complete again, within
 * a day, is answered as the first time; first of Complete and Abort wins. A refused one leaves the upload as it was.
 */
export function completeUpload(ports: Ports, context: Context, input: Input): Promise<VersionResult> {
  return transact(ports, context, uploadTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const upload = await findUpload(view, bucket, input);
    if (!upload) return (await remembered(view, bucket, input)) ?? fail("uploadMissing", { uploadId: input.uploadId, key: input.key });
    const { record } = upload;
    judgeInitiator(context, record, input);
    if (input.acl !== undefined) {
      judgeAcl(bucket.state, input.acl);
      await authorizeBesides(view, context, bucket.state, { key: input.key, aclAsked: true });
    }
    const { stamp, parts } = await loadParts(ports, record.id);
    judgeKey(input, record, parts);
    const chosen = choose(input, record, parts);
    await checksumLoading(record.checksum?.algorithm);
    const draft = draftOf(ports, input, record, chosen);
    const condition = bothConditions(record.condition, input.condition);
    const content = layContent(change, contentOf(record, chosen));
    const version = await putVersion(view, change, bucket, { ...draft, content }, condition, { lock: record.lock });
    await emitCreated(view, change, bucket, context, "parts", version);
    const used = new Set(chosen.map(({ number }) => number));
    change
      .expect(upload.rowKey, upload.rowValue)
      .expect(tables.part.key(record.id, 0), stamp)
      .remove(upload.rowKey)
      .put(tables.ended.key(record.id), encodeEnded({ generation: bucket.state.generation, unused: [...parts.keys()].filter((number) => !used.has(number)) }))
      .add(counterKey(bucket.state.generation, "uploads"), -1);
    const result = { version, versioning: bucket.state.versioning, ...(bucket.state.expires ? await expirationIn(view, bucket, version) : {}) };
    remember(ports, change, bucket, input, record.id, result);
    return result;
  });
}

/** Who completes shows the customer's key where the upload was begun with a checksum, or (as S3 has it) a part came with one of the writer's own, and may elsewhere. */
function judgeKey({ mode, customerKey, defaultChecksum }: Input, { protection, checksum }: UploadRecord, parts: Map<number, PartRecord>): void {
  if (mode !== undefined && protection?.mode !== mode) fail("customerKeyUnused", {});
  const isSent = (part: PartRecord): boolean => defaultChecksum !== undefined && part.checksum !== undefined && part.checksum.algorithm !== defaultChecksum;
  const isWanted = protection?.mode === "customer" && (checksum !== undefined || [...parts.values()].some(isSent));
  if (customerKey || isWanted) judgeCustomerKey(protection, customerKey);
}

/** The parts of the object, in order, held against what the client knows of them. */
function choose(input: Input, { id, checksum }: UploadRecord, parts: Map<number, PartRecord>): PartRecord[] {
  const listed: readonly (CompletePart | { number: number; etag?: undefined; checksum?: undefined })[] =
    input.parts === "all" ? [...parts.keys()].map((number) => ({ number })) : input.parts;
  if (listed.length === 0) fail("partMissing", { partNumber: 1, etag: "", uploadId: id });
  for (let i = 1; i < listed.length; i++) {
    if ((listed[i] as CompletePart).number <= (listed[i - 1] as CompletePart).number) fail("partOrder", { uploadId: id });
  }
  const chosen = listed.map((wanted) => {
    const part = parts.get(wanted.number);
    const isIt =
      part !== undefined &&
      (wanted.etag === undefined || wanted.etag.toLowerCase() === part.etag) &&
      (wanted.checksum === undefined || (checksum === undefined && part.checksum === undefined) || wanted.checksum === part.checksum?.value);
    if (!isIt) fail("partMissing", { partNumber: wanted.number, etag: wanted.etag ?? "", uploadId: id });
    return part;
  });
  for (const { number, size, etag } of chosen.slice(0, -1)) {
    if (size < input.partSizeMinimum) fail("partTooSmall", { partNumber: number, size, minimum: input.partSizeMinimum, etag });
  }
  return chosen;
}

function draftOf(ports: Ports, input: Input, record: UploadRecord, parts: PartRecord[]): VersionDraft {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > limits.objectBytesMax) fail("entityTooLarge", { size, limit: limits.objectBytesMax });
  const extents = parts.reduce((sum, part) => sum + part.extents.length, 0);
  if (extents > completeLimits.extentsMax) fail("entityTooLarge", { size, limit: completeLimits.extentsMax * limits.blobBytesMax });
  if (input.size !== undefined && input.size !== size) fail("uploadSize", { claimed: input.size, actual: size });
  const checksum = record.checksum ? wholeChecksum(record.checksum.algorithm, record.checksum.type, parts) : impliedChecksum(parts);
  if (record.checksum && !checksum)
    fail("partMissing", { partNumber: parts.find((part) => part.checksum?.algorithm !== record.checksum?.algorithm)?.number ?? 1, etag: "", uploadId: record.id });
  judgeChecksum(input.checksum, checksum);
  return {
    kind: "object",
    key: input.key,
    modifiedMs: ports.clock.wallMs(),
    size,
    etag: wholeEtag(parts),
    owner: record.owner,
    storageClass: record.storageClass,
    form: "multipart",
    headers: record.headers,
    metadata: record.metadata,
    acl: input.acl ?? record.acl,
    ...tagsOf(record.tags),
    crc64: wholeCrc64(parts),
    ...(record.protection ? { encryption: { ...record.protection, streams: wholeStreams(parts) } } : {}),
    ...(checksum ? { checksum } : {}),
    parts: parts.map(({ number, size: partSize, checksum: sum }) => ({
      number,
      size: partSize,
      ...(checksum && sum?.algorithm === checksum.algorithm ? { checksum: sum.value } : {}),
    })),
  };
}

/** Of an upload that asked for none: what all its parts were given by default, when that is a checksum of a whole. */
function impliedChecksum(parts: PartRecord[]): ChecksumValue | undefined {
  const algorithm = parts[0]?.checksum?.algorithm;
  return algorithm && checksumTypeAllowed(algorithm, "full") ? wholeChecksum(algorithm, "full", parts) : undefined;
}

/** A composite value may come with or without its `-<count>`. A claim about what was not asked for when the upload began cannot be judged. */
function judgeChecksum(claim: ChecksumClaim | undefined, actual: ChecksumValue | undefined): void {
  if (!claim) return;
  if (!actual || claim.algorithm !== actual.algorithm) fail("invalidArgument", { argument: "checksum", value: claim.algorithm, why: "the upload was begun without this checksum" });
  if (claim.type !== undefined && claim.type !== actual.type) fail("digestMismatch", { algorithm: claim.algorithm, expected: claim.type, actual: actual.type });
  const bare = actual.type === "composite" && !claim.value.includes("-") ? actual.value.slice(0, actual.value.lastIndexOf("-")) : actual.value;
  if (claim.value !== bare) fail("digestMismatch", { algorithm: claim.algorithm, expected: claim.value, actual: actual.value });
}

/** Both hold: what was asked when the upload began, and what is asked now. */
function bothConditions(begun: WriteCondition | undefined, now: WriteCondition | undefined): WriteCondition | undefined {
  return begun || now ? { ...begun, ...now } : undefined;
}

function contentOf({ id: upload, protection }: UploadRecord, parts: PartRecord[]): Content {
  const id = upload as string as ContentId;
  const extents = parts.flatMap((part) => part.extents);
  const sealed = protection ? { sealedBytes: parts.reduce((sum, { size }) => sum + storedLength(protection, size), 0) } : {};
  return extents.length === 0 ? { id, inline: new Uint8Array(0), ...sealed } : { id, extents, ...sealed };
}

const wholeStreams = (parts: readonly PartRecord[]): string => Buffer.concat(parts.map(({ stream }) => Buffer.from(stream ?? "", "base64"))).toString("base64");

/** What makes two Completes the same. */
function requestOf(input: Input): string {
  const { parts, checksum, size } = input;
  const asked = parts === "all" ? "all" : parts.map(({ number, etag, checksum: sum }) => [number, etag.toLowerCase(), sum ?? ""]);
  return createHash("sha256")
    .update(JSON.stringify([asked, checksum?.value ?? "", size ?? ""]))
    .digest("base64");
}

function remember(ports: Ports, change: Change, bucket: BucketHandle, input: Input, id: UploadId, { version, versioning }: VersionResult): void {
  const untilMs = ports.clock.wallMs() + completeLimits.answerMs;
  const answer: Bytes = encodeAnswer({
    generation: bucket.state.generation,
    key: input.key,
    request: requestOf(input),
    untilMs,
    version: { ...version, metadata: [], headers: {}, parts: [] },
    versioning,
  });
  change.put(tables.answer.key(id), answer).put(tables.answerEnd.key(untilMs, id), answer.subarray(0, 1));
}

async function remembered(view: View, bucket: BucketHandle, input: Input): Promise<VersionResult | undefined> {
  if (!isUploadId(input.uploadId)) return undefined;
  const value = await view.get(tables.answer.key(input.uploadId));
  if (value === undefined) return undefined;
  const answer = decodeAnswer(value);
  const same = answer.generation === bucket.state.generation && answer.key === input.key && answer.request === requestOf(input) && answer.untilMs > view.ports.clock.wallMs();
  return same ? { version: answer.version, versioning: answer.versioning } : undefined;
}
