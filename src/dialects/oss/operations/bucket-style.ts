/** Styles: names for ways of processing images, several a bucket. Kept and told; images are not processed here yet. */
import type { NamedDocument } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { xmlChildText } from "../../../lib/xml-reader.ts";
import { invalidArgument, missingArgument, refuse } from "../answers.ts";
import { readDocument, smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { document, empty } from "../replies.ts";

const kind = "style" as const;
export const styleLimits = { perBucketMax: 50, nameCharactersMax: 63, contentCharactersMax: 4096 } as const;
const categories = ["image", "document", "video"];

type Style = { content: string; category: string; createdMs: number; changedMs: number };
const read = ({ raw }: NamedDocument): Style => JSON.parse(raw) as Style;

type Named = Parameters<typeof parameter>[0] & Parameters<typeof bucketOf>[0];
function named(call: Named) {
  const id = parameter(call, "styleName") ?? missingArgument("styleName");
  if (!/^[A-Za-z0-9_.-]+$/.test(id) || id.length > styleLimits.nameCharactersMax) invalidArgument("styleName", id.slice(0, 64), "The style name is not valid.");
  return { ...bucketOf(call), kind, id };
}
function categoryOf(call: Named): string {
  const category = parameter(call, "category") ?? "image";
  return categories.includes(category) ? category : invalidArgument("category", category.slice(0, 64), "The category is image, document or video.");
}
const content = (style: NamedDocument): string => {
  const { content: text, category, createdMs, changedMs } = read(style);
  const times = xmlText("CreateTime", isoTime(createdMs)) + xmlText("LastModifyTime", isoTime(changedMs));
  return xmlText("Name", style.id) + xmlText("Content", text) + xmlText("Category", category) + times;
};
const missing = (id: string): never => refuse({ status: 404, code: "NoSuchStyle", message: "The specified style does not exist.", elements: [["StyleName", id]] });

export const PutStyle = ossOperation({
  name: "PutStyle",
  docs: page("putstyle"),
  route: { method: "PUT", target: "bucket", select: ["style"], parameter: "styleName" },
  access: { action: "oss:PutBucketStyle", capability: "bucket.own" },
  isInert: true,
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    const text = xmlChildText(readDocument(call.document, "Style"), "Content") ?? "";
    if (text.trim() === "" || text.length > styleLimits.contentCharactersMax) invalidArgument("Content", text.slice(0, 64), "Style content is invalid.");
    return { ...named(call), text, category: categoryOf(call) };
  },
  run: async (core, { id, text, category, ...address }, { context, clock }) => {
    const before = await core.documents.named.get(context, { ...address, id });
    const page = before === undefined ? await core.documents.named.list(context, { ...address, max: styleLimits.perBucketMax }) : undefined;
    if (page !== undefined && page.documents.length >= styleLimits.perBucketMax)
      refuse({ status: 400, code: "InvalidArgument", message: `A bucket can have at most ${styleLimits.perBucketMax} styles.` });
    const nowMs = clock.wallMs();
    const style: Style = { content: text, category, createdMs: before === undefined ? nowMs : read(before).createdMs, changedMs: nowMs };
    await core.documents.named.put(context, { ...address, document: { id, writer: "oss", raw: JSON.stringify(style) } });
  },
  reply: () => empty(200),
});

export const GetStyle = ossOperation({
  name: "GetStyle",
  docs: page("getstyle"),
  route: { method: "GET", target: "bucket", select: ["style"], parameter: "styleName" },
  access: { action: "oss:GetBucketStyle", capability: "bucket.own" },
  isInert: true,
  input: named,
  run: (core, input, { context }) => core.documents.named.get(context, input),
  reply: (style, _call, { id }) => (style === undefined ? missing(id) : document("Style", content(style))),
});

export const ListStyle = ossOperation({
  name: "ListStyle",
  docs: page("liststyle"),
  route: { method: "GET", target: "bucket", select: ["style"] },
  access: { action: "oss:ListBucketStyle", capability: "bucket.own" },
  isInert: true,
  input: (call) => ({ ...bucketOf(call), kind, max: styleLimits.perBucketMax }),
  run: (core, input, { context }) => core.documents.named.list(context, input),
  reply: ({ documents }) => document("StyleList", documents.map((style) => xmlElement("Style", content(style))).join("")),
});

/** Nothing is deleted without a name. */
export const DeleteStyle = ossOperation({
  name: "DeleteStyle",
  docs: page("deletestyle"),
  route: { method: "DELETE", target: "bucket", select: ["style"], parameter: "styleName" },
  access: { action: "oss:DeleteBucketStyle", capability: "bucket.own" },
  isInert: true,
  input: named,
  run: (core, input, { context }) => core.documents.named.remove(context, input),
  reply: () => empty(204),
});
