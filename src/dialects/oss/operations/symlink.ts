import type { BucketName, LinkTarget, ObjectKey } from "../../../core/model.ts";
import { decodeUri, encodeUri } from "../../../lib/uri.ts";
import type { WireRequest } from "../../wire.ts";
import { invalidArgument, missingArgument, refuse } from "../answers.ts";
import { checkObjectName } from "../names.ts";
import { newObject } from "../object-input.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { empty, quotedEtag, versionHeaders } from "../replies.ts";

const targetHeader = "x-oss-symlink-target";
const bucketHeader = "x-oss-symlink-target-bucket";

/** Percent-encoded, as names of objects are in headers. */
function targetOf({ request }: { request: WireRequest }): LinkTarget {
  const text = request.headers[targetHeader] ?? missingArgument(targetHeader);
  const key = decodeUri(text);
  if (key === undefined || key === "") return invalidArgument(targetHeader, text, "The symlink's target is the percent-encoded name of an object.");
  checkObjectName(key);
  const bucket = request.headers[bucketHeader];
  return { key: key as ObjectKey, ...(bucket === undefined ? {} : { bucket: bucket as BucketName }) };
}

/** Whether the target is there is asked when the link is read. */
export const PutSymlink = ossOperation({
  name: "PutSymlink",
  docs: page("putsymlink"),
  route: { method: "PUT", target: "object", select: ["symlink"] },
  access: { action: "oss:PutObject", capability: "object.write" },
  input: (call) => {
    // A link has no bytes to encrypt.
    const { encryption: _encryption, ...object } = newObject(call, [targetHeader, bucketHeader]);
    return { ...object, target: targetOf(call) };
  },
  run: (core, input, { context }) => core.objects.putLink(context, input),
  reply: (result) => empty(200, ["ETag", quotedEtag(result.version.etag), ...versionHeaders(result)]),
});

export const GetSymlink = ossOperation({
  name: "GetSymlink",
  docs: page("getsymlink"),
  route: { method: "GET", target: "object", select: ["symlink"] },
  access: { action: "oss:GetObject", capability: "object.read" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: async (core, input, { context }) => {
    const result = await core.objects.entry(context, input);
    const { link } = result.version;
    if (link === undefined) return refuse({ status: 400, code: "NotSymlink", message: "The object you specified is not a symlink object.", elements: [["Key", input.key]] });
    return { result, link };
  },
  reply: ({ result, link: { key, bucket } }) =>
    empty(200, [targetHeader, encodeUri(key), ...(bucket === undefined ? [] : [bucketHeader, bucket]), "ETag", quotedEtag(result.version.etag), ...versionHeaders(result)]),
});
