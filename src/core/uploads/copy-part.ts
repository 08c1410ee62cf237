/** UploadPartCopy: the part shares the source's bytes. They are read once, for the part's MD5; nothing is written but the part's row. */
import { type Context, type Core, limits, type WrittenPart } from "../api.ts";
import type { Change } from "../change.ts";
import { type Digests, digestOf } from "../digest.ts";
import { etagOf, judgeCustomerKey, readPlain } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { tables, uploadUser } from "../keys.ts";
import type { ChecksumAlgorithm, Content, Extent, Version, Versioning } from "../model.ts";
import { extentsOf } from "../objects/content.ts";
import { type Found, findVersion } from "../objects/find.ts";
import { followLink } from "../objects/links.ts";
import { judgeArchived } from "../objects/restore.ts";
import { liesOn, shelfOf } from "../objects/shelves.ts";
import { keepStored, storeBody } from "../objects/store-body.ts";
import type { ByteSource, Ports } from "../ports.ts";
import { encodePage, presence } from "../records.ts";
import { transact } from "../transact.ts";
import { judgeRead } from "../versions/conditions.ts";
import { onView, type View } from "../view.ts";
import { judgeInitiator, requireUpload, uploadTurn } from "./find.ts";
import { placePart } from "./place-part.ts";
import { judgePartNumber, sealOfPart } from "./put-part.ts";
import { type PartRecord, shownOf, toPart, type UploadRecord } from "./records.ts";

type Input = Parameters<Core["uploads"]["copyPart"]>[1];
type Result = WrittenPart & { source: Version; sourceVersioning: Versioning };
export const copyPartLimits = {
  /** A part's row holds so many extents (`metadataLimits.valueBytesMax`); a range of more is written anew. */
  extentsMax: 8_000,
  /** A source that is overwritten while its bytes are read is begun with again so often. */
  triesMax: 4,
} as const;

/** Throws what reading the source throws (its conditions: preconditionFailed), rangeUnsatisfiable for a range beyond it, uploadMissing, conflict for a source that keeps changing. */
export async function copyPart(ports: Ports, context: Context, input: Input): Promise<Result> {
  judgePartNumber(input.partNumber);
  for (let tries = 0; tries < copyPartLimits.triesMax; tries++) {
    // Announced before the snapshot in which the source is found: its bytes stay while they are read.
    const finished = ports.readers.begin();
    try {
      const result = await copyOnce(ports, context, input);
      if (result) return result;
    } finally {
      finished();
    }
  }
  return fail("conflict", { what: "the source of the copy keeps changing" });
}

/** `undefined`: the source is another one by now. */
async function copyOnce(ports: Ports, context: Context, input: Input): Promise<Result | undefined> {
  const { record, found, range } = await look(ports, context, input);
  judgeInitiator(context, record, input);
  const { version: source } = found;
  const length = range.end - range.start;
  if (length > limits.putBytesMax) fail("entityTooLarge", { size: length, limit: limits.putBytesMax });
  const algorithm = record.checksum?.algorithm ?? input.defaultChecksum;
  judgeCustomerKey(source.encryption, input.sourceKey);
  const seal = await sealOfPart(ports, record, input);
  const part = (digests: Digests): Omit<PartRecord, "extents"> => ({
    number: input.partNumber,
    size: length,
    etag: etagOf(ports, record.protection, digests.md5),
    crc64: digests.crc64,
    modifiedMs: ports.clock.wallMs(),
    ...(digests.checksum ? { checksum: digests.checksum } : {}),
    ...(seal ? { stream: seal.id } : {}),
  });
  const bytes = (): Promise<ByteSource> => readPlain(ports, source, input.sourceKey, range, () => {});
  const announced = { ...(algorithm ? { checksum: algorithm } : {}), expected: () => ({}) };

  // What is encrypted, or will be, is written anew, since each part is a stream of its own; and so is what lies where the upload's class does not.
  const shelf = shelfOf(ports, record.storageClass);
  const near = seal || source.encryption ? undefined : await borrowable(ports, source.content, range);
  const borrowed = near && liesOn(ports, near.extents, shelf) ? near : undefined;
  if (!borrowed) {
    const stored = await storeBody(ports, record.id, { source: await bytes(), length, ...announced }, { inlineBytesMax: 0, seal, shelf });
    const owned: PartRecord = { ...part(stored.digests), extents: stored.content.extents ?? [] };
    return keepStored(ports, stored, () => commit(ports, context, input, found, owned, undefined));
  }
  const digests = knownDigests(algorithm, source, range) ?? (await digestOf(await bytes(), announced));
  return commit(ports, context, input, found, { ...part(digests), extents: borrowed.extents, source: borrowed.content.id }, borrowed.content);
}

