/** Keys that keep keys: AES-256-GCM with a random nonce, what a key is for authenticated with it. */
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import type { Bytes, MasterKey, Random } from "../ports.ts";
import { sealing } from "./chunks.ts";

const nonceBytes = 12;

/** `purpose` must be said again to unwrap. */
export function wrapKey(random: Random, wrapping: Bytes, key: Bytes, purpose: string): Buffer {
  const nonce = random.bytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", wrapping, nonce);
  cipher.setAAD(Buffer.from(purpose, "utf8"));
  const body = cipher.update(key);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** `undefined`: another key, another purpose, or not what was wrapped. */
export function unwrapKey(wrapping: Bytes, wrapped: Bytes, purpose: string): Buffer | undefined {
  if (wrapped.length <= nonceBytes + sealing.tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", wrapping, wrapped.subarray(0, nonceBytes), { authTagLength: sealing.tagBytes });
  decipher.setAAD(Buffer.from(purpose, "utf8"));
  decipher.setAuthTag(wrapped.subarray(wrapped.length - sealing.tagBytes));
  try {
    const key = decipher.update(wrapped.subarray(nonceBytes, wrapped.length - sealing.tagBytes));
    decipher.final();
    return key;
  } catch {
    return undefined;
  }
}

/** A key of its own for each use of the master key. */
export const derivedKey = (master: Bytes, use: string): Buffer => createHmac("sha256", master).update("derived\0").update(use).digest();

/** From 32 bytes. The id tells one master key from another and says nothing of it. */
export const masterKeyOf = (bytes: Bytes): MasterKey => ({ id: derivedKey(bytes, "id").toString("hex").slice(0, 32), bytes });
