import type { Core } from "../../../core/api.ts";
import { xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { commonPrefixes, contents, keyText, lastOf } from "../documents/listing.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { bucketOf, encodingOf, pageSize, param } from "../parse/query.ts";
import { invalidArgument } from "../refusals.ts";

type Input = { prefix: string; delimiter: string; after: string; limit: number; encoding: "url" | undefined; v2: boolean };
type Page = Awaited<ReturnType<Core["listing"]["objects"]>>;

/** Tokens are the last key or prefix given. */
const tokenOf = (text: string): string => Buffer.from(text).toString("base64");
function tokenText(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  return token !== "" && tokenOf(text) === token ? text : invalidArgument("continuation-token", token, "The continuation token provided is incorrect");
}

function after(call: S3Call, v2: boolean): string {
  if (!v2) return param(call, "marker") ?? "";
  const token = param(call, "continuation-token");
  // An empty token is the beginning: SDKs send one when they are given one.
  return token === undefined || token === "" ? (param(call, "start-after") ?? "") : tokenText(token);
}

/** Both have one shape; a `list-type` other than 2 is V1, as in S3. */
const listing = (name: string, select: readonly string[]) =>
  operation<S3Settings, Input, Page>({
    name,
    docs: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_${name}.html`,
    route: { method: "GET", target: "bucket", select },
    access: { action: "s3:ListBucket", capability: "bucket.list" },
    input: (call) => {
      const v2 = param(call, "list-type") === "2";
      return {
        prefix: param(call, "prefix") ?? "",
        delimiter: param(call, "delimiter") ?? "",
        after: after(call, v2),
        limit: pageSize(call, "max-keys"),
        encoding: encodingOf(call),
        v2,
      };
    },
    run: (core, { prefix, delimiter, after: from, limit }, call) => core.listing.objects(call.context, { ...bucketOf(call), prefix, delimiter, after: from, limit }),
    reply: (page, call, input) =>
      documentReply(call, "ListBucketResult", input.v2 ? pageV2(page, call, input) : pageV1(page, call, input), ["x-amz-bucket-region", call.settings.region]),
  });

export const ListObjects = listing("ListObjects", []);
export const ListObjectsV2 = listing("ListObjectsV2", ["list-type"]);

function pageV1({ items, truncated, owners }: Page, call: S3Call, { prefix, delimiter, limit, encoding, after: marker }: Input): string {
  const key = keyText(encoding);
  const last = truncated && delimiter !== "" ? lastOf(items) : undefined;
  return (
    xmlText("Name", bucketOf(call).bucket) +
    // Not escaped here: the AWS SDKs undo it for V2 alone.
    xmlText("Prefix", prefix) +
    xmlText("Marker", key(marker)) +
    (last === undefined ? "" : xmlText("NextMarker", key(last))) +
    xmlText("MaxKeys", limit) +
    (delimiter === "" ? "" : xmlText("Delimiter", key(delimiter))) +
    xmlText("EncodingType", encoding) +
    xmlText("IsTruncated", truncated) +
    contents(items, key, owners) +
    commonPrefixes(items, key)
  );
}

function pageV2({ items, truncated, owners }: Page, call: S3Call, { prefix, delimiter, limit, encoding }: Input): string {
  const key = keyText(encoding);
  const last = truncated ? lastOf(items) : undefined;
  const startAfter = param(call, "start-after");
  return (
    xmlText("Name", bucketOf(call).bucket) +
    xmlText("Prefix", key(prefix)) +
    xmlText("ContinuationToken", param(call, "continuation-token")) +
    (last === undefined ? "" : xmlText("NextContinuationToken", tokenOf(last))) +
    (startAfter === undefined ? "" : xmlText("StartAfter", key(startAfter))) +
    xmlText("KeyCount", items.length) +
    xmlText("MaxKeys", limit) +
    (delimiter === "" ? "" : xmlText("Delimiter", key(delimiter))) +
    xmlText("EncodingType", encoding) +
    xmlText("IsTruncated", truncated) +
    contents(items, key, param(call, "fetch-owner") === "true" ? owners : undefined) +
    commonPrefixes(items, key)
  );
}
