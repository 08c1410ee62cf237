import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { ownerElement } from "../documents/owners.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { param } from "../parse/query.ts";
import { invalidArgument } from "../refusals.ts";

const bucketsMax = 10_000;

function maxBuckets(call: S3Call): number {
  const text = param(call, "max-buckets");
  if (text === undefined) return bucketsMax;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= bucketsMax ? value : invalidArgument("max-buckets", text, `Argument max-buckets must be an integer between 1 and ${bucketsMax}`);
}

/** Tokens are the last name given, so that a page survives the deletion of that bucket. */
const tokenOf = (name: string): string => Buffer.from(name).toString("base64url");
const tokenName = (call: S3Call): string => Buffer.from(param(call, "continuation-token") ?? "", "base64url").toString();

/** The caller's own buckets, in the order of their names. */
export const ListBuckets = operation<
  S3Settings,
  { prefix: string; after: string; limit: number; region: string | undefined },
  Awaited<ReturnType<import("../../../core/api.ts").Core["buckets"]["list"]>>
>({
  name: "ListBuckets",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html",
  route: { method: "GET", target: "service" },
  access: { action: "s3:ListAllMyBuckets", capability: "service.listBuckets" },
  input: (call) => ({ prefix: param(call, "prefix") ?? "", after: tokenName(call), limit: maxBuckets(call), region: param(call, "bucket-region") }),
  run: (core, { prefix, after, limit, region }, { context, address: { tenant }, settings }) =>
    core.buckets.list(context, { tenant, prefix, after, limit, ...(region === undefined ? {} : { regions: region === settings.region ? ["", region] : [region] }) }),
  reply: ({ buckets, owner, truncated }, call, { prefix }) => {
    const regionOf = (own: string): string => (own === "" ? call.settings.region : own);
    const paged = ["prefix", "max-buckets", "continuation-token", "bucket-region"].some((name) => param(call, name) !== undefined);
    const list = buckets.map((bucket) =>
      xmlElement("Bucket", xmlText("Name", bucket.name) + xmlText("CreationDate", isoTime(bucket.createdMs)) + (paged ? xmlText("BucketRegion", regionOf(bucket.region)) : "")),
    );
    const last = buckets.at(-1);
    const token = truncated && last !== undefined ? xmlText("ContinuationToken", tokenOf(last.name)) : "";
    return documentReply(call, "ListAllMyBucketsResult", ownerElement(owner) + xmlElement("Buckets", list.join("")) + (prefix === "" ? "" : xmlText("Prefix", prefix)) + token);
  },
});
