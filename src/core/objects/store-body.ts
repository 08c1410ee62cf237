/** A body on its way into the blob store: cut into blobs, hashed while it passes, verified at its end, taken back when it is refused. */
import { type IncomingBody, limits } from "../api.ts";
import { checksumLoading, type Digests, digester } from "../digest.ts";
import type { Seal } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { ownerBytes } from "../keys.ts";
import type { Content, ContentId, Extent, UploadId } from "../model.ts";
import { type BlobRef, BodyLengthError, type ByteSource, type Bytes, type Ports, type Shelf, StoreOutcomeUnknown } from "../ports.ts";
import { refusal } from "../transact.ts";

/** `refs`: the blobs that were written and must be settled (`keepStored`) or taken back (`discard`), exactly once. `extents` of any number. */
export type StoredBody = { content: Content; size: number; digests: Digests; refs: BlobRef[] };

/**
 * Fresh, unguessable (80 random bits). It begins with the time, so that what is written together stands together in the rows that are keyed by
 * contents: a group of commits then changes a page or two of `use` and `dead`, not one for each object.
 */
export function newContentId(ports: Ports): ContentId {
  const id = Buffer.from(ports.random.bytes(16));
  id.writeUIntBE(ports.clock.wallMs(), 0, 6);
  return id.toString("hex").toUpperCase() as ContentId;
}

/**
 * Stores the whole body under `id`, sealed where there is a `seal` (sizes and digests are always of the plain bytes); small ones stay in memory for the record. Throws bodyLength, digestMismatch, entityTooLarge, diskFull, or
 * what the source throws: then no blob of it is left (but for an unknown outcome, after which nothing may be removed).
 */
export async function storeBody(
  ports: Ports,
  id: ContentId | UploadId,
  body: IncomingBody,
  options: { inlineBytesMax?: number; seal?: Seal | undefined; shelf?: Shelf } = {},
): Promise<StoredBody> {
  const loading = checksumLoading(body.checksum);
  if (loading) await loading;
  const inlineBytesMax = options.inlineBytesMax ?? limits.inlineBytesMax;
  const { seal, shelf = 0 } = options;
  const place: Place = { id, refs: [], shelf };
  const { refs } = place;
  const plain = measured(body);
  const source = seal ? counted(seal.source(plain, body.length)) : plain;
  try {
    if (body.length !== undefined && body.length > limits.putBytesMax) fail("entityTooLarge", { size: body.length, limit: limits.putBytesMax });
    const length = seal && body.length !== undefined ? seal.length(body.length) : body.length;
    const stored = length === undefined ? await storeUnknown(ports, place, source, inlineBytesMax) : await storeKnown(ports, place, source, length, inlineBytesMax);
    const sealed = seal ? { sealedBytes: seal.length(plain.size()) } : {};
    return { content: { id: id as ContentId, ...stored, ...sealed }, size: plain.size(), digests: plain.finish(), refs };
  } catch (error) {
    source.close();
    if (!(error instanceof StoreOutcomeUnknown)) await discard(ports, refs);
    if (error instanceof BodyLengthError) fail("bodyLength", { expected: body.length ?? error.expected, received: plain.size() });
    throw refusal(error);
  }
}

/**
 * Runs the commit that names the blobs of `stored` and settles them: kept when it succeeds, removed when it throws. After an unknown outcome
 * they are left alone, and their epoch does not end.
 */
export async function keepStored<T>(ports: Ports, stored: Pick<StoredBody, "refs">, commit: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await commit();
  } catch (error) {
    if (!(error instanceof StoreOutcomeUnknown)) await discard(ports, stored.refs);
    throw error;
  }
  for (const ref of stored.refs) ports.blobs.settled(ref);
  return result;
}

/** Takes back blobs that nothing names. What cannot be removed now is left to the sweep. */
export async function discard(ports: Ports, refs: readonly BlobRef[]): Promise<void> {
  if (refs.length === 0) return;
  try {
    await ports.blobs.remove(refs);
  } catch (error) {
    ports.log.error("blobs.discardFailed", error, { count: refs.length });
    if (error instanceof StoreOutcomeUnknown) return;
  }
  for (const ref of refs) ports.blobs.settled(ref);
}

type Counted = ByteSource & { size(): number; hasEnded(): boolean };
type Measured = Counted & { finish(): Digests };

/** Of the bytes as they are stored. */
function counted(source: ByteSource): Counted {
  let size = 0;
  let ended = false;
  return {
    async read() {
      const chunk = await source.read();
      size += chunk?.length ?? 0;
      ended = chunk === undefined;
      return chunk;
    },
    close: () => source.close(),
    size: () => size,
    hasEnded: () => ended,
  };
}

function measured(body: IncomingBody): Measured {
  const digests = digester(body);
  let size = 0;
  let ended = false;
  return {
    async read() {
      for (;;) {
        const chunk = await body.source.read();
        if (chunk?.length === 0) continue;
        if (chunk) {
          size += chunk.length;
          if (size > limits.putBytesMax) fail("entityTooLarge", { size, limit: limits.putBytesMax });
          digests.update(chunk);
        }
        ended = chunk === undefined;
        return chunk;
      }
    },
    close: () => body.source.close(),
    size: () => size,
    hasEnded: () => ended,
    finish: () => digests.finish(),
  };
}

