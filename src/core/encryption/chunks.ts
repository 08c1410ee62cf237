/**
 * Bytes as they are stored when they are encrypted: AES-256-GCM over chunks of 64 KiB, each followed by its tag, so that a range is decrypted
 * without what stands before it. A stream (a body, a part) has a random id and a key of its own; id, number of the chunk and whether it is the
 * last are authenticated with every chunk, so that none can be moved, repeated or left out. An empty stream has no bytes.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, getCiphers, KeyObject } from "node:crypto";
import { equalBytes } from "../../lib/bytes.ts";
import { BodyLengthError, type ByteSource, type Bytes, StoreCorrupt } from "../ports.ts";

export const sealing = { plainBytes: 64 * 1024, tagBytes: 16, idBytes: 16, keyBytes: 32 } as const;
const sealedBytes = sealing.plainBytes + sealing.tagBytes;
/** Bytes of the key, and what sets one cipher's keys apart from the other's. */
const ciphers = { aes: { name: "aes-256-gcm", keyBytes: 32, use: "stream\0" }, sm4: { name: "sm4-gcm", keyBytes: 16, use: "stream sm4\0" } } as const;
export type DataCipher = keyof typeof ciphers;
// The declarations know no SM4; it is the same mode of another cipher.
type Authenticated = "aes-256-gcm";
const authenticatedCipher = (cipher: DataCipher): Authenticated => ciphers[cipher].name as Authenticated;
/** Runtimes may be built without SM4. */
export const isCipherHere = (cipher: DataCipher): boolean => getCiphers().includes(ciphers[cipher].name);

/** How long so many bytes are when they are sealed. */
export const sealedLength = (plain: number): number => plain + Math.ceil(plain / sealing.plainBytes) * sealing.tagBytes;

export type CipherKey = Bytes | KeyObject;

const derived = (dataKey: CipherKey, id: Bytes, { use, keyBytes }: (typeof ciphers)[DataCipher]): Buffer =>
  createHmac("sha256", dataKey).update(use).update(id).digest().subarray(0, keyBytes);

/** Of a key object, for as long as it is kept, the stream that it opened last. */
const lastOpened = new WeakMap<KeyObject, { id: Bytes; key: KeyObject }>();

/** The key of one stream; a data key is used with one cipher only. */
export function streamKey(dataKey: CipherKey, id: Bytes, cipher: DataCipher = "aes"): CipherKey {
  if (!(dataKey instanceof KeyObject)) return derived(dataKey, id, ciphers[cipher]);
  const last = lastOpened.get(dataKey);
  if (last !== undefined && equalBytes(last.id, id)) return last.key;
  const key = createSecretKey(derived(dataKey, id, ciphers[cipher]));
  lastOpened.set(dataKey, { id, key });
  return key;
}

// The runtime copies both before it returns: one of each does for the thread.
const nonce = Buffer.alloc(12);
const words = Buffer.alloc(sealing.idBytes + 9);
function nonceOf(index: number): Buffer {
  nonce.writeUIntBE(index, 6, 6);
  return nonce;
}
function authenticated(id: Bytes, index: number, last: boolean): Buffer {
  words.set(id, 0);
  words.writeUIntBE(index, sealing.idBytes + 2, 6);
  words[sealing.idBytes + 8] = last ? 1 : 0;
  return words;
}

function sealChunk(name: Authenticated, key: CipherKey, id: Bytes, index: number, last: boolean, plain: Bytes): Buffer {
  const cipher = createCipheriv(name, key, nonceOf(index), { authTagLength: sealing.tagBytes });
  cipher.setAAD(authenticated(id, index, last));
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]);
}
/** `length`: how much the source must give (BodyLengthError); absent: whatever comes. */
export function sealStream(source: ByteSource, { key, id, length, cipher = "aes" }: { key: CipherKey; id: Bytes; length?: number | undefined; cipher?: DataCipher }): ByteSource {
  const name = authenticatedCipher(cipher);
  const room = Buffer.allocUnsafe(Math.max(1, Math.min(sealing.plainBytes, length ?? sealing.plainBytes)));
  let filled = 0;
  let rest: Bytes | undefined;
  let ended = false;
  let taken = 0;
  let index = 0;
  /** Another piece in `rest`, unless the source has ended. */
  const more = async (): Promise<boolean> => {
    if (rest !== undefined) return true;
    if (ended) return false;
    do rest = await source.read();
    while (rest?.length === 0);
    taken += rest?.length ?? 0;
    ended = rest === undefined;
    if (length !== undefined && (ended ? taken < length : taken > length)) throw new BodyLengthError(length, taken);
    return !ended;
  };
  return {
    async read() {
      while (filled < room.length && (await more())) {
        const piece = rest as Bytes;
        const count = Math.min(piece.length, room.length - filled);
        room.set(count === piece.length ? piece : piece.subarray(0, count), filled);
        rest = count === piece.length ? undefined : piece.subarray(count);
        filled += count;
      }
      if (filled === 0) return undefined;
      const last = !(await more());
      const sealed = sealChunk(name, key, id, index++, last, room.subarray(0, filled));
      filled = 0;
      return sealed;
    },
    close: () => source.close(),
  };
}

