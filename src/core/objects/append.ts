/**
 * Appends to an object that was begun by an append. Bytes that are there are never moved: the new ones become extents of the same content. So the
 * content must be this version's alone; one that copies share is written anew first, once.
 */
import { createHash } from "node:crypto";
import { successor } from "../../lib/bytes.ts";
import { crcBase64, crcFromBase64 } from "../../lib/crc.ts";
import { combine } from "../../lib/crc-combine.ts";
import { authorizeBesides } from "../access/besides.ts";
import { placeObject } from "../access/ownership.ts";
import { type Context, type Core, limits, type VersionResult } from "../api.ts";
import type { Change } from "../change.ts";
import { etagOf, keptAlike, type Protection, protectionFor, sealFor, unlock } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { emitCreated, emitGrown } from "../events/emit.ts";
import { tables, versionUser } from "../keys.ts";
import type { ChecksumValue, Content, ContentId, Encryption, StorageClass, Version } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodePage, encodePage, presence, recordLimits } from "../records.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { judgeRemoval } from "../retention/judge.ts";
import { judgeLockRequest } from "../retention/request.ts";
import { tagsOf } from "../tags.ts";
import { transact } from "../transact.ts";
import { Chain } from "../versions/chain.ts";
import { judgeCapacity, judgeWrite, putVersion } from "../versions/put-version.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import { layContent, readContent } from "./content.ts";
import { objectTurn } from "./find.ts";
import { giveContent, shelfFor, shelfOf } from "./shelves.ts";
import { keepStored, newContentId, storeBody } from "./store-body.ts";

type Input = Parameters<Core["objects"]["append"]>[1];

export const appendLimits = {
  /** Appends to one object. */
  appendsMax: 10_000,
  /** A content that copies keep sharing while it is written anew is begun with again so often. */
  triesMax: 4,
} as const;

/** The object as it is: `current` is the version that will grow, `undefined`: there is none. */
type Found = { bucket: BucketHandle; chain: Chain; current: Version | undefined };

/**
 * `input.offset` must be the object's size, 0 for one that is not there (appendOffset). notAppendable for what an append did not make,
 * tooManyAppends, versionLocked; conflict when the object is replaced while the body comes in; and what a put throws. Attributes count only when the object is made.
 */
export async function appendObject(ports: Ports, context: Context, input: Input): Promise<VersionResult> {
  const begun = await ownContent(ports, context, input);
  const id = begun?.content ?? newContentId(ports);
  const checksum = input.body.checksum ?? begun?.checksum?.algorithm ?? input.defaultChecksum;
  const protection = begun ? begun.protection : await protectionFor(ports, input);
  const seal = protection && sealFor(ports, protection);
  const shelf = begun ? shelfOf(ports, begun.storageClass) : await shelfFor(ports, input);
  const stored = await storeBody(ports, id, checksum === undefined ? input.body : { ...input.body, checksum }, { inlineBytesMax: 0, seal, shelf });
  const etag = etagOf(ports, protection?.kept, stored.digests.md5);
  return await keepStored(ports, stored, () =>
    transact(ports, context, objectTurn(input), async (view, change) => {
      const found = await find(view, context, input);
      const { bucket, chain, current } = found;
      await judge(view, context, found, input);
      const { crc64, checksum: sum } = stored.digests;
      const modifiedMs = ports.clock.wallMs();
      if (!current) {
        if (begun) fail("conflict", { what: "the object went while it was appended to" });
        const content = layContent(change, { ...stored.content, id });
        const { storageClass = bucket.state.storageClass, headers, metadata, lock } = input;
        const sealed = protection && seal ? { encryption: { ...protection.kept, streams: seal.id } } : {};
        const placed = placeObject(context, bucket.state, input);
        const draft = { kind: "appendable", key: input.key, modifiedMs, size: stored.size, etag, storageClass, form: "single", headers, metadata, crc64, content } as const;
        const version = await putVersion(view, change, bucket, { ...draft, ...placed, ...tagsOf(input.tags), ...(sum ? { checksum: sum } : {}), ...sealed }, undefined, { lock });
        await emitCreated(view, change, bucket, context, "put", version);
        return { version, versioning: bucket.state.versioning };
      }
      if (current.content?.id !== id || !(await expectSoleUse(view, change, found, current)))
        fail("conflict", { what: "the object was replaced or copied while it was appended to" });
      change.expect(bucket.stateKey, bucket.stateValue);
      if (stored.size === 0) return { version: await chain.whole(current), versioning: bucket.state.versioning };
      await judgeCapacity(view, bucket, stored.size);
      const { checksum: before, ...kept } = await chain.whole(current);
      const whole = joinedChecksum(before, current.size, sum, stored.size);
      const version: Version = {
        ...kept,
        modifiedMs,
        size: current.size + stored.size,
        etag: joinedEtag(current.etag, etag),
        form: "multipart",
        crc64: combine("crc64xz", BigInt(kept.crc64 ?? "0"), BigInt(crc64), stored.size).toString(),
        ...(whole ? { checksum: whole } : {}),
        ...(kept.encryption && seal ? withStream(kept, seal.id, stored.size) : {}),
        content: await grow(view, change, current, stored.content),
      };
      // Nothing stood apart of an empty object, and so nothing used it.
      if (!isStoredApart(current.content)) change.put(tables.use.key(id, versionUser(chain.generation, chain.key, current.sequence)), presence);
      await chain.replace(version);
      await chain.writeTo(change);
      await emitGrown(view, change, bucket, context, version);
      return { version, versioning: bucket.state.versioning };
    }),
  );
}

