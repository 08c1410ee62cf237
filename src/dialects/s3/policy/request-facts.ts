/** What S3's condition keys ask of a request, by the core's names (names.ts). Looked at only where a policy asks. */
import type { Tags } from "../../../core/model.ts";
import { tagLimits } from "../../../core/tags.ts";
import { parseXml, xmlChildText } from "../../../lib/xml-reader.ts";
import { retentionDate } from "../../lock-text.ts";
import type { S3Call } from "../flavour.ts";
import { withHoistedHeaders } from "../parse/hoisted.ts";
import { lockDocumentBytesMax } from "../parse/lock.ts";
import { taggingDocument, taggingHeader } from "../parse/tagging.ts";

export function s3Fact(call: S3Call, name: string): readonly string[] | undefined {
  if (name.startsWith("header.")) return headerFact(call, name.slice("header.".length));
  if (name.startsWith("request.tag")) {
    const tags = tagsOf(call);
    if (name === "request.tagKeys") return tags?.map(([key]) => key);
    const wanted = name.slice("request.tag/".length);
    const tag = tags?.find(([key]) => key === wanted);
    return tag && [tag[1]];
  }
  if (name === "condition.ifMatch") return one(call.request.headers["if-match"]);
  if (name === "condition.ifNoneMatch") return one(call.request.headers["if-none-match"]);
  if (name === "caller.principal") return principalOf(call);
  if (name === "lock.remainingDays") return remainingDays(call);
  if (name === "request.region") return one(documentText(call, "CreateBucketConfiguration", "LocationConstraint"));
  if (name === "request.createsObject") return [String(createsObject(call))];
  if (name.startsWith("signature.")) return signatureFact(call, name);
  return undefined;
}

const one = (value: string | undefined): string[] | undefined => (value === undefined ? undefined : [value]);

/** The text of an element, where the request's document was read and is of that kind. What is malformed is the operation's to refuse. */
function documentText({ document }: S3Call, root: string, element: string): string | undefined {
  if (document.length === 0) return undefined;
  try {
    const found = parseXml(document, { bytesMax: lockDocumentBytesMax, elementsMax: 300 });
    return found.name === root ? xmlChildText(found, element)?.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** What a lock's own document says, its header says of a write. */
const inDocument: Record<string, [root: string, element: string]> = {
  "x-amz-object-lock-mode": ["Retention", "Mode"],
  "x-amz-object-lock-retain-until-date": ["Retention", "RetainUntilDate"],
  "x-amz-object-lock-legal-hold": ["LegalHold", "Status"],
};

/** Days that are begun count. */
function remainingDays(call: S3Call): string[] | undefined {
  const untilMs = retentionDate(headerFact(call, "x-amz-object-lock-retain-until-date")?.[0] ?? "");
  return untilMs === undefined ? undefined : [String(Math.ceil((untilMs - call.clock.wallMs()) / 86_400_000))];
}

/** Is this request what makes the object there, and no step before? */
const createsObject = ({ request: { method, query }, context: { action } }: S3Call): boolean =>
  action === "s3:PutObject" && !query.some(({ name }) => name === "uploads" || name === "partNumber") && (method === "PUT" || method === "POST");

function headerFact(call: S3Call, header: string): string[] | undefined {
  const { headers } = withHoistedHeaders(call.request);
  const value = headers[header] ?? (Object.hasOwn(inDocument, header) ? documentText(call, ...(inDocument[header] as [string, string])) : undefined);
  if (value === undefined) return undefined;
  // With or without the slash in front, escaped or not: one form, as policies write it.
  return [header === "x-amz-copy-source" ? decodeSource(value) : value];
}
function decodeSource(value: string): string {
  const plain = value.startsWith("/") ? value.slice(1) : value;
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** In the header of a write, or in the document of PutObjectTagging once it was read. What is malformed is the operation's to refuse. */
function tagsOf(call: S3Call): Tags | undefined {
  try {
    if (call.document.length > 0 && call.context.action.endsWith("Tagging")) return taggingDocument(call, tagLimits.perObjectMax);
    return taggingHeader({ ...call, request: withHoistedHeaders(call.request) }).tags;
  } catch {
    return undefined;
  }
}

function principalOf({ context: { caller } }: S3Call): string[] | undefined {
  if (caller.kind === "anonymous") return undefined;
  const { accountId } = caller.account;
  // Of whoever became a role the vendor gives the role.
  if (caller.kind === "role") return [`arn:aws:iam::${accountId}:role/${caller.role}`];
  return [caller.kind === "user" ? `arn:aws:iam::${accountId}:user/${caller.user}` : `arn:aws:iam::${accountId}:root`];
}

function signatureFact(call: S3Call, name: string): string[] | undefined {
  const { request, form, context } = call;
  if (context.caller.kind === "anonymous") return undefined;
  const parameter = (wanted: string): string | undefined => request.query.find((pair) => pair.name === wanted)?.value;
  const { authorization } = request.headers;
  const isQuery = authorization === undefined && form === undefined;
  switch (name) {
    case "signature.place":
      return [form !== undefined ? "POST" : isQuery ? "REST-QUERY-STRING" : "REST-HEADER"];
    case "signature.version": {
      const isNew = form !== undefined ? form.get("x-amz-algorithm") !== undefined : isQuery ? parameter("X-Amz-Algorithm") !== undefined : authorization?.startsWith("AWS4");
      return [isNew ? "AWS4-HMAC-SHA256" : "AWS"];
    }
    case "signature.ageMs": {
      const date = isQuery ? parameter("X-Amz-Date") : request.headers["x-amz-date"];
      const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? "");
      if (!parts) return undefined;
      const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
      return [String(Math.max(0, call.clock.wallMs() - Date.UTC(year, month - 1, day, hour, minute, second)))];
    }
    default:
      return undefined;
  }
}
