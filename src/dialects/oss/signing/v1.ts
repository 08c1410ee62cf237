/**
 * OSS Signature Version 1 (HMAC-SHA1), header and URL.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header
 */

import { hmac, secretKey } from "../../signing-keys.ts";
import { bytesOf, headerValues, matchSignature, type Signed } from "../../signing-strings.ts";
import type { QueryParameter, WireRequest } from "../../wire.ts";
import type { V1Claim } from "./claim.ts";
import type { Resource } from "./verify.ts";

/** The union of what the SDKs sign (facts/oss.md 2.1), and every parameter that begins with `x-oss-`. */
const subResources: ReadonlySet<string> = new Set(
  (
    "accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback callback-var cleanRestoredObject cloudboxes cname comp continuation-token cors " +
    "delete encryption endTime group httpsConfig img inventory inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta partNumber policy policyStatus position " +
    "processConfiguration publicAccessBlock qos qosInfo qosRequester redundancyTransition referer regionList replication replicationLocation replicationProgress requestPayment " +
    "requesterQosInfo resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo response-cache-control response-content-disposition response-content-encoding " +
    "response-content-language response-content-type response-expires responseHeader restore rtc seal security-token sequential startTime stat status style styleName symlink tagging " +
    "transferAcceleration udf udfApplication udfApplicationLog udfId udfImage udfImageDesc udfName uploadId uploads versionId versioning versions vip vpcip vod website " +
    "withHashContext worm wormExtend wormId"
  ).split(" "),
);

/** Signed by some SDKs and left out by others. None of them chooses an operation: a request means the same without their being signed. */
const signedBySome: ReadonlySet<string> = new Set(["continuation-token", "endTime", "group", "link", "sequential", "startTime", "status"]);

const inUnion = ({ name }: QueryParameter): boolean => subResources.has(name) || name.startsWith("x-oss-");

/** No SDK signs the whole union: after it, the union with names newer than it (bare ones choose operations), then without what only some sign. */
const signedSets: ((pair: QueryParameter) => boolean)[] = [inUnion, (pair) => inUnion(pair) || pair.value === "", (pair) => inUnion(pair) && !signedBySome.has(pair.name)];

/** `date`: what stands in the date's line. Throws "mismatch". */
export function verifyV1(claim: V1Claim, secret: string, request: WireRequest, resource: Resource, date: string): void {
  matchSignature(claim.accessKeyId, secret, claim.signature, candidates(secret, request, resource, date));
}

function* candidates(secret: string, request: WireRequest, { bucket, key }: Resource, date: string): Generator<Signed> {
  const values = headerValues(request);
  const names = [...values.keys()].filter((name) => name.startsWith("x-oss-")).sort();
  const lines = names.map((name) => `${name}:${values.get(name)}\n`).join("");
  const head = `${request.method}\n${values.get("content-md5") ?? ""}\n${values.get("content-type") ?? ""}\n${date}\n${lines}`;
  const path = bucket === undefined ? "/" : `/${bytesOf(bucket)}/${bytesOf(key ?? "")}`;
  const seen = new Set<string>();
  for (const signed of signedSets) {
    const stringToSign = `${head}${path}${subResourceQuery(request.query.filter(signed))}`;
    if (seen.has(stringToSign)) continue;
    seen.add(stringToSign);
    yield { stringToSign, signature: hmac("sha1", secretKey(secret), stringToSign, "base64") };
  }
}

/** Sorted, decoded, `k` when the value is empty. */
function subResourceQuery(pairs: QueryParameter[]): string {
  if (pairs.length === 0) return "";
  const sorted = pairs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.value < b.value ? -1 : 1));
  return `?${sorted.map(({ name, value }) => (value === "" ? bytesOf(name) : `${bytesOf(name)}=${bytesOf(value)}`)).join("&")}`;
}
