import type { VersionResult } from "../../../core/api.ts";
import type { Tags, VersionSelector } from "../../../core/model.ts";
import { tagLimits } from "../../../core/tags.ts";
import { operation } from "../../operation.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import { tagSetContent } from "../documents/tagging.ts";
import { versionHeader } from "../documents/versions.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { objectOf, versionOf } from "../parse/query.ts";
import { versionMeant } from "../parse/reading.ts";
import { taggingDocument, taggingLimits } from "../parse/tagging.ts";

type Input = { version: VersionSelector };
const docs = (name: string): string => `https://docs.aws.amazon.com/AmazonS3/latest/API/API_${name}.html`;
const ofVersion = (call: S3Call, name: string): string => (versionOf(call) === undefined ? `s3:${name}` : `s3:${name.replace("Object", "ObjectVersion")}`);

/** The action of a request that names a version is another one. */
const withAction = (call: S3Call, name: string): S3Call["context"] => ({ ...call.context, action: ofVersion(call, name) });

export const GetObjectTagging = operation<S3Settings, Input, VersionResult>({
  name: "GetObjectTagging",
  docs: docs("GetObjectTagging"),
  route: { method: "GET", target: "object", select: ["tagging"] },
  access: { action: "s3:GetObjectTagging", capability: "object.readTags" },
  input: (call) => ({ version: versionOf(call) }),
  run: async (core, { version }, call) => core.objects.entry(withAction(call, "GetObjectTagging"), { ...objectOf(call), version: await versionMeant(core, call, version) }),
  reply: (found, call) => documentReply(call, "Tagging", tagSetContent(found.version.tags ?? []), versionHeader(found, call.settings.flavour)),
});

/** The whole set at once. */
export const PutObjectTagging = operation<S3Settings, Input & { tags: Tags }, VersionResult>({
  name: "PutObjectTagging",
  docs: docs("PutObjectTagging"),
  route: { method: "PUT", target: "object", select: ["tagging"] },
  access: { action: "s3:PutObjectTagging", capability: "object.writeTags" },
  body: { document: taggingLimits.bytesMax },
  input: (call) => ({ version: versionOf(call), tags: taggingDocument(call, tagLimits.perObjectMax) }),
  run: async (core, { version, tags }, call) =>
    core.objects.setTags(withAction(call, "PutObjectTagging"), { ...objectOf(call), version: await versionMeant(core, call, version), tags }),
  reply: (result, call) => emptyReply(200, versionHeader(result, call.settings.flavour)),
});

export const DeleteObjectTagging = operation<S3Settings, Input, VersionResult>({
  name: "DeleteObjectTagging",
  docs: docs("DeleteObjectTagging"),
  route: { method: "DELETE", target: "object", select: ["tagging"] },
  access: { action: "s3:DeleteObjectTagging", capability: "object.writeTags" },
  input: (call) => ({ version: versionOf(call) }),
  run: async (core, { version }, call) =>
    core.objects.setTags(withAction(call, "DeleteObjectTagging"), { ...objectOf(call), version: await versionMeant(core, call, version), tags: [] }),
  reply: (result, call) => emptyReply(204, versionHeader(result, call.settings.flavour)),
});
