import type { ReadConditions, VersionResult, WriteCondition } from "../../../core/api.ts";
import type { ObjectKey } from "../../../core/model.ts";
import { decodeUri } from "../../../lib/uri.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { readConditions, writeCondition } from "../parse/conditions.ts";
import { bucketOf, newObjectOf } from "../parse/query.ts";
import { invalidArgument, invalidRequest } from "../refusals.ts";

const header = "x-amz-rename-source";
const tokenHeader = "x-amz-client-token";
const tokenLengthMax = 64;

type Input = {
  source: ObjectKey;
  condition?: WriteCondition;
  targetDates: ReadConditions | undefined;
  sourceConditions: ReadConditions | undefined;
  token: string | undefined;
};

/** The escaped key, or `/bucket/key` of the same bucket. */
function sourceOf(call: S3Call): ObjectKey {
  const text = call.request.headers[header] ?? "";
  const bucket = `/${bucketOf(call).bucket}/`;
  const key = decodeUri(text.startsWith(bucket) ? text.slice(bucket.length) : text);
  if (key === undefined || key === "" || text.startsWith("/") !== text.startsWith(bucket))
    return invalidArgument(header, text, "The rename source must be a key of the same bucket, URL encoded");
  return key as ObjectKey;
}

function tokenOf(call: S3Call): string | undefined {
  const text = call.request.headers[tokenHeader];
  if (text !== undefined && (text === "" || text.length > tokenLengthMax)) return invalidArgument(tokenHeader, text, `A client token has 1 to ${tokenLengthMax} characters`);
  return text;
}

function datesOf(call: S3Call): ReadConditions | undefined {
  const { ifModifiedSinceMs, ifUnmodifiedSinceMs } = readConditions(call) ?? {};
  if (ifModifiedSinceMs === undefined && ifUnmodifiedSinceMs === undefined) return undefined;
  return { ...(ifModifiedSinceMs === undefined ? {} : { ifModifiedSinceMs }), ...(ifUnmodifiedSinceMs === undefined ? {} : { ifUnmodifiedSinceMs }) };
}

/** Deviation, 2026-11-28: S3 renames in directory buckets only; here in every bucket. Where versions are kept, the old name gets a delete marker. */
export const RenameObject = operation<S3Settings, Input, VersionResult>({
  name: "RenameObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html",
  route: { method: "PUT", target: "object", select: ["renameObject"] },
  access: { action: "s3:PutObject", capability: "object.write" },
  input: (call) => {
    const { key } = newObjectOf(call);
    const source = sourceOf(call);
    if (key.endsWith("/") || source.endsWith("/")) invalidRequest("The names of a rename cannot end with a slash.");
    return { source, ...writeCondition(call), targetDates: datesOf(call), sourceConditions: readConditions(call, `${header}-`), token: tokenOf(call) };
  },
  run: (core, { source, targetDates, sourceConditions, token, ...written }, call) =>
    core.objects.rename(call.context, {
      ...newObjectOf(call),
      source,
      readAction: "s3:GetObject",
      deleteAction: "s3:DeleteObject",
      ...written,
      ...(targetDates === undefined ? {} : { targetDates }),
      ...(sourceConditions === undefined ? {} : { sourceConditions }),
      ...(token === undefined ? {} : { token }),
    }),
  reply: () => emptyReply(200, []),
});
