/** Error documents, and what every answer of this vendor carries. */
import { xmlDocument, xmlText } from "../../lib/xml.ts";
import type { VendorAnswer } from "../error-table.ts";
import type { Reply, WireRequest } from "../wire.ts";

const recommended = "https://api.alibabacloud.com/troubleshoot?q=";

export const requestIdBytes = 12;
/** 24 upper-case hex digits. */
export const requestIdText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").toUpperCase();

/** One element a line, two spaces in, a line end at the end: as the vendor writes it. */
export function errorDocument(answer: VendorAnswer, place: { requestId: string; host: string }): string {
  const elements: [string, string][] = [["Code", answer.code], ["Message", answer.message], ["RequestId", place.requestId], ["HostId", place.host], ...(answer.elements ?? [])];
  if (answer.ec !== undefined) elements.push(["EC", answer.ec], ["RecommendDoc", recommended + answer.ec]);
  const lines = elements.map(([name, value]) => `  ${xmlText(name, value)}\n`);
  return `${xmlDocument("Error", `\n${lines.join("")}`)}\n`;
}

/** A refusal. HEAD has no body, so the document goes into `x-oss-err`, which every SDK of the vendor decodes. */
export function renderError(answer: VendorAnswer, request: WireRequest, requestId: string): Reply {
  const headers = [...(answer.headers ?? [])];
  if (answer.status === 304) return { status: 304, headers };
  if (answer.ec !== undefined) headers.push("x-oss-ec", answer.ec);
  const document = errorDocument(answer, { requestId, host: request.hostHeader });
  if (request.method === "HEAD") return { status: answer.status, headers: [...headers, "x-oss-err", Buffer.from(document).toString("base64")] };
  return { status: answer.status, headers: ["Content-Type", "application/xml", ...headers], body: document };
}

/** `Server`, `Date` comes from the listener; the rest is the vendor's. */
export function finishReply(reply: Reply, requestId: string, elapsedMs: number): Reply {
  reply.headers.push("Server", "AliyunOSS", "x-oss-request-id", requestId, "x-oss-server-time", String(Math.max(0, Math.round(elapsedMs))));
  return reply;
}
