/**
 * OSS Signature Version 1 (HMAC-SHA1), header and URL.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header
 */

import { hmac, secretKey } from "../../../lib/signing/keys.ts";
import { bytesOf, headerLines, ossV1Parameters, ossV1Query, plainString } from "../../../lib/signing/strings.ts";
import { headerValues, matchSignature, type Signed } from "../../signing-strings.ts";
import type { QueryParameter, WireRequest } from "../../wire.ts";
import type { V1Claim } from "./claim.ts";
import type { Resource } from "./verify.ts";

/** Signed by some SDKs and left out by others. None of them chooses an operation: a request means the same without their being signed. */
const signedBySome: ReadonlySet<string> = new Set(["continuation-token", "endTime", "group", "link", "sequential", "startTime", "status"]);

const inUnion = ({ name }: QueryParameter): boolean => ossV1Parameters.has(name) || name.startsWith("x-oss-");

/** No SDK signs the whole union: after it, the union with names newer than it (bare ones choose operations), then without what only some sign. */
const signedSets: ((pair: QueryParameter) => boolean)[] = [inUnion, (pair) => inUnion(pair) || pair.value === "", (pair) => inUnion(pair) && !signedBySome.has(pair.name)];

/** `date`: what stands in the date's line. Throws "mismatch". */
export function verifyV1(claim: V1Claim, secret: string, request: WireRequest, resource: Resource, date: string): void {
  matchSignature(claim.accessKeyId, secret, claim.signature, candidates(secret, request, resource, date));
}

function* candidates(secret: string, request: WireRequest, { bucket, key }: Resource, date: string): Generator<Signed> {
  const values = headerValues(request);
  const vendorLines = headerLines(values, (name) => name.startsWith("x-oss-"));
  const path = bucket === undefined ? "/" : `/${bytesOf(bucket)}/${bytesOf(key ?? "")}`;
  const seen = new Set<string>();
  for (const signed of signedSets) {
    const resource = `${path}${ossV1Query(request.query.filter(signed))}`;
    const stringToSign = plainString({ method: request.method, headers: values, date, vendorLines, resource });
    if (seen.has(stringToSign)) continue;
    seen.add(stringToSign);
    yield { stringToSign, signature: hmac("sha1", secretKey(secret), stringToSign, "base64") };
  }
}
