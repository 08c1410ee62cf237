import type { BucketInfo } from "../../../core/api.ts";
import { xmlText } from "../../../lib/xml.ts";
import { parseXml, xmlChildText } from "../../../lib/xml-reader.ts";
import { operation } from "../../operation.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { only } from "../parse/only.ts";
import { bucketOf } from "../parse/query.ts";
import { headerNotImplemented, malformedXml, notImplemented } from "../refusals.ts";

/** Never switched on: a document without a status. */
export const GetBucketVersioning = operation<S3Settings, void, BucketInfo>({
  name: "GetBucketVersioning",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html",
  route: { method: "GET", target: "bucket", select: ["versioning"] },
  access: { action: "s3:GetBucketVersioning", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
  reply: ({ state }, call) =>
    documentReply(call, "VersioningConfiguration", state.versioning === "off" ? "" : xmlText("Status", state.versioning === "enabled" ? "Enabled" : "Suspended")),
});

const statuses = new Map([
  ["Enabled", "enabled"],
  ["Suspended", "suspended"],
] as const);

export const PutBucketVersioning = operation<S3Settings, "enabled" | "suspended", void>({
  name: "PutBucketVersioning",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html",
  route: { method: "PUT", target: "bucket", select: ["versioning"] },
  access: { action: "s3:PutBucketVersioning", capability: "bucket.own" },
  body: { document: 64 * 1024 },
  input: (call) => {
    if (call.request.headers["x-amz-mfa"] !== undefined) return headerNotImplemented("x-amz-mfa");
    const root = parseXml(call.document, { bytesMax: 64 * 1024, elementsMax: 100 });
    if (root.name !== "VersioningConfiguration") return malformedXml();
    only(root, ["Status", "MfaDelete"]);
    if (xmlChildText(root, "MfaDelete") === "Enabled") return notImplemented("MfaDelete");
    return statuses.get((xmlChildText(root, "Status") ?? "") as "Enabled") ?? malformedXml();
  },
  run: (core, versioning, call) => core.buckets.setVersioning(call.context, { ...bucketOf(call), versioning }),
  reply: () => emptyReply(200),
});
