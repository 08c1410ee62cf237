/**
 * What a request says of encryption: https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
 * Deviation, 2026-11-28: S3 takes a customer's key over https only; here it is also taken over http, for those who end TLS before this server.
 */
import { createHash } from "node:crypto";
import type { CustomerKey, EncryptionAsked, PartEncryption } from "../../../core/encryption/api.ts";
import type { BucketEncryption } from "../../../core/model.ts";
import { fromBase64 } from "../../../lib/bytes.ts";
import { parseStrictJson } from "../../../lib/strict-json.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument, invalidEncryptionAlgorithm, invalidRequest, malformedXml } from "../refusals.ts";
import { only } from "./only.ts";

export const encryptionLimits = { documentBytesMax: 16 * 1024, keyNameCharactersMax: 2048, contextBytesMax: 8 * 1024 } as const;
const keyBytes = 32;

const method = "x-amz-server-side-encryption";
const keyIdHeader = `${method}-aws-kms-key-id`;
const contextHeader = `${method}-context`;
const bucketKeyHeader = `${method}-bucket-key-enabled`;
const keyed = [keyIdHeader, contextHeader, bucketKeyHeader];
const ownWords = [method, ...keyed];

/** The three headers of a customer's key. */
const customerHeaders = (start: string) => ({ start, algorithm: `${start}algorithm`, key: `${start}key`, md5: `${start}key-md5` });
const ofObject = customerHeaders("x-amz-server-side-encryption-customer-");
const ofSource = customerHeaders("x-amz-copy-source-server-side-encryption-customer-");

/** All or none. */
function customerKeyOf({ request: { headers } }: S3Call, names: ReturnType<typeof customerHeaders>): CustomerKey | undefined {
  const { start } = names;
  const algorithm = headers[names.algorithm];
  const key = headers[names.key];
  const md5 = headers[names.md5];
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  const said = (part: string): string => `Requests specifying Server Side Encryption with Customer provided keys must provide ${part}.`;
  if (algorithm === undefined) return invalidArgument(`${start}algorithm`, "null", said("a valid encryption algorithm"));
  if (algorithm !== "AES256") return invalidEncryptionAlgorithm(algorithm);
  if (key === undefined) return invalidArgument(`${start}key`, "null", said("an appropriate secret key"));
  if (md5 === undefined) return invalidArgument(`${start}key-MD5`, "null", said("the client calculated MD5 of the secret key"));
  const bytes = fromBase64(key);
  if (bytes === undefined || bytes.length !== keyBytes) return invalidArgument(`${start}key`, "null", "The secret key was invalid for the specified algorithm.");
  if (createHash("md5").update(bytes).digest("base64") !== md5)
    return invalidArgument(`${start}key-MD5`, md5, "The calculated MD5 hash of the key did not match the hash that was provided.");
  return { bytes, md5 };
}

/** `arn:aws:kms:region:account:key/id`, `.../alias/name` are what follows the account; where any name is a key, it is taken as it is. */
export function keyNameOf(call: S3Call, text: string): string {
  if (text.length > encryptionLimits.keyNameCharactersMax) return invalidArgument(keyIdHeader, text.slice(0, 64), "The KMS key id is too long.");
  if (call.settings.encryptionKeys === "any") return text;
  const arn = /^arn:[a-z-]+:kms:[a-z0-9-]*:\d*:(?:key\/(.+)|(alias\/.+))$/.exec(text);
  return arn === null ? text : ((arn[1] ?? arn[2]) as string);
}

function contextOf(text: string): string {
  const refuse = (): never =>
    invalidArgument(
      contextHeader,
      text.slice(0, 64),
      "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
    );
  const bytes = fromBase64(text);
  if (bytes === undefined || bytes.length > encryptionLimits.contextBytesMax) return refuse();
  let value: unknown;
  try {
    value = parseStrictJson(Buffer.from(bytes).toString("utf8"), { depthMax: 1 });
  } catch {
    return refuse();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.values(value).every((one) => typeof one === "string")) return refuse();
  return text;
}

function flagOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  const flag = text.toLowerCase();
  return flag === "true" || (flag !== "false" && invalidArgument(bucketKeyHeader, text, "Invalid bucket key enabled value."));
}

/** Of a write. Absent: as the bucket has it. */
export function encryptionAsked(call: S3Call): { encryption?: EncryptionAsked } {
  const { headers } = call.request;
  const how = headers[method];
  const key = customerKeyOf(call, ofObject);
  if (key !== undefined) {
    if (how !== undefined || keyed.some((name) => headers[name] !== undefined))
      invalidArgument(method, how ?? "null", "Server Side Encryption with Customer provided key is incompatible with the encryption method specified");
    return { encryption: { mode: "customer", key } };
  }
  if (how !== undefined && how !== "AES256" && how !== "aws:kms" && how !== "aws:kms:dsse") return invalidArgument(method, how, "The encryption method specified is not supported");
  const perBucket = flagOf(headers[bucketKeyHeader]);
  if (how === undefined || how === "AES256") {
    const stray = [keyIdHeader, contextHeader].find((name) => headers[name] !== undefined);
    if (stray !== undefined)
      return invalidArgument(stray, headers[stray] ?? "", "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms");
    if (how !== undefined) return { encryption: { mode: "store" } };
    return perBucket === undefined ? {} : { encryption: { mode: "bucket", perBucket } };
  }
  const context = headers[contextHeader];
  const keyName = headers[keyIdHeader] ?? "";
  return {
    encryption: {
      mode: "key",
      keyName: keyNameOf(call, keyName),
      // Two layers have no bucket key; asking for one changes nothing.
      ...(how === "aws:kms:dsse" ? { layers: 2, perBucket: false } : perBucket === undefined ? {} : { perBucket }),
      ...(context === undefined ? {} : { context: contextOf(context) }),
    },
  };
}