async function find(view: View, context: Context, input: Input): Promise<Found> {
  const bucket = await view.bucket(context, input);
  const chain = await Chain.load(view, bucket.state.generation, input.key);
  return { bucket, chain, current: chain.head?.kind === "marker" ? undefined : chain.head };
}

async function judge(view: View, context: Context, { bucket, chain, current }: Found, input: Input): Promise<void> {
  judgeLockRequest(bucket.state, input.lock, view.ports.clock.wallMs());
  await authorizeBesides(view, context, bucket.state, input);
  judgeWrite(bucket, chain, input.condition, false);
  const { key, offset } = input;
  if (current && (current.kind !== "appendable" || current.sealedMs !== undefined)) fail("notAppendable", { key });
  const size = current?.size ?? 0;
  if (offset !== size) fail("appendOffset", { key, offset, size });
  if (!current) return;
  judgeRemoval(current, { bypass: false, nowMs: await retentionNowMs(view) });
  if (appendsOf(current.etag) >= appendLimits.appendsMax) fail("tooManyAppends", { key, limit: appendLimits.appendsMax });
  const sizeAfter = size + (input.body.length ?? 0);
  if (sizeAfter > limits.objectBytesMax) fail("entityTooLarge", { size: sizeAfter, limit: limits.objectBytesMax });
}

/** `protection`: whose key the new bytes are sealed with, the one that the object has. */
type Begun = { content: ContentId; storageClass: StorageClass; checksum: ChecksumValue | undefined; protection: Protection | undefined };

/** The object's own key, whatever the bucket does by now. Throws encryptionMismatch when the request asks for another kind, and as `unlock`. */
async function protectionOf(ports: Ports, { encryption }: Version, { encryption: asked }: Input): Promise<Protection | undefined> {
  if (asked && asked.mode !== "bucket" && !(await keptAlike(ports, encryption, asked))) fail("encryptionMismatch", {});
  if (!encryption) return undefined;
  const { streams: _streams, ...kept } = encryption;
  return { kept, ...(await unlock(ports, kept, asked?.mode === "customer" ? asked.key : undefined)) };
}

/** Each body is a stream of its own, and reads must know how long each is. */
function withStream({ encryption, parts, size }: Pick<Version, "encryption" | "parts" | "size">, stream: string, added: number): Partial<Version> {
  const streams = Buffer.concat([Buffer.from(encryption?.streams ?? "", "base64"), Buffer.from(stream, "base64")]).toString("base64");
  const before = parts ?? [{ number: 1, size }];
  return { encryption: { ...(encryption as Encryption), streams }, parts: [...before, { number: before.length + 1, size: added }] };
}

/** What will be appended to, judged before a byte of the body is read; `undefined`: the object will be made. */
async function ownContent(ports: Ports, context: Context, input: Input): Promise<Begun | undefined> {
  for (let tries = 0; tries < appendLimits.triesMax; tries++) {
    const finished = ports.readers.begin();
    try {
      const { current, isShared } = await onView(ports, async (view) => {
        const found = await find(view, context, input);
        await judge(view, context, found, input);
        const { chain } = found;
        return {
          current: found.current && (await chain.whole(found.current)),
          isShared: found.current !== undefined && !(await expectSoleUse(view, undefined, found, found.current)),
        };
      });
      if (!current) return undefined;
      if (!isShared && current.content) {
        const { content, storageClass, checksum } = current;
        return { content: content.id, storageClass, checksum, protection: await protectionOf(ports, current, input) };
      }
      await writeAnew(ports, context, input, current);
    } finally {
      finished();
    }
  }
  return fail("conflict", { what: "the object keeps being copied" });
}