/** A stream among those that stand one after the other; `size` before it was sealed. */
export type Stream = { id: Bytes; size: number };
type Chunk = { stream: Stream; index: number; last: boolean; plainBytes: number };

/**
 * What must be read to have the bytes `start` (included) to `end` (excluded, after `start`): a range of what is stored, and what of it is meant. `chunks` gives
 * one after the other, since an object may have millions.
 */
export type Located = { start: number; end: number; skip: number; length: number; chunks: () => () => Chunk | undefined };

function chunkOf(stream: Stream, index: number): Chunk {
  const last = index === Math.ceil(stream.size / sealing.plainBytes) - 1;
  return { stream, index, last, plainBytes: last ? stream.size - index * sealing.plainBytes : sealing.plainBytes };
}

export function locate(streams: readonly Stream[], range: { start: number; end: number }): Located {
  const touched: { stream: Stream; from: number; to: number }[] = [];
  let plainAt = 0;
  let sealedAt = 0;
  let start = 0;
  let end = 0;
  let skip = 0;
  for (const stream of streams) {
    const first = Math.max(range.start, plainAt) - plainAt;
    const past = Math.min(range.end, plainAt + stream.size) - plainAt;
    if (first < past) {
      const from = Math.floor(first / sealing.plainBytes);
      const to = Math.ceil(past / sealing.plainBytes);
      if (touched.length === 0) {
        start = sealedAt + from * sealedBytes;
        skip = first - from * sealing.plainBytes;
      }
      end = sealedAt + Math.min(to * sealedBytes, sealedLength(stream.size));
      touched.push({ stream, from, to });
    }
    plainAt += stream.size;
    sealedAt += sealedLength(stream.size);
  }
  return {
    start,
    end,
    skip,
    length: range.end - range.start,
    chunks() {
      let turn = 0;
      let index = touched[0]?.from ?? 0;
      return () => {
        for (let part = touched[turn]; part !== undefined; part = touched[turn]) {
          if (index < part.to) return chunkOf(part.stream, index++);
          turn++;
          index = touched[turn]?.from ?? 0;
        }
        return undefined;
      };
    },
  };
}

/** `source` gives the stored bytes that `located` names. Nothing is handed out before its tag was verified (StoreCorrupt). */
export function openStream(source: ByteSource, located: Located, dataKey: CipherKey, cipher: DataCipher = "aes"): ByteSource {
  const name = authenticatedCipher(cipher);
  const nextChunk = located.chunks();
  let key: { of: Stream; bytes: CipherKey } | undefined;
  /** Read and not yet deciphered. */
  let rest: Bytes | undefined;
  /** Of a chunk that was verified, in the pieces it came in: none is copied to make one of them. */
  let opened: Bytes[] = [];
  let left = located.length;
  let { skip } = located;

  const open = async ({ stream, index, last, plainBytes }: Chunk): Promise<Bytes[]> => {
    if (key === undefined || key.of !== stream) key = { of: stream, bytes: streamKey(dataKey, stream.id, cipher) };
    const decipher = createDecipheriv(name, key.bytes, nonceOf(index), { authTagLength: sealing.tagBytes });
    decipher.setAAD(authenticated(stream.id, index, last));
    const plain: Bytes[] = [];
    const tag = Buffer.allocUnsafe(sealing.tagBytes);
    let due = plainBytes;
    let tagged = 0;
    while (tagged < tag.length) {
      const piece = rest ?? (await source.read());
      if (piece === undefined) throw new StoreCorrupt("An encrypted stream ends early");
      const body = Math.min(due, piece.length);
      const used = Math.min(piece.length, body + tag.length - tagged);
      if (body > 0) plain.push(decipher.update(body === piece.length ? piece : piece.subarray(0, body)));
      tag.set(piece.subarray(body, used), tagged);
      due -= body;
      tagged += used - body;
      rest = used === piece.length ? undefined : piece.subarray(used);
    }
    decipher.setAuthTag(tag);
    try {
      decipher.final();
    } catch (error) {
      throw new StoreCorrupt(`Chunk ${index} of an encrypted stream is not what was written`, { cause: error });
    }
    return plain;
  };
  /** Of the next verified piece what the range wants of it. */
  const meant = (): Bytes | undefined => {
    for (let piece = opened.shift(); piece !== undefined; piece = opened.shift()) {
      const from = Math.min(skip, piece.length);
      const wanted = piece.subarray(from, Math.min(piece.length, from + left));
      skip -= from;
      left -= wanted.length;
      if (wanted.length > 0) return wanted;
    }
    return undefined;
  };
  return {
    async read() {
      try {
        for (;;) {
          const piece = meant();
          if (piece !== undefined) return piece;
          const step = left === 0 ? undefined : nextChunk();
          if (step) opened = await open(step);
          // Lets the source see its own end, and whoever waits for it.
          else return void (await source.read());
        }
      } catch (error) {
        source.close();
        throw error;
      }
    },
    close: () => source.close(),
  };
}