function look(ports: Ports, context: Context, input: Input): Promise<{ record: UploadRecord; found: Found; range: { start: number; end: number } }> {
  return onView(ports, async (view) => {
    const { record } = await requireUpload(view, await view.bucket(context, input), input);
    const found = await findSource(view, context, input);
    const { size } = found.version;
    const range = { start: input.range?.start ?? 0, end: input.range?.end ?? size };
    if (range.end > size || (input.range && range.start >= range.end)) fail("rangeUnsatisfiable", { range: `bytes=${range.start}-${range.end - 1}`, size });
    return { record, found, range };
  });
}

async function findSource(view: View, context: Context, input: Input): Promise<Found> {
  const reading = { ...context, capability: "object.read", action: input.sourceAction } as const;
  const named = await findVersion(view, reading, input.source, input.source.version);
  const found = named.version.link === undefined ? named : await followLink(view, reading, input.source, named.version);
  judgeRead(found.version, input.sourceConditions, "source");
  judgeArchived(found.version, view.ports.clock.wallMs());
  return found;
}

/** The extents of the range, all marked as the source's; `undefined` for bytes that stand in the record, or for too many extents. */
async function borrowable(ports: Ports, content: Content | undefined, range: { start: number; end: number }): Promise<{ content: Content; extents: Extent[] } | undefined> {
  if (!content || content.inline) return undefined;
  const extents: Extent[] = [];
  for await (const extent of extentsOf(ports, content, range)) {
    if (extents.length === copyPartLimits.extentsMax) return undefined;
    extents.push({ ...extent, from: content.id });
  }
  return { content, extents };
}

/** Of a whole object that was written in one piece everything is known already. */
function knownDigests(algorithm: ChecksumAlgorithm | undefined, source: Version, range: { start: number; end: number }): Digests | undefined {
  if (range.start !== 0 || range.end !== source.size || source.form !== "single" || source.kind !== "object" || source.crc64 === undefined || !/^[0-9a-f]{32}$/.test(source.etag))
    return undefined;
  if (!algorithm) return { md5: source.etag, crc64: source.crc64 };
  if (source.checksum?.algorithm !== algorithm || source.checksum.type !== "full") return undefined;
  return { md5: source.etag, crc64: source.crc64, checksum: source.checksum };
}

/** `borrowed`: the content that the part's extents belong to; the batch expects that the source's version still uses it, and uses it too. */
async function commit(ports: Ports, context: Context, input: Input, before: Found, part: PartRecord, borrowed: Content | undefined): Promise<Result | undefined> {
  return transact(ports, context, uploadTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const upload = await requireUpload(view, bucket, input);
    const found = borrowed ? await findSource(view, context, input) : before;
    if (borrowed && (found.bucket.state.generation !== before.bucket.state.generation || found.version.content?.id !== borrowed.id)) return undefined;
    await placePart(view, change, bucket, upload, part);
    if (borrowed) {
      change.expect(found.bucket.stateKey, found.bucket.stateValue);
      await found.chain.expectVersion(change, found.version.sequence);
      change.put(tables.use.key(borrowed.id, uploadUser(upload.record.id, part.number)), presence);
      await layPages(view, change, borrowed);
    }
    return { ...toPart(part), ...shownOf(upload.record.protection), source: before.version, sourceVersioning: before.bucket.state.versioning };
  });
}

/** Few extents stand in the records of the versions only. A borrower outlives those: now they stand under the content's id too. */
async function layPages(view: View, change: Change, { id, extents, paged }: Content): Promise<void> {
  if (paged || !extents) return;
  const row = tables.content.key(id, 0);
  const page = encodePage(extents);
  change.expect(row, await view.get(row)).put(row, page);
}
