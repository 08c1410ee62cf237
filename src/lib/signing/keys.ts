/**
 * Keys of HMACs, derived once and kept. A KeyObject is kept and not its bytes: making an HMAC from a string costs several times one from a KeyObject
 * on some builds (facts/performance.md 3.2).
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { lruCache } from "../lru.ts";

export const signingKeysMax = 4096;

const keys = lruCache<string, KeyObject>(signingKeysMax);
const separator = "\u0000";

/** The secret itself as a key (V1 and V2 of every vendor). */
export function secretKey(secret: string): KeyObject {
  const known = keys.get(secret);
  if (known) return known;
  const key = createSecretKey(Buffer.from(secret, "utf8"));
  keys.set(secret, key);
  return key;
}

/** HMAC-SHA256 over each of `steps` in turn, starting from `prefix` + secret: `AWS4`, `aliyun_v4`. */
export function derivedKey(prefix: string, secret: string, steps: readonly string[]): KeyObject {
  const name = [secret, prefix, ...steps].join(separator);
  let key = keys.get(name);
  if (key) return key;
  let bytes: Buffer = Buffer.from(prefix + secret, "utf8");
  for (const step of steps) bytes = createHmac("sha256", bytes).update(step).digest();
  key = createSecretKey(bytes);
  keys.set(name, key);
  return key;
}

/** SHA-256, in lower-case hex, of the bytes that `text` holds as Latin-1 characters. */
export function sha256OfLatin1(text: string): string {
  if (text.length > textBytesMax) return hash("sha256", Buffer.from(text, "latin1"), "hex");
  return hash("sha256", scratch.subarray(0, scratch.write(text, 0, "latin1")), "hex");
}

/** `text` holds bytes as Latin-1 characters (as Node hands headers over), so that what is signed is what was on the wire. */
export function hmac(algorithm: "sha1" | "sha256", key: KeyObject, text: string, encoding: "hex" | "base64"): string {
  if (text.length > textBytesMax) return createHmac(algorithm, key).update(text, "latin1").digest(encoding);
  let blocks = padded.get(key);
  if (blocks === undefined) padded.set(key, (blocks = padsOf(key)));
  if (blocks === "long") return createHmac(algorithm, key).update(text, "latin1").digest(encoding);
  blocks.inner.copy(scratch);
  const end = blockBytes + scratch.write(text, blockBytes, "latin1");
  const digestBytes = blocks.outer.write(hash(algorithm, scratch.subarray(0, end), "hex"), blockBytes, "hex");
  return hash(algorithm, blocks.outer.subarray(0, blockBytes + digestBytes), encoding);
}

/**
 * HMAC of a short text as RFC 2104 writes it, H(key ^ opad, H(key ^ ipad, text)): two one-shot hashes cost half of one Hmac object, which is a
 * stream. Both algorithms hash blocks of 64 bytes. A key longer than a block would have to be hashed first: those take the long way.
 */
const blockBytes = 64;
const textBytesMax = 4096;
const digestBytesMax = 32;
const scratch = Buffer.alloc(blockBytes + textBytesMax);
type Pads = { inner: Buffer; outer: Buffer };
const padded = new WeakMap<KeyObject, Pads | "long">();

function padsOf(key: KeyObject): Pads | "long" {
  const bytes = key.export();
  if (bytes.length > blockBytes) return "long";
  const inner = Buffer.alloc(blockBytes, 0x36);
  const outer = Buffer.alloc(blockBytes + digestBytesMax, 0x5c);
  for (const [index, byte] of bytes.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return { inner, outer };
}
