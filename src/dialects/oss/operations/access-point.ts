/** Points of access: other names of a bucket, each with a policy of its own (core/points). */
import type { Point } from "../../../core/points/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { aliasEnd } from "../../access-point.ts";
import { listedContent, parsePoint, pointArn, pointContent, pointHeader, pointOf } from "../access-point-document.ts";
import { invalidArgument, refuse } from "../answers.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { countParameter, parameter } from "../parameters.ts";
import { ossPolicyLimits, parsePolicy } from "../policy/parse.ts";
import { isClosed, parsePublicAccess, publicAccessReply } from "../public-access-document.ts";
import { document, empty } from "../replies.ts";

const select = ["accessPoint"];
const named = (call: Parameters<typeof pointOf>[0] & Parameters<typeof bucketOf>[0]) => ({ ...bucketOf(call), name: pointOf(call) });
const pageMax = { byDefault: 100, most: 1000 } as const;

export const CreateAccessPoint = ossOperation({
  name: "CreateAccessPoint",
  docs: page("createaccesspoint"),
  route: { method: "PUT", target: "bucket", select },
  access: { action: "oss:CreateAccessPoint", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...bucketOf(call), ...parsePoint(call.document), aliasEnd }),
  run: async (core, input, { context }) => ({ point: await core.points.create(context, input), owner: (await core.buckets.get(context, input)).owner }),
  reply: ({ point, owner }, { settings }) =>
    document("CreateAccessPointResult", xmlText("AccessPointArn", pointArn(settings.region, owner, point.name)) + xmlText("Alias", point.alias)),
});

export const GetAccessPoint = ossOperation({
  name: "GetAccessPoint",
  docs: page("getaccesspoint"),
  route: { method: "GET", target: "bucket", select, header: pointHeader },
  access: { action: "oss:GetAccessPoint", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.points.get(context, input),
  reply: ({ point, owner }, { settings }, { bucket }) => document("GetAccessPointResult", pointContent(bucket, point, owner, settings)),
});

export const DeleteAccessPoint = ossOperation({
  name: "DeleteAccessPoint",
  docs: page("deleteaccesspoint"),
  route: { method: "DELETE", target: "bucket", select },
  access: { action: "oss:DeleteAccessPoint", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.points.delete(context, input),
  reply: () => empty(204),
});

type Listing = Parameters<typeof countParameter>[0];
const tokenOf = (name: string): string => Buffer.from(name).toString("base64url");
function pageOf(call: Listing): { after: string; max: number } {
  const max = countParameter(call, "max-keys", pageMax.byDefault, 1);
  if (max > pageMax.most) invalidArgument("max-keys", String(max), `max-keys is at most ${pageMax.most}.`);
  const token = parameter(call, "continuation-token") ?? "";
  const after = Buffer.from(token, "base64url").toString("utf8");
  return tokenOf(after) === token ? { after, max } : invalidArgument("continuation-token", token.slice(0, 64), "The continuation token is not valid.");
}
type Page = { points: Parameters<typeof listedContent>[0][]; isTruncated: boolean; account: { uid: string } | undefined };
function listReply({ points, isTruncated, account }: Page, max: number) {
  const last = points.at(-1);
  const head = xmlText("MaxKeys", max) + xmlText("IsTruncated", isTruncated) + xmlText("NextContinuationToken", isTruncated && last ? tokenOf(last.point.name) : undefined);
  return document("ListAccessPointsResult", head + xmlText("AccountId", account?.uid) + xmlElement("AccessPoints", points.map(listedContent).join("")));
}

/** Of all buckets of the account. */
export const ListAccessPoints = ossOperation({
  name: "ListAccessPoints",
  docs: page("listaccesspoints"),
  route: { method: "GET", target: "service", select },
  access: { action: "oss:ListAccessPoints", capability: "service.own" },
  input: (call) => ({ tenant: call.address.tenant, ...pageOf(call) }),
  run: (core, input, { context }) => core.points.list(context, input),
  reply: (found, _call, { max }) => listReply(found, max),
});
/** The same, of one bucket. */
export const ListBucketAccessPoints = ossOperation({
  name: "ListBucketAccessPoints",
  docs: page("listaccesspoints"),
  route: { method: "GET", target: "bucket", select },
  access: { action: "oss:ListAccessPoints", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), ...pageOf(call) }),
  run: (core, input, { context }) => core.points.list(context, input),
  reply: (found, _call, { max }) => listReply(found, max),
});

