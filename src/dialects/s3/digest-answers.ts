/** What S3 says of bytes that are not what was promised. */
import type { VendorAnswer } from "../error-table.ts";

/** Base64 of a digest given in hex, as S3 shows Content-MD5. */
const hexToBase64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

export function digestAnswer(algorithm: string, expected: string, actual: string): VendorAnswer {
  if (algorithm === "md5") {
    return {
      status: 400,
      code: "BadDigest",
      message: "The Content-MD5 you specified did not match what we received.",
      elements: [
        ["ExpectedDigest", hexToBase64(expected)],
        ["CalculatedDigest", hexToBase64(actual)],
      ],
    };
  }
  if (algorithm === "sha256" && /^[0-9a-f]{64}$/.test(actual)) {
    return {
      status: 400,
      code: "XAmzContentSHA256Mismatch",
      message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
      elements: [
        ["ClientComputedContentSHA256", expected],
        ["S3ComputedContentSHA256", actual],
      ],
    };
  }
  return { status: 400, code: "BadDigest", message: `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.` };
}
