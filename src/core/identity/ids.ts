/** Ids and secrets that are made when the caller gives none. All from the random port, so that a seed can be replayed. */
import type { AccountId } from "../model.ts";
import type { Random } from "../ports.ts";

const hex = (random: Random, bytes: number): string => Buffer.from(random.bytes(bytes)).toString("hex");

/** Drawn byte by byte; bytes past the last whole multiple of the alphabet are thrown away, so that no character is likelier. */
function drawn(random: Random, alphabet: string, count: number): string {
  const usable = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < count) {
    for (const byte of random.bytes(count - text.length)) {
      if (byte < usable) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
const digits = "0123456789";
/** RFC 4648 base32, as AWS's ids look. */
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const newAccountId = (random: Random): AccountId => hex(random, 8) as AccountId;
/** 64 hex digits (S3 canonical id). */
export const newCanonicalId = (random: Random): string => hex(random, 32);
/** 16 digits, the first one not 0 (OSS UID). */
export const newUid = (random: Random): string => drawn(random, "123456789", 1) + drawn(random, digits, 15);
/** 12 digits (AWS account id). */
export const newAwsAccountId = (random: Random): string => drawn(random, "123456789", 1) + drawn(random, digits, 11);
/** 20 characters. The prefix says whose it is and keeps secret scanners quiet about AWS. */
export const newAccessKeyId = (random: Random): string => `AMPH${drawn(random, base32, 16)}`;
/** 30 characters that no account chose, under a vendor's prefix. */
export const newTemporaryId = (random: Random, prefix: string): string => prefix + drawn(random, base32, 24);
export const newRoleId = (random: Random): string => `AMPR${drawn(random, base32, 16)}`;
/** 40 characters of base64 without padding: 240 bits. */
export const newSecret = (random: Random): string => Buffer.from(random.bytes(30)).toString("base64").replaceAll("+", "A").replaceAll("/", "B");
