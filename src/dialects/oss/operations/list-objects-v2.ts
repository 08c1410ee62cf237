import { xmlText } from "../../../lib/xml.ts";
import { invalidArgument } from "../answers.ts";
import { contentsElements, encodingElement, nameOfItem, namingOf, pageByDefault } from "../listing.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { countParameter, encodingParameter, markerParameter, parameter, textParameter } from "../parameters.ts";
import { document } from "../replies.ts";

/**
 * A token is the last name shown, marked as ours, so that text that is none can be told from one. Opaque to clients, the same on every node;
 * base64url, because SDKs differ on whether `encoding-type=url` covers it.
 */
const tokenMark = "a1";
const tokenOf = (name: string): string => Buffer.from(tokenMark + name, "utf8").toString("base64url");
function nameOfToken(token: string): string {
  const bytes = Buffer.from(token, "base64url");
  const text = bytes.toString("utf8");
  const valid = bytes.toString("base64url") === token && Buffer.from(text, "utf8").equals(bytes) && text.startsWith(tokenMark);
  return valid ? text.slice(tokenMark.length) : invalidArgument("continuation-token", token, "The continuation token provided is incorrect.");
}

export const ListObjectsV2 = ossOperation({
  name: "ListObjectsV2",
  docs: page("listobjectsv2"),
  route: { method: "GET", target: "bucket", select: ["list-type"] },
  access: { action: "oss:ListObjects", capability: "bucket.list" },
  input: (call) => {
    const type = parameter(call, "list-type") ?? "";
    if (type !== "2") invalidArgument("list-type", type, "The list-type must be 2.");
    const token = parameter(call, "continuation-token");
    const startAfter = markerParameter(call, "start-after");
    return {
      ...bucketOf(call),
      prefix: textParameter(call, "prefix"),
      delimiter: textParameter(call, "delimiter"),
      after: token ? nameOfToken(token) : startAfter,
      limit: countParameter(call, "max-keys", pageByDefault),
      encoded: encodingParameter(call),
      shown: { token, startAfter, owner: parameter(call, "fetch-owner") === "true" },
    };
  },
  run: (core, { encoded: _, shown: __, ...input }, { context }) => core.listing.objects(context, input),
  reply: ({ items, truncated, owners }, call, { bucket, prefix, delimiter, limit, encoded, shown }) => {
    const naming = namingOf(encoded);
    const last = items.at(-1);
    return document(
      "ListBucketResult",
      xmlText("Name", bucket) +
        xmlText("Prefix", naming(prefix)) +
        (shown.startAfter === "" ? "" : xmlText("StartAfter", naming(shown.startAfter))) +
        (shown.token ? xmlText("ContinuationToken", shown.token) : "") +
        xmlText("MaxKeys", limit) +
        xmlText("Delimiter", naming(delimiter)) +
        encodingElement(encoded) +
        xmlText("IsTruncated", truncated) +
        (truncated && last ? xmlText("NextContinuationToken", tokenOf(nameOfItem(last))) : "") +
        xmlText("KeyCount", items.length) +
        contentsElements(items, shown.owner ? owners : undefined, naming, call.clock.wallMs()),
    );
  },
});
