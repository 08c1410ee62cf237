/** Reports about what is in a bucket, up to 1000 configurations each under its id; made by core/inventory. */
import type { NamedDocument } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, xmlOf } from "../../../lib/xml-reader.ts";
import { invalidArgument, missingArgument, refuse } from "../answers.ts";
import { plainTruths } from "../documents.ts";
import { inventoryContent, inventoryDocumentLimits, inventoryRoot, parseInventory } from "../inventory-document.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { document, empty } from "../replies.ts";

const kind = "inventory" as const;
const pageMax = 100;

type Called = Parameters<typeof parameter>[0] & Parameters<typeof bucketOf>[0];
const isId = (id: string): boolean => /^[\w.-]+$/.test(id) && id.length <= inventoryDocumentLimits.idCharactersMax;
function named(call: Called) {
  const id = parameter(call, "inventoryId") ?? missingArgument("inventoryId");
  return isId(id) ? { ...bucketOf(call), kind, id } : invalidArgument("inventoryId", id.slice(0, 64), "The inventory id is not valid.");
}
const missing = (id: string): never =>
  refuse({ status: 404, code: "NoSuchInventory", message: "The bucket has no inventory configuration of this id.", elements: [["InventoryId", id]] });

/** The vendor tells the classes of a filter in the order of the alphabet. */
const inOrder = (raw: string): string => raw.replace(/(<StorageClass>)([^<]*)/, (_, before: string, names: string) => `${before}${names.split(",").sort().join(",")}`);

const noneAtAll = (): never => refuse({ status: 404, code: "NoSuchInventory", message: "The bucket has no inventory configuration." });

const contentOf = ({ id, writer, raw, inventory }: NamedDocument): string =>
  writer === "oss" || inventory === undefined
    ? parseXml(raw, { bytesMax: inventoryDocumentLimits.bytesMax, elementsMax: 500 }).children.map(xmlOf).join("")
    : inventoryContent(id, inventory);

const tokenOf = (id: string): string => Buffer.from(id).toString("base64url");
function afterOf(call: Called): string | undefined {
  const token = parameter(call, "continuation-token");
  if (token === undefined || token === "") return undefined;
  const id = Buffer.from(token, "base64url").toString("utf8");
  return id !== "" && tokenOf(id) === token ? id : invalidArgument("continuation-token", token.slice(0, 96), "The continuation token is not valid.");
}

export const PutBucketInventory = ossOperation({
  name: "PutBucketInventory",
  docs: page("putbucketinventory"),
  route: { method: "PUT", target: "bucket", select: ["inventory"], parameter: "inventoryId" },
  access: { action: "oss:PutBucketInventory", capability: "bucket.own" },
  body: { document: inventoryDocumentLimits.bytesMax },
  input: (call) => {
    const input = named(call);
    const { id, inventory } = parseInventory(call.document);
    if (id !== input.id) invalidArgument("inventoryId", input.id, "The id of the request and the Id of the configuration differ.");
    return { ...input, inventory, raw: inOrder(plainTruths(call.document, ["IsEnabled"])) };
  },
  run: (core, { id, inventory, raw, ...address }, { context }) => core.documents.named.put(context, { ...address, isNew: true, document: { id, writer: "oss", raw, inventory } }),
  reply: () => empty(200),
});

export const GetBucketInventory = ossOperation({
  name: "GetBucketInventory",
  docs: page("getbucketinventory"),
  route: { method: "GET", target: "bucket", select: ["inventory"], parameter: "inventoryId" },
  access: { action: "oss:GetBucketInventory", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.documents.named.get(context, input),
  reply: (kept, _call, { id }) => (kept === undefined ? missing(id) : document(inventoryRoot, contentOf(kept))),
});

export const ListBucketInventory = ossOperation({
  name: "ListBucketInventory",
  docs: page("listbucketinventory"),
  route: { method: "GET", target: "bucket", select: ["inventory"] },
  access: { action: "oss:GetBucketInventory", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind, after: afterOf(call), max: pageMax }),
  run: (core, input, { context }) => core.documents.named.list(context, input),
  reply: ({ documents, isTruncated }, _call, { after }) => {
    // None at all is an error (2026-11-28: oss2's tests want it).
    if (documents.length === 0 && after === undefined) noneAtAll();
    const last = documents.at(-1);
    const list = documents.map((kept) => xmlElement(inventoryRoot, contentOf(kept))).join("");
    const asked = after === undefined ? undefined : tokenOf(after);
    const next = isTruncated && last ? tokenOf(last.id) : undefined;
    const paging = xmlText("ContinuationToken", asked) + xmlText("IsTruncated", isTruncated) + xmlText("NextContinuationToken", next);
    return document("ListInventoryConfigurationsResult", list + paging);
  },
});

/** What is not there is deleted already. */
export const DeleteBucketInventory = ossOperation({
  name: "DeleteBucketInventory",
  docs: page("deletebucketinventory"),
  route: { method: "DELETE", target: "bucket", select: ["inventory"], parameter: "inventoryId" },
  access: { action: "oss:DeleteBucketInventory", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.documents.named.remove(context, input),
  reply: () => empty(204),
});