const policy = ["accessPointPolicy"];
export const PutAccessPointPolicy = ossOperation({
  name: "PutAccessPointPolicy",
  docs: page("putaccesspointpolicy"),
  route: { method: "PUT", target: "bucket", select: policy },
  access: { action: "oss:PutAccessPointPolicy", capability: "bucket.own" },
  body: { document: ossPolicyLimits.bytesMax * 4 },
  input: named,
  run: async (core, input, { context, document: sent, settings }) => {
    const { owner } = await core.points.get(context, input);
    const model = parsePolicy(sent, { bucket: input.name, owner: owner.uid, region: settings.region, point: true });
    await core.points.change(context, { ...input, policy: { model, writer: "oss", raw: Buffer.from(sent).toString("utf8") } });
  },
  reply: () => empty(200),
});
const noPolicy = (name: string): never =>
  refuse({ status: 404, code: "NoSuchAccessPointPolicy", message: "The access point policy does not exist.", elements: [["AccessPoint", name]] });
export const GetAccessPointPolicy = ossOperation({
  name: "GetAccessPointPolicy",
  docs: page("getaccesspointpolicy"),
  route: { method: "GET", target: "bucket", select: policy },
  access: { action: "oss:GetAccessPointPolicy", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.points.get(context, input),
  reply: ({ point }: { point: Point }, _call, { name }) =>
    point.policy === undefined ? noPolicy(name) : { status: 200, headers: ["Content-Type", "application/json"], body: point.policy.raw },
});
export const DeleteAccessPointPolicy = ossOperation({
  name: "DeleteAccessPointPolicy",
  docs: page("deleteaccesspointpolicy"),
  route: { method: "DELETE", target: "bucket", select: policy },
  access: { action: "oss:DeleteAccessPointPolicy", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.points.change(context, { ...input, policy: null }),
  reply: () => empty(204),
});

const block = ["publicAccessBlock"];
export const PutAccessPointPublicAccessBlock = ossOperation({
  name: "PutAccessPointPublicAccessBlock",
  docs: page("putaccesspointpublicaccessblock"),
  route: { method: "PUT", target: "bucket", select: block, header: pointHeader },
  access: { action: "oss:PutAccessPointPublicAccessBlock", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...named(call), closed: isClosed(parsePublicAccess(call.document)) }),
  run: (core, input, { context }) => core.points.change(context, input),
  reply: () => empty(200),
});
export const GetAccessPointPublicAccessBlock = ossOperation({
  name: "GetAccessPointPublicAccessBlock",
  docs: page("getaccesspointpublicaccessblock"),
  route: { method: "GET", target: "bucket", select: block, header: pointHeader },
  access: { action: "oss:GetAccessPointPublicAccessBlock", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.points.get(context, input),
  reply: ({ point }) => publicAccessReply(point.closed ? { refuseAcls: true, ignoreAcls: true, refusePolicies: true, restrictPublic: true } : undefined),
});
export const DeleteAccessPointPublicAccessBlock = ossOperation({
  name: "DeleteAccessPointPublicAccessBlock",
  docs: page("deleteaccesspointpublicaccessblock"),
  route: { method: "DELETE", target: "bucket", select: block, header: pointHeader },
  access: { action: "oss:DeleteAccessPointPublicAccessBlock", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.points.change(context, { ...input, closed: null }),
  reply: () => empty(204),
});
