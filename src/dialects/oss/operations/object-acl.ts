import { aclText, requiredObjectAcl } from "../headers.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { aclDocument, empty, versionHeaders } from "../replies.ts";

export const PutObjectAcl = ossOperation({
  name: "PutObjectAcl",
  docs: page("putobjectacl"),
  route: { method: "PUT", target: "object", select: ["acl"] },
  access: { action: "oss:PutObjectAcl", capability: "object.writeAcl" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call), acl: requiredObjectAcl(call) }),
  run: (core, input, { context }) => core.objects.setAcl(context, input),
  reply: (result) => empty(200, versionHeaders(result)),
});

export const GetObjectAcl = ossOperation({
  name: "GetObjectAcl",
  docs: page("getobjectacl"),
  route: { method: "GET", target: "object", select: ["acl"] },
  access: { action: "oss:GetObjectAcl", capability: "object.readAcl" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: (core, input, { context }) => core.objects.acl(context, input),
  reply: (result) => aclDocument(result.owner, aclText(result.version.acl), versionHeaders(result)),
});
