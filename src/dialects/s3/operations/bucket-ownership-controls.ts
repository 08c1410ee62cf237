import type { BucketInfo } from "../../../core/api.ts";
import type { Ownership } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { operation } from "../../operation.ts";
import { missing } from "../documents/configuration.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { only } from "../parse/only.ts";
import { ownershipOf, ownershipWord } from "../parse/ownership.ts";
import { bucketOf } from "../parse/query.ts";
import { malformedXml } from "../refusals.ts";

const documentBytesMax = 16 * 1024;
const absent = { code: "OwnershipControlsNotFoundError", message: "The bucket ownership controls were not found" };

export const GetBucketOwnershipControls = operation<S3Settings, void, BucketInfo>({
  name: "GetBucketOwnershipControls",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html",
  route: { method: "GET", target: "bucket", select: ["ownershipControls"] },
  access: { action: "s3:GetBucketOwnershipControls", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
  reply: ({ state: { ownership } }, call) =>
    ownership === undefined ? missing(call, absent) : documentReply(call, "OwnershipControls", xmlElement("Rule", xmlText("ObjectOwnership", ownershipWord(ownership)))),
});

/** One rule. Turning ACLs off is refused while the bucket's own gives something to others. */
export const PutBucketOwnershipControls = operation<S3Settings, Ownership, void>({
  name: "PutBucketOwnershipControls",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html",
  route: { method: "PUT", target: "bucket", select: ["ownershipControls"] },
  access: { action: "s3:PutBucketOwnershipControls", capability: "bucket.own" },
  body: { document: documentBytesMax },
  input: (call) => {
    const root = parseXml(call.document, { bytesMax: documentBytesMax, elementsMax: 20 });
    const [rule, second] = xmlChildren(root, "Rule");
    if (root.name !== "OwnershipControls" || rule === undefined || second !== undefined) return malformedXml();
    only(root, ["Rule"]);
    return ownershipOf(xmlChildText(only(rule, ["ObjectOwnership"]), "ObjectOwnership") ?? "") ?? malformedXml();
  },
  run: (core, ownership, call) => core.buckets.setOwnership(call.context, { ...bucketOf(call), ownership }),
  reply: () => emptyReply(200),
});

export const DeleteBucketOwnershipControls = operation<S3Settings, void, void>({
  name: "DeleteBucketOwnershipControls",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html",
  route: { method: "DELETE", target: "bucket", select: ["ownershipControls"] },
  access: { action: "s3:PutBucketOwnershipControls", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.setOwnership(call.context, { ...bucketOf(call), ownership: undefined }),
  reply: () => emptyReply(204),
});
