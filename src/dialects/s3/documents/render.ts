/** Answers of S3: documents, errors, what every answer carries. */
import { xmlDocument, xmlText } from "../../../lib/xml.ts";
import type { VendorAnswer } from "../../error-table.ts";
import type { Failure } from "../../serve.ts";
import type { Reply } from "../../wire.ts";
import type { Flavour, S3Call } from "../flavour.ts";
import { prettyXml } from "./pretty.ts";

export const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/** 200 with a document. */
export function documentReply(call: S3Call, root: string, content: string, headers: string[] = []): Reply {
  return { status: 200, headers: ["content-type", call.settings.flavour.xmlType, ...headers], body: xmlDocument(root, content, { xmlns: namespace }) };
}

export const emptyReply = (status: number, headers: string[] = []): Reply => ({ status, headers });

export function errorDocument(answer: VendorAnswer, requestId: string, flavour: Flavour): string {
  const allowed = flavour.errorElements(answer.code);
  const elements = (answer.elements ?? []).filter(([name]) => allowed === "all" || allowed.includes(name));
  // HCP puts its elements last, S3 before the ids; each as its own answers show.
  const detail = elements.map(([name, value]) => xmlText(name, value)).join("");
  const ids = xmlText("RequestId", requestId) + xmlText("HostId", flavour.hostId(requestId));
  const head = xmlText("Code", answer.code) + xmlText("Message", answer.message);
  return xmlDocument("Error", head + (flavour.errorDetail === "beforeIds" ? detail + ids : ids + detail));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html */
export const chargedHeader: readonly string[] = ["x-amz-request-charged", "requester"];

/** The error's document; HEAD and 304 have headers alone. */
export function errorReply(answer: VendorAnswer, failure: Failure, flavour: Flavour): Reply {
  const headers = [...(answer.headers ?? [])];
  // Who is not let in is not charged.
  if (failure.payment?.charged === true && answer.status !== 403) headers.push(...chargedHeader);
  if (failure.request.method === "HEAD" || answer.status === 304) return { status: answer.status, headers };
  return { status: answer.status, headers: ["content-type", flavour.xmlType, ...headers], body: errorDocument(answer, failure.requestId, flavour) };
}

/** Adds the request's ids and the vendor's own headers; breaks lines where asked. */
export function finishReply(reply: Reply, failure: Failure, flavour: Flavour): Reply {
  reply.headers.push("x-amz-request-id", failure.requestId, "x-amz-id-2", flavour.hostId(failure.requestId), ...flavour.headers);
  if (flavour.prettyPrint && typeof reply.body === "string" && failure.request.headers["x-hcp-pretty-print"] === "true") reply.body = prettyXml(reply.body);
  return reply;
}
