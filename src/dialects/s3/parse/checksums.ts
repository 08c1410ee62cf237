/** Digests that come with a body: Content-MD5, x-amz-checksum-*, in headers or trailers. */
import type { DefaultChecksum, ExpectedDigests, IncomingBody } from "../../../core/api.ts";
import type { ChecksumAlgorithm, ChecksumClaim } from "../../../core/model.ts";
import { fromBase64 } from "../../../lib/bytes.ts";
import type { Headers } from "../../wire.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument, invalidDigest, invalidRequest } from "../refusals.ts";

export const checksumAlgorithms: readonly ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256", "sha512", "md5", "xxhash64", "xxhash3", "xxhash128"];
/** Their value over a whole follows from those over its parts, so it can be of either type but for CRC64NVME, which is always of the full object. */
const linear: readonly ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme"];
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm}`;
/** `ChecksumCRC32` and so on, as documents name them. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm.toUpperCase()}`;

export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find((algorithm) => algorithm === text.toLowerCase());
  if (found !== undefined) return found;
  return invalidRequest(
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128]",
  );
}

/** Lower-case hex, from Content-MD5. */
export function contentMd5(headers: Headers): string | undefined {
  const text = headers["content-md5"];
  if (text === undefined) return undefined;
  const bytes = fromBase64(text);
  if (bytes === undefined || bytes.length !== 16) return invalidDigest(text);
  return bytes.toString("hex");
}

/** The one x-amz-checksum-* header, or the one that x-amz-trailer announces; its value, if it is here already. */
export function claimedChecksum(headers: Headers): { algorithm: ChecksumAlgorithm; value?: string } | undefined {
  const sent = checksumAlgorithms.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  const trailer = headers["x-amz-trailer"]?.trim().toLowerCase();
  const announced = trailer?.startsWith("x-amz-checksum-") ? parseAlgorithm(trailer.slice("x-amz-checksum-".length)) : undefined;
  if (sent.length + (announced === undefined ? 0 : 1) > 1) return invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  const [algorithm] = sent;
  if (algorithm !== undefined) return { algorithm, value: headers[checksumHeader(algorithm)] as string };
  return announced === undefined ? undefined : { algorithm: announced };
}

/** Bytes of a checksum of each kind. */
const checksumBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha1: 20,
  sha256: 32,
  sha512: 64,
  md5: 16,
  xxhash64: 8,
  xxhash3: 8,
  xxhash128: 16,
};

/** What the headers promise of the body, and the checksum to keep with it. A trailer's value that cannot be right is left to mismatch. */
export function promisedDigests(headers: Headers): { md5?: string; checksum?: { algorithm: ChecksumAlgorithm; value?: string } } {
  const md5 = contentMd5(headers);
  const checksum = claimedChecksum(headers);
  // A composite one ends with the number of its parts.
  if (checksum?.value !== undefined && fromBase64(checksum.value.trim().replace(/-\d{1,5}$/, ""))?.length !== checksumBytes[checksum.algorithm])
    return invalidRequest(`Value for ${checksumHeader(checksum.algorithm)} header is invalid.`);
  return { ...(md5 === undefined ? {} : { md5 }), ...(checksum === undefined ? {} : { checksum }) };
}

/** What is known so far: a trailer's value comes with the body's end, and the chunks' decoder sees to it that it comes. */
export function expectedDigests(promised: ReturnType<typeof promisedDigests>, sha256: string | undefined, trailers: ReadonlyMap<string, string>): ExpectedDigests {
  const { md5, checksum } = promised;
  const expected: ExpectedDigests = {};
  if (md5 !== undefined) expected.md5 = md5;
  if (sha256 !== undefined) expected.sha256 = sha256;
  if (checksum !== undefined) {
    const value = checksum.value ?? trailers.get(checksumHeader(checksum.algorithm));
    if (value !== undefined) expected.checksum = { algorithm: checksum.algorithm, value: value.trim() };
  }
  return expected;
}

export function parseChecksumType(text: string | undefined): "full" | "composite" | undefined {
  if (text === undefined) return undefined;
  if (text === "FULL_OBJECT") return "full";
  if (text === "COMPOSITE") return "composite";
  return invalidArgument("x-amz-checksum-type", text, "Value for x-amz-checksum-type header is invalid.");
}
export const checksumTypeName = (type: "full" | "composite"): string => (type === "full" ? "FULL_OBJECT" : "COMPOSITE");

/** Of CreateMultipartUpload: CRC-64 is always of the full object, the hashes never are. */
export function uploadChecksum(headers: Headers): { checksum?: { algorithm: ChecksumAlgorithm; type: "full" | "composite" } } {
  const name = headers["x-amz-checksum-algorithm"];
  const type = parseChecksumType(headers["x-amz-checksum-type"]);
  if (name === undefined) return type === undefined ? {} : invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  const algorithm = parseAlgorithm(name);
  const natural = algorithm === "crc64nvme" ? "full" : "composite";
  if ((type === "composite" && algorithm === "crc64nvme") || (type === "full" && !linear.includes(algorithm))) {
    return invalidRequest(`The ${checksumTypeName(type)} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  }
  return { checksum: { algorithm, type: type ?? natural } };
}

/** A checksum of the whole object, as CompleteMultipartUpload carries it: minio-go sends a composite one without its suffix and without a type. */
export function objectChecksum(headers: Headers): ChecksumClaim | undefined {
  const claimed = claimedChecksum(headers);
  if (claimed?.value === undefined) return undefined;
  const type = parseChecksumType(headers["x-amz-checksum-type"]);
  return { algorithm: claimed.algorithm, value: claimed.value, ...(type === undefined ? {} : { type }) };
}

/** The body with the checksum that S3 gives what came without one. */
export function withDefaultChecksum({ incoming, settings }: S3Call): IncomingBody {
  const { defaultChecksum } = settings.flavour;
  return incoming.checksum !== undefined || defaultChecksum === undefined ? incoming : { ...incoming, checksum: defaultChecksum };
}
export const defaultChecksumOf = ({ settings: { flavour } }: S3Call): DefaultChecksum =>
  flavour.defaultChecksum === undefined ? {} : { defaultChecksum: flavour.defaultChecksum };
