import type { BucketInfo } from "../../../core/api.ts";
import type { PublicAccess } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChildText } from "../../../lib/xml-reader.ts";
import { operation } from "../../operation.ts";
import { missing } from "../documents/configuration.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { only } from "../parse/only.ts";
import { bucketOf } from "../parse/query.ts";
import { malformedXml } from "../refusals.ts";

const documentBytesMax = 16 * 1024;
const absent = { code: "NoSuchPublicAccessBlockConfiguration", message: "The public access block configuration was not found" };

/** The vendor's names, in its order. */
const flags: readonly [string, keyof PublicAccess][] = [
  ["BlockPublicAcls", "refuseAcls"],
  ["IgnorePublicAcls", "ignoreAcls"],
  ["BlockPublicPolicy", "refusePolicies"],
  ["RestrictPublicBuckets", "restrictPublic"],
];

/** What is not said is false. */
function flagOf(root: XmlNode, name: string): boolean {
  const text = (xmlChildText(root, name) ?? "false").trim().toLowerCase();
  return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : malformedXml();
}

export const GetPublicAccessBlock = operation<S3Settings, void, BucketInfo>({
  name: "GetPublicAccessBlock",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html",
  route: { method: "GET", target: "bucket", select: ["publicAccessBlock"] },
  access: { action: "s3:GetBucketPublicAccessBlock", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
  reply: ({ state: { publicAccess } }, call) =>
    publicAccess === undefined
      ? missing(call, absent)
      : documentReply(call, "PublicAccessBlockConfiguration", flags.map(([name, field]) => xmlText(name, publicAccess[field])).join("")),
});

export const PutPublicAccessBlock = operation<S3Settings, PublicAccess, void>({
  name: "PutPublicAccessBlock",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html",
  route: { method: "PUT", target: "bucket", select: ["publicAccessBlock"] },
  access: { action: "s3:PutBucketPublicAccessBlock", capability: "bucket.own" },
  body: { document: documentBytesMax },
  input: (call) => {
    const root = parseXml(call.document, { bytesMax: documentBytesMax, elementsMax: 20 });
    if (root.name !== "PublicAccessBlockConfiguration") return malformedXml();
    only(
      root,
      flags.map(([name]) => name),
    );
    const publicAccess: PublicAccess = { refuseAcls: false, ignoreAcls: false, refusePolicies: false, restrictPublic: false };
    for (const [name, field] of flags) publicAccess[field] = flagOf(root, name);
    return publicAccess;
  },
  run: (core, publicAccess, call) => core.buckets.setPublicAccess(call.context, { ...bucketOf(call), publicAccess }),
  reply: () => emptyReply(200),
});

export const DeletePublicAccessBlock = operation<S3Settings, void, void>({
  name: "DeletePublicAccessBlock",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html",
  route: { method: "DELETE", target: "bucket", select: ["publicAccessBlock"] },
  access: { action: "s3:DeleteBucketPublicAccessBlock", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.setPublicAccess(call.context, { ...bucketOf(call), publicAccess: undefined }),
  reply: () => emptyReply(204),
});
