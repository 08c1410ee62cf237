/**
 * Keys of HMACs, derived once and kept. A KeyObject is kept and not its bytes: making an HMAC from a string costs several times one from a KeyObject
 * on some builds (facts/performance.md 3.2).
 */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { lruCache } from "../lib/lru.ts";

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

/** `text` holds bytes as Latin-1 characters (as Node hands headers over), so that what is signed is what was on the wire. */
export const hmac = (algorithm: "sha1" | "sha256", key: KeyObject, text: string, encoding: "hex" | "base64"): string =>
  createHmac(algorithm, key).update(text, "latin1").digest(encoding);
