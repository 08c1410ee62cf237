import type { Core } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { aclContent, aclDocumentBytesMax } from "../documents/acl.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import { versionHeader } from "../documents/versions.ts";
import type { S3Settings } from "../flavour.ts";
import { type AclRequest, aclRequest, resolveAcl } from "../parse/acl-request.ts";
import { objectOf, versionOf } from "../parse/query.ts";

type Version = { version?: VersionSelector };
type ObjectAclInfo = Awaited<ReturnType<Core["objects"]["acl"]>>;

export const GetObjectAcl = operation<S3Settings, Version, ObjectAclInfo>({
  name: "GetObjectAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html",
  route: { method: "GET", target: "object", select: ["acl"] },
  access: { action: "s3:GetObjectAcl", capability: "object.readAcl" },
  input: (call) => ({ version: versionOf(call) }),
  run: (core, { version }, call) => core.objects.acl(call.context, { ...objectOf(call), version }),
  reply: (info, call) =>
    documentReply(call, "AccessControlPolicy", aclContent(info.version.acl, info.bucketAcl, info.owner, info.bucketOwner), versionHeader(info, call.settings.flavour)),
});

/** Canned ACLs; a document that equals one is taken, others answer NotImplemented. */
export const PutObjectAcl = operation<S3Settings, Version & { acl: AclRequest }, Awaited<ReturnType<Core["objects"]["setAcl"]>>>({
  name: "PutObjectAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html",
  route: { method: "PUT", target: "object", select: ["acl"] },
  access: { action: "s3:PutObjectAcl", capability: "object.writeAcl" },
  body: { document: aclDocumentBytesMax },
  input: (call) => ({ version: versionOf(call), acl: aclRequest(call) }),
  run: async (core, { version, acl }, call) => {
    const address = { ...objectOf(call), version };
    if ("canned" in acl) return core.objects.setAcl(call.context, { ...address, acl: acl.canned });
    const { owner, bucketOwner } = await core.objects.acl(call.context, address);
    return core.objects.setAcl(call.context, { ...address, acl: await resolveAcl(core, call, acl, owner, bucketOwner) });
  },
  reply: (result, call) => emptyReply(200, versionHeader(result, call.settings.flavour)),
});