type Pieces = Pick<Content, "inline" | "extents">;

/** Whose blobs they are, those that were written, and where they go. */
type Place = { id: ContentId | UploadId; refs: BlobRef[]; shelf: Shelf };

async function storeOne(ports: Ports, { id, refs, shelf }: Place, source: ByteSource, length: number): Promise<Extent> {
  const ref = await ports.blobs.write(source, { owner: ownerBytes(id), length, shelf });
  refs.push(ref);
  return { ref, offset: 0, length };
}

async function storeKnown(ports: Ports, place: Place, source: Counted, length: number, inlineBytesMax: number): Promise<Pieces> {
  if (length > inlineBytesMax && length <= limits.blobBytesMax) {
    // One blob, which holds the body to its length: nothing need be cut.
    const extent = await storeOne(ports, place, source, length);
    if (!source.hasEnded() || source.size() !== length) await expectEnd(source, 0, length);
    return { extents: [extent] };
  }
  const cut = cutter(source);
  if (length <= inlineBytesMax) {
    const inline = await gather(cut.take(length));
    await expectEnd(source, cut.rest(), length);
    return { inline };
  }
  const extents = await storePieces(ports, place, cut, length);
  await expectEnd(source, cut.rest(), length);
  return { extents };
}

/** When a blob may be written: background work takes turns. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;
const atOnce: Turn = (work) => work();

/** Blobs of at most `limits.blobBytesMax`, one after the other. */
async function storePieces(ports: Ports, place: Place, cut: Cutter, length: number, turn: Turn = atOnce): Promise<Extent[]> {
  const extents: Extent[] = [];
  for (let offset = 0; offset < length; offset += limits.blobBytesMax) {
    const piece = Math.min(limits.blobBytesMax, length - offset);
    extents.push(await turn(() => storeOne(ports, place, cut.take(piece), piece)));
  }
  return extents;
}

/** Bytes that are stored already, as they lie (`length` of them, sealed or not), under a new content. Throws as reading and `BlobStore.write` do; then nothing is left. */
export async function storeAgain(
  ports: Ports,
  source: ByteSource,
  length: number,
  { shelf, turn }: { shelf: Shelf; turn?: Turn | undefined },
): Promise<{ id: ContentId; extents: Extent[]; refs: BlobRef[] }> {
  const id = newContentId(ports);
  const place: Place = { id, refs: [], shelf };
  try {
    return { id, extents: await storePieces(ports, place, cutter(source), length, turn), refs: place.refs };
  } catch (error) {
    if (!(error instanceof StoreOutcomeUnknown)) await discard(ports, place.refs);
    throw error;
  } finally {
    source.close();
  }
}

async function storeUnknown(ports: Ports, place: Place, source: Counted, inlineBytesMax: number): Promise<Pieces> {
  const cut = cutter(source);
  const extents: Extent[] = [];
  for (;;) {
    const bytes = await gather(cut.take(limits.unknownLengthPieceBytes));
    if (extents.length === 0 && bytes.length <= inlineBytesMax) return { inline: bytes };
    if (bytes.length > 0) extents.push(await storeOne(ports, place, sourceOf(bytes), bytes.length));
    if (bytes.length < limits.unknownLengthPieceBytes) return { extents };
  }
}

/** The body has been read to its announced length; anything more breaks its promise. Reading past it also lets the source verify its end. */
async function expectEnd(source: Counted, restBytes: number, length: number): Promise<void> {
  if (restBytes > 0 || (await source.read()) !== undefined || source.size() !== length) fail("bodyLength", { expected: length, received: source.size() });
}

type Cutter = { take(length: number): ByteSource; rest(): number };

/** One source as several, one after the other. A chunk that spans two is handed out in two pieces, which keeps the rule of how long it is valid. */
function cutter(source: ByteSource): Cutter {
  let rest: Bytes | undefined;
  return {
    take(length) {
      let left = length;
      return {
        async read() {
          if (left === 0) return undefined;
          const chunk = rest ?? (await source.read());
          rest = undefined;
          if (chunk === undefined) return undefined;
          if (chunk.length > left) rest = chunk.subarray(left);
          const given = rest ? chunk.subarray(0, left) : chunk;
          left -= given.length;
          return given;
        },
        // The next piece goes on reading; the whole source is closed by who gave it.
        close() {},
      };
    },
    rest: () => rest?.length ?? 0,
  };
}

async function gather(source: ByteSource): Promise<Bytes> {
  const chunks: Bytes[] = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) chunks.push(Buffer.from(chunk));
  return chunks.length === 1 ? (chunks[0] as Bytes) : Buffer.concat(chunks);
}

/** Bytes in memory as a source. */
export function sourceOf(bytes: Bytes): ByteSource {
  let given = bytes.length === 0;
  return {
    async read() {
      if (given) return undefined;
      given = true;
      return bytes;
    },
    close() {
      given = true;
    },
  };
}