/** Nobody but this version uses its content, and with a `change` so it stays until that is committed. */
async function expectSoleUse(view: View, change: Change | undefined, { chain }: Found, { content, sequence }: Version): Promise<boolean> {
  if (!isStoredApart(content)) return true;
  const own = tables.use.key(content.id, versionUser(chain.generation, chain.key, sequence));
  const { from, to } = tables.use.range(content.id);
  const others = [
    { from, to: own },
    { from: successor(own), to },
  ];
  for (const range of others) {
    if ((await view.first(range)) !== undefined) return false;
    change?.expectEmpty(range);
  }
  return true;
}

/** The same version with bytes of its own; as they are stored, so that no key is needed. */
async function writeAnew(ports: Ports, context: Context, input: Input, version: Version): Promise<void> {
  const { content, size } = version;
  const length = content?.sealedBytes ?? size;
  if (length > limits.putBytesMax) fail("entityTooLarge", { size: length, limit: limits.putBytesMax });
  const source = readContent(ports, content, { start: 0, end: length }, () => {});
  const shelf = shelfOf(ports, version.storageClass);
  const stored = await storeBody(ports, newContentId(ports), { source, length, expected: () => ({}) }, { inlineBytesMax: 0, shelf });
  await keepStored(ports, stored, () =>
    transact(ports, context, objectTurn(input), async (view, change) => {
      const { chain, current } = await find(view, context, input);
      if (!current || !content || current.sequence !== version.sequence || current.content?.id !== content.id || current.size !== size)
        return fail("conflict", { what: "the object changed while it was appended to" });
      const { extents } = stored.content;
      const sealed = content.sealedBytes === undefined ? {} : { sealedBytes: content.sealedBytes };
      const fresh = layContent(change, { id: stored.content.id, ...(extents ? { extents } : { inline: new Uint8Array(0) }), ...sealed });
      await giveContent(chain, change, await chain.whole(current), fresh);
      await chain.writeTo(change);
    }),
  );
}

/** The content with the new extents behind its own: in the record while they are few, then in pages, of which only the last is written. */
async function grow(view: View, change: Change, { content, size }: Version, added: Content): Promise<Content> {
  const id = (content as Content).id;
  const more = added.extents ?? [];
  const sealed = added.sealedBytes === undefined ? {} : { sealedBytes: (content?.sealedBytes ?? 0) + added.sealedBytes };
  if (!content?.paged) return layContent(change, { id, extents: [...(content?.extents ?? []), ...more], ...sealed });
  const last = await view.first({ ...tables.content.range(id), reverse: true });
  if (!last) throw new Error(`Content ${id} is said to have pages and has none`);
  change.expect(last.key, last.value);
  let page = decodePage(last.value);
  let key: Bytes = last.key;
  let end = content.sealedBytes ?? size;
  for (const extent of more) {
    if (page.length >= recordLimits.extentsPerPage) {
      page = [];
      key = tables.content.key(id, end);
    }
    page.push(extent);
    end += extent.length;
    change.put(key, encodePage(page));
  }
  return { id, paged: true, ...sealed };
}

/** How many bodies the object is made of. */
const appendsOf = (etag: string): number => Number(/-(\d+)$/.exec(etag)?.[1] ?? 1);

/** No MD5 of the bytes from the second append on, and it says so: `<hex>-<bodies>`. */
function joinedEtag(before: string, md5: string): string {
  const [hex = ""] = before.split("-");
  return `${createHash("md5").update(hex, "hex").update(md5, "hex").digest("hex")}-${appendsOf(before) + 1}`;
}

/** Of the whole, where it follows from both; otherwise there is none any more. */
function joinedChecksum(before: ChecksumValue | undefined, sizeBefore: number, added: ChecksumValue | undefined, size: number): ChecksumValue | undefined {
  if (!added || (before && before.algorithm !== added.algorithm) || (!before && sizeBefore > 0)) return undefined;
  if (!before) return added;
  const { algorithm } = added;
  if (algorithm !== "crc32" && algorithm !== "crc32c" && algorithm !== "crc64nvme") return undefined;
  const [first, second] = [crcFromBase64(algorithm, before.value), crcFromBase64(algorithm, added.value)];
  if (first === undefined || second === undefined) return undefined;
  return { algorithm, type: "full", value: crcBase64(algorithm, combine(algorithm, first, second, size)) };
}
