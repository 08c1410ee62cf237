/** Host names of the owner's that stand for a bucket: a token that the DNS must show, the binding, and its end. */
import type { Address } from "../../operation.ts";
import { cnameContent, ownHost, parseCname, tokenContent } from "../cname-document.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { document, empty } from "../replies.ts";
import type { OssSettings } from "../settings.ts";

const body = { document: smallDocumentBytesMax };
const select = ["cname"];

type Posted = { address: Address; document: Uint8Array; settings: OssSettings; clock: { wallMs(): number } };
const posted = (call: Posted) => ({ ...bucketOf(call), ...parseCname(call.document, call.settings, call.clock.wallMs()) });

export const CreateCnameToken = ossOperation({
  name: "CreateCnameToken",
  docs: page("createcnametoken"),
  route: { method: "POST", target: "bucket", select, parameter: "comp=token" },
  access: { action: "oss:CreateCnameToken", capability: "bucket.own" },
  body,
  input: posted,
  run: (core, { tenant, bucket, host }, { context }) => core.hosts.createToken(context, { tenant, bucket, host }),
  reply: (token, _call, { bucket }) => document("CnameToken", tokenContent(bucket, token)),
});

export const GetCnameToken = ossOperation({
  name: "GetCnameToken",
  docs: page("getcnametoken"),
  route: { method: "GET", target: "bucket", select, parameter: "comp=token" },
  access: { action: "oss:GetCnameToken", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), host: ownHost(parameter(call, "cname") ?? "", call.settings) }),
  run: (core, input, { context }) => core.hosts.token(context, input),
  reply: (token, _call, { bucket }) => document("CnameToken", tokenContent(bucket, token)),
});

export const PutCname = ossOperation({
  name: "PutCname",
  docs: page("putcname"),
  route: { method: "POST", target: "bucket", select, parameter: "comp=add" },
  access: { action: "oss:PutCname", capability: "bucket.own" },
  body,
  input: posted,
  run: (core, input, { context }) => core.hosts.bind(context, input),
  reply: () => empty(200),
});

/** What is not bound is unbound already, as the vendor's SDK suites have it. */
export const DeleteCname = ossOperation({
  name: "DeleteCname",
  docs: page("deletecname"),
  route: { method: "POST", target: "bucket", select, parameter: "comp=delete" },
  access: { action: "oss:DeleteCname", capability: "bucket.own" },
  body,
  input: posted,
  run: (core, { tenant, bucket, host }, { context }) => core.hosts.unbind(context, { tenant, bucket, host }),
  reply: () => empty(200),
});

export const ListCname = ossOperation({
  name: "ListCname",
  docs: page("listcname"),
  route: { method: "GET", target: "bucket", select },
  access: { action: "oss:ListCname", capability: "bucket.own" },
  input: bucketOf,
  run: async (core, address, { context }) => ({ info: await core.buckets.get(context, address), hosts: await core.hosts.list(context, address) }),
  reply: ({ info, hosts }, _call, { bucket }) => document("ListCnameResult", `<Bucket>${bucket}</Bucket><Owner>${info.owner.uid}</Owner>${hosts.map(cnameContent).join("")}`),
});