/**
 * Of a part. Deviation, 2026-11-28: S3 refuses the headers of its own keys here; SDKs' older transfer managers and ceph/s3-tests send them, and they
 * may stand as long as they say what the upload is. The key is the upload's.
 */
export function partEncryption(call: S3Call): PartEncryption {
  const { encryption } = encryptionAsked(call);
  if (encryption === undefined || encryption.mode === "bucket") return {};
  return encryption.mode === "customer" ? { customerKey: encryption.key } : { mode: encryption.mode };
}

/** Of a read: the customer's key alone; everything else was said when the object was begun. */
export function customerKey(call: S3Call): { customerKey?: CustomerKey } {
  const { headers } = call.request;
  for (const name of ownWords) {
    if (headers[name] !== undefined) return invalidArgument(name, headers[name], `${name} header is not supported for this operation.`);
  }
  const key = customerKeyOf(call, ofObject);
  return key === undefined ? {} : { customerKey: key };
}
/** Of the source of a copy. */
export function sourceKey(call: S3Call): { sourceKey?: CustomerKey } {
  const key = customerKeyOf(call, ofSource);
  return key === undefined ? {} : { sourceKey: key };
}

const ruleElements = ["ApplyServerSideEncryptionByDefault", "BlockedEncryptionTypes", "BucketKeyEnabled"];

/** `ServerSideEncryptionConfiguration`: one rule, which is the default; of what it blocks alone, S3's own default. */
export function encryptionDocument(call: S3Call): BucketEncryption {
  const root = parseXml(call.document, { bytesMax: encryptionLimits.documentBytesMax, elementsMax: 50 });
  const rules = xmlChildren(root, "Rule");
  if (root.name !== "ServerSideEncryptionConfiguration" || rules.length !== 1) return malformedXml();
  only(root, ["Rule"]);
  const rule = only(rules[0] as XmlNode, ruleElements);
  const applied = xmlChild(rule, "ApplyServerSideEncryptionByDefault");
  const blocked = xmlChild(rule, "BlockedEncryptionTypes");
  const flag = xmlFlag(rule, "BucketKeyEnabled") ?? malformedXml();
  if (applied === undefined && blocked === undefined) return malformedXml();
  const refused = blocked !== undefined && blocksCustomerKeys(blocked) ? ({ refusesCustomerKeys: true } as const) : {};
  return { ...(applied === undefined ? { mode: "store" } : defaultOf(call, applied, flag)), ...refused };
}

/** `true`, `false` and, when it is not there, `false`; `undefined`: it is neither. */
function xmlFlag(node: XmlNode, name: string): boolean | undefined {
  const text = xmlChildText(node, name)?.trim() ?? "false";
  return text === "true" || text === "false" ? text === "true" : undefined;
}

/** `SSE-C`, or `NONE`, which unblocks: https://docs.aws.amazon.com/AmazonS3/latest/API/API_BlockedEncryptionTypes.html */
function blocksCustomerKeys(blocked: XmlNode): boolean {
  const text = xmlChildText(only(blocked, ["EncryptionType"]), "EncryptionType")?.trim();
  return text === "SSE-C" || text === "NONE" ? text === "SSE-C" : malformedXml();
}

function defaultOf(call: S3Call, applied: XmlNode, perBucket: boolean): BucketEncryption {
  only(applied, ["SSEAlgorithm", "KMSMasterKeyID"]);
  const algorithm = xmlChildText(applied, "SSEAlgorithm")?.trim();
  const keyId = xmlChildText(applied, "KMSMasterKeyID")?.trim();
  switch (algorithm) {
    case "AES256":
      if (keyId !== undefined)
        invalidArgument("KMSMasterKeyID", keyId.slice(0, 64), "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse");
      return { mode: "store" };
    case "aws:kms":
      return { mode: "key", keyName: keyId === undefined ? "" : keyNameOf(call, keyId), ...(perBucket ? { perBucket } : {}) };
    case "aws:kms:dsse":
      return { mode: "key", keyName: keyId === undefined ? "" : keyNameOf(call, keyId), layers: 2 };
    default:
      return algorithm === undefined ? malformedXml() : invalidRequest("The encryption method specified is not supported");
  }
}

/**
 * `ObjectEncryption` of UpdateObjectEncryption: the whole ARN of another named key. The refusals are those that
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html lists.
 */
export function keyChange(call: S3Call): { keyName: string; perBucket: boolean } {
  const root = parseXml(call.document, { bytesMax: encryptionLimits.documentBytesMax, elementsMax: 20 });
  if (root.name !== "ObjectEncryption") return malformedXml();
  const [kind, ...more] = root.children;
  if (kind === undefined || kind.name !== "SSE-KMS" || more.length > 0)
    return invalidRequest(
      kind?.name === "SSE-C" || kind?.name === "DSSE-KMS"
        ? "An object's encryption type cannot be updated to DSSE-KMS or SSE-C, only to SSE-KMS."
        : "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are SSEKMS.",
    );
  const arn = xmlChildText(only(kind, ["KMSKeyArn", "BucketKeyEnabled"]), "KMSKeyArn")?.trim() ?? "";
  if (arn === "") return invalidRequest("Requests that modify an object's encryption type to SSE-KMS require an AWS KMS key ARN.");
  if (!/^arn:aws[-a-z0-9]*:kms:[-a-z0-9]*:\d{12}:key\/.+$/.test(arn))
    return invalidRequest("Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key ARN.");
  const perBucket = xmlFlag(kind, "BucketKeyEnabled") ?? invalidRequest("The BucketKeyEnabled value is not valid. Valid values are true or false.");
  return { keyName: keyNameOf(call, arn), perBucket };
}
