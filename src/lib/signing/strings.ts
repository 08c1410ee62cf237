/**
 * What the vendors have signed, written once: the server puts it together from what came and compares, our client from what it sends. Everything here
 * holds bytes as Latin-1 characters, as header values come from the wire; text (keys, parameters) is turned into its UTF-8 bytes by `bytesOf`.
 */
import { encodeUri } from "../uri.ts";
import { sha256OfLatin1 } from "./keys.ts";

/** UTF-8 bytes of a text, as Latin-1 characters. */
export const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

type Parameter = { readonly name: string; readonly value: string };
/** `signature`: the parameter that carries the signature itself. `bareWhenEmpty`: `k` for an empty value, not `k=`. */
type QueryForm = { signature: string; bareWhenEmpty: boolean };
export const s3V4Query: QueryForm = { signature: "X-Amz-Signature", bareWhenEmpty: false };
/** OSS's V2 and V4. */
export const ossQuery: QueryForm = { signature: "x-oss-signature", bareWhenEmpty: true };

/** All parameters but the signature itself, encoded once more and sorted by code point. */
export function canonicalQuery(query: readonly Parameter[], { signature, bareWhenEmpty }: QueryForm): string {
  if (query.length === 0) return "";
  const pairs: [name: string, value: string][] = [];
  for (const { name, value } of query) if (name !== signature) pairs.push([encodeUri(name), encodeUri(value)]);
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return pairs.map(([name, value]) => (bareWhenEmpty && value === "" ? name : `${name}=${value}`)).join("&");
}

/** Of a signature with a scope: SigV4, and OSS's V4 after its model. */
export type V4Form = { algorithm: string; prefix: string; terminator: string };
export const s3V4: V4Form = { algorithm: "AWS4-HMAC-SHA256", prefix: "AWS4", terminator: "aws4_request" };
export const ossV4: V4Form = { algorithm: "OSS4-HMAC-SHA256", prefix: "aliyun_v4", terminator: "aliyun_v4_request" };

export type V4Request = {
  method: string;
  /** Encoded. */
  path: string;
  query: string;
  /** `name:value` lines, each with its line end, sorted. */
  headerLines: string;
  /** Names joined by semicolons: those signed (SigV4), or those signed beside the vendor's own (OSS). */
  headerNames: string;
  payloadHash: string;
  /** `20261128T120000Z`. */
  timestamp: string;
  /** `20261128/region/service/terminator`. */
  scope: string;
};

export function v4Strings({ algorithm }: V4Form, request: V4Request): { canonicalRequest: string; stringToSign: string } {
  const { method, path, query, headerLines, headerNames, payloadHash, timestamp, scope } = request;
  const canonicalRequest = `${method}\n${path}\n${query}\n${headerLines}\n${headerNames}\n${payloadHash}`;
  return { canonicalRequest, stringToSign: `${algorithm}\n${timestamp}\n${scope}\n${sha256OfLatin1(canonicalRequest)}` };
}

/** OSS's V4 signs these wherever they stand, the rest when it is named. */
export const ossV4Signs = (name: string): boolean => name.startsWith("x-oss-") || name === "content-type" || name === "content-md5";

/** `vendorLines`: `name:value` lines of the vendor's headers, sorted. `resource`: path and parameters. */
export type PlainRequest = { method: string; headers: { get(name: string): string | undefined }; date: string; vendorLines: string; resource: string };

/** Of the signatures without a scope: OSS's V1 and V2, SigV2. */
export const plainString = ({ method, headers, date, vendorLines, resource }: PlainRequest): string =>
  `${method}\n${headers.get("content-md5") ?? ""}\n${headers.get("content-type") ?? ""}\n${date}\n${vendorLines}${resource}`;

/** The names of `values` that `signed` takes, sorted, each as a `name:value` line. */
export const headerLines = (values: ReadonlyMap<string, string>, signed: (name: string) => boolean): string =>
  [...values.keys()]
    .filter(signed)
    .sort()
    .map((name) => `${name}:${values.get(name)}\n`)
    .join("");

/** The union of what OSS's SDKs sign under V1 (facts/oss.md 2.1); every parameter that begins with `x-oss-` is signed too. */
export const ossV1Parameters: ReadonlySet<string> = new Set(
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

/** Sorted, decoded, `k` when the value is empty. */
export function ossV1Query(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "";
  const sorted = [...parameters].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.value < b.value ? -1 : 1));
  return `?${sorted.map(({ name, value }) => (value === "" ? bytesOf(name) : `${bytesOf(name)}=${bytesOf(value)}`)).join("&")}`;
}

/**
 * Parameters under SigV2. The documented list and those of botocore and boto; then newer ones that no V2 client is known to sign: they
 * stand here so that nobody can add one to a request signed without it.
 */
export const s3V2Parameters: ReadonlySet<string> = new Set(
  (
    "accelerate acl analytics cors defaultObjectAcl delete inventory lifecycle location logging metrics notification object-lock partNumber policy replication " +
    "requestPayment response-cache-control response-content-disposition response-content-encoding response-content-language response-content-type response-expires " +
    "restore select select-type storageClass tagging torrent uploadId uploads versionId versioning versions website " +
    "attributes encryption intelligent-tiering legal-hold ownershipControls policyStatus publicAccessBlock retention"
  ).split(" "),
);

/** Those of `query` that SigV2 signs, sorted. */
export const s3V2Signed = <P extends Parameter>(query: readonly P[]): P[] =>
  query.filter(({ name }) => s3V2Parameters.has(name)).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
