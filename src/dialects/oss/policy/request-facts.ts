/** What policies ask of OSS's requests, by the core's names, so that a condition written through S3 holds here too. Looked at only where a policy asks. */

import { versionedAction } from "../../../core/access/policy/vocabulary.ts";
import type { Context } from "../../../core/api.ts";
import type { Tags } from "../../../core/model.ts";
import { tagLimits } from "../../../core/tags.ts";
import type { Call } from "../../operation.ts";
import { parameter } from "../parameters.ts";
import type { OssSettings } from "../settings.ts";
import { taggingDocument, taggingHeader } from "../tagging.ts";

type OssCall = Call<OssSettings>;

export function ossFact(call: OssCall, name: string): readonly string[] | undefined {
  if (name.startsWith("header.x-amz-")) return headerFact(call, name.slice("header.x-amz-".length));
  if (name.startsWith("request.tag")) {
    const tags = tagsOf(call);
    if (name === "request.tagKeys") return tags?.map(([key]) => key);
    const tag = tags?.find(([key]) => key === name.slice("request.tag/".length));
    return tag && [tag[1]];
  }
  if (name === "caller.principal") {
    const { caller } = call.context;
    if (caller.kind === "anonymous") return undefined;
    return [`arn:aws:iam::${caller.account.accountId}:${caller.kind === "user" ? `user/${caller.user}` : caller.kind === "role" ? `role/${caller.role}` : "root"}`];
  }
  if (name.startsWith("signature.") && call.context.caller.kind !== "anonymous") return signatureFact(call, name);
  return undefined;
}

/** Headers that mean the same to both, in the words of those who ask for them. */
const classes: Record<string, string> = { Standard: "STANDARD", IA: "STANDARD_IA", Archive: "GLACIER", ColdArchive: "DEEP_ARCHIVE", DeepColdArchive: "DEEP_ARCHIVE" };
function headerFact({ request: { headers } }: OssCall, header: string): string[] | undefined {
  const one = (value: string | undefined): string[] | undefined => (value === undefined ? undefined : [value]);
  switch (header) {
    case "acl":
      return one(headers["x-oss-object-acl"] ?? headers["x-oss-acl"]);
    case "storage-class": {
      const value = headers["x-oss-storage-class"];
      return one(value && (classes[value] ?? value));
    }
    case "server-side-encryption": {
      const value = headers["x-oss-server-side-encryption"];
      return one(value === "KMS" ? "aws:kms" : value);
    }
    case "server-side-encryption-aws-kms-key-id":
      return one(headers["x-oss-server-side-encryption-key-id"]);
    case "metadata-directive":
      return one(headers["x-oss-metadata-directive"]);
    case "copy-source": {
      const value = headers["x-oss-copy-source"];
      return one(value && decoded(value.startsWith("/") ? value.slice(1) : value));
    }
    default:
      return undefined;
  }
}
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** In the header of a write, or in the document of PutObjectTagging once it was read. What is malformed is the operation's to refuse. */
function tagsOf(call: OssCall): Tags | undefined {
  try {
    if (call.document.length > 0 && call.context.action.endsWith("Tagging")) return taggingDocument(call.document, tagLimits.perObjectMax);
    return taggingHeader(call).tags;
  } catch {
    return undefined;
  }
}

function signatureFact(call: OssCall, name: string): string[] | undefined {
  const isQuery = call.request.headers.authorization === undefined && call.form === undefined;
  return name === "signature.place" ? [call.form !== undefined ? "POST" : isQuery ? "REST-QUERY-STRING" : "REST-HEADER"] : undefined;
}

const ofVersions = new Set([
  "oss:GetObject",
  "oss:DeleteObject",
  "oss:GetObjectAcl",
  "oss:PutObjectAcl",
  "oss:GetObjectTagging",
  "oss:PutObjectTagging",
  "oss:DeleteObjectTagging",
]);

/** What the request is beyond what its operation declares: about a version, and an ACL or tags that come with a write. The same context where that is nothing. */
export function withActions(call: OssCall): Context {
  const { context, request } = call;
  const isVersioned = request.query.length > 0 && ofVersions.has(context.action) && parameter(call, "versionId") !== undefined;
  const action = isVersioned ? versionedAction(context.action) : context.action;
  const also: string[] = [];
  if (context.action === "oss:PutObject") {
    if (request.headers["x-oss-object-acl"] !== undefined) also.push("oss:PutObjectAcl");
    if (request.headers["x-oss-tagging"] !== undefined) also.push("oss:PutObjectTagging");
  }
  return isVersioned || also.length > 0 ? { ...context, action, ...(also.length === 0 ? {} : { also }) } : context;
}
