import type { Core } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { aclContent, aclDocumentBytesMax, type ShownAcl, shownAcl } from "../documents/acl.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import { versionHeader } from "../documents/versions.ts";
import type { S3Settings } from "../flavour.ts";
import { type AclRequest, aclRequest, requestedAcl } from "../parse/acl-request.ts";
import { objectOf, versionOf } from "../parse/query.ts";

type Version = { version?: VersionSelector };
type ObjectAclInfo = Awaited<ReturnType<Core["objects"]["acl"]>>;

export const GetObjectAcl = operation<S3Settings, Version, { info: ObjectAclInfo; shown: ShownAcl }>({
  name: "GetObjectAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html",
  route: { method: "GET", target: "object", select: ["acl"] },
  access: { action: "s3:GetObjectAcl", capability: "object.readAcl" },
  input: (call) => ({ version: versionOf(call) }),
  run: async (core, { version }, call) => {
    const info = await core.objects.acl(call.context, { ...objectOf(call), version });
    // "inherit" (OSS's default) reads as the bucket's ACL: that is what holds.
    const { acl } = info.version;
    return { info, shown: await shownAcl(core, acl === "inherit" ? info.bucketAcl : acl, info.owner, info.bucketOwner) };
  },
  reply: ({ info, shown }, call) => documentReply(call, "AccessControlPolicy", aclContent(shown), versionHeader(info, call.settings.flavour)),
});

/** Canned, as grants in headers, or as a document. */
export const PutObjectAcl = operation<S3Settings, Version & { acl: AclRequest }, Awaited<ReturnType<Core["objects"]["setAcl"]>>>({
  name: "PutObjectAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html",
  route: { method: "PUT", target: "object", select: ["acl"] },
  access: { action: "s3:PutObjectAcl", capability: "object.writeAcl" },
  body: { document: aclDocumentBytesMax },
  input: (call) => ({ version: versionOf(call), acl: aclRequest(call, "object") }),
  run: async (core, { version, acl }, call) => {
    const address = { ...objectOf(call), version };
    if ("asked" in acl && typeof acl.asked === "string") return core.objects.setAcl(call.context, { ...address, acl: acl.asked });
    const { owner } = await core.objects.acl(call.context, address);
    return core.objects.setAcl(call.context, { ...address, acl: await requestedAcl(core, call, acl, owner) });
  },
  reply: (result, call) => emptyReply(200, versionHeader(result, call.settings.flavour)),
});
