/** ETag, CRC-64 and checksum of a whole from those of its parts: nothing is read again. */
import { createHash } from "node:crypto";
import { type CrcAlgorithm, crcBase64, crcFromBase64 } from "../../lib/crc.ts";
import { combine } from "../../lib/crc-combine.ts";
import type { Part } from "../api.ts";
import { checksumOf } from "../digest.ts";
import type { ChecksumAlgorithm, ChecksumValue } from "../model.ts";

/** MD5 of the parts' MD5s and their number: `<hex>-<count>`, as S3 and OSS write it. */
export function wholeEtag(parts: readonly Part[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part.etag, "hex");
  return `${hash.digest("hex")}-${parts.length}`;
}

/** CRC-64/XZ, unsigned decimal. */
export function wholeCrc64(parts: readonly Part[]): string {
  return parts.reduce((whole, part) => combine("crc64xz", whole, BigInt(part.crc64), part.size), 0n).toString();
}

/** Algorithms whose value over the whole follows from those over the parts. */
const linear: readonly ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme"];
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html: hashes have no full-object value, CRC64NVME no composite one. */
export const checksumTypeAllowed = (algorithm: ChecksumAlgorithm, type: "full" | "composite"): boolean =>
  type === "full" ? linear.includes(algorithm) : algorithm !== "crc64nvme";

/**
 * The checksum of the whole. Each part must carry one by the same algorithm (`undefined` when one does not). Full: combined; composite: the hash
 * of the parts' raw values, with `-<count>`.
 */
export function wholeChecksum(algorithm: ChecksumAlgorithm, type: "full" | "composite", parts: readonly Part[]): ChecksumValue | undefined {
  const values: string[] = [];
  for (const { checksum } of parts) {
    if (checksum?.algorithm !== algorithm) return undefined;
    values.push(checksum.value);
  }
  if (type === "full") {
    const crc = algorithm as CrcAlgorithm & ChecksumAlgorithm;
    const whole = parts.reduce((sum, part, i) => combine(crc, sum, crcValue(crc, values[i] as string), part.size), 0n);
    return { algorithm, type, value: crcBase64(crc, whole) };
  }
  const raw = Buffer.concat(values.map((value) => Buffer.from(value, "base64")));
  return { algorithm, type, value: `${checksumOf(algorithm, raw)}-${parts.length}` };
}

function crcValue(algorithm: CrcAlgorithm, text: string): bigint {
  const value = crcFromBase64(algorithm, text);
  if (value === undefined) throw new Error(`A part's record holds no ${algorithm}: ${text}`);
  return value;
}
