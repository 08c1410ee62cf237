/** Small helpers over byte arrays: order, joining, ranges of keys, hex, and comparison that takes equally long whatever differs. */

type Bytes = Uint8Array;

/** Byte order: negative, zero or positive. */
export const compareBytes = (a: Bytes, b: Bytes): number => Buffer.compare(a, b);

export const equalBytes = (a: Bytes, b: Bytes): boolean => a.length === b.length && Buffer.compare(a, b) === 0;

/** One array that holds all pieces in order. Always a copy. */
export const concatBytes = (...pieces: readonly Bytes[]): Buffer => Buffer.concat(pieces);

export const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");

/** The least key greater than `key`: `key` and one zero byte. */
export function successor(key: Bytes): Buffer {
  const next = Buffer.alloc(key.length + 1);
  next.set(key);
  return next;
}

/** The least key greater than every key that begins with `prefix`; `undefined` when there is none (empty, or all 0xff). */
export function prefixEnd(prefix: Bytes): Buffer | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] as number) + 1;
  return end;
}

const viewOf = (bytes: Bytes): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const startsWith = (bytes: Bytes, prefix: Bytes): boolean => bytes.length >= prefix.length && viewOf(bytes).compare(prefix, 0, prefix.length, 0, prefix.length) === 0;

/** Lower case. */
export const toHex = (bytes: Bytes): string => viewOf(bytes).toString("hex");
export const toBase64 = (bytes: Bytes): string => viewOf(bytes).toString("base64");

/** `undefined` unless the text is pairs of hex digits and nothing else. */
export function fromHex(text: string): Buffer | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = Buffer.from(text, "hex");
  return bytes.length * 2 === text.length ? bytes : undefined;
}

/** `undefined` unless the text is canonical padded base64. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/**
 * Are two secrets (signatures, digests, tokens) the same? The time tells only whether the lengths differ: every character is looked at and nothing
 * branches on what it is. (Turning both into bytes for `timingSafeEqual` costs several times as much.)
 */
export function equalSecrets(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let different = 0;
  for (let i = 0; i < a.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return different === 0;
}
