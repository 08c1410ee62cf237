/**
 * Tells whoever the request named of what it has stored, and hands their answer to the client. The object stays whatever they say.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/callback, https://www.alibabacloud.com/help/en/oss/support/http-status-code-203
 */
import type { VersionResult } from "../../../core/api.ts";
import { decodeUri } from "../../../lib/uri.ts";
import type { CallbackSender } from "../../callback-sender.ts";
import { VendorError } from "../../error-table.ts";
import type { Call } from "../../operation.ts";
import type { Reply } from "../../wire.ts";
import { objectOf } from "../oss-operation.ts";
import { contentMd5 } from "../replies.ts";
import type { OssSettings } from "../settings.ts";
import { fillBody } from "./body.ts";
import type { Callback } from "./parse.ts";

type OssCall = Call<OssSettings>;
/** The answer's body as it came; undefined: nobody was to be told. */
export type Told = { body: Buffer } | undefined;

/** What is sent where an answer is not as the vendor wants it. The object is stored: that is no error by its status. */
function failed(message: string, headers: string[], ec: string): never {
  throw new VendorError({ status: 203, code: "CallbackFailed", message, ec, headers });
}

/** `operation`: as callbacks call it. `headers`: of the answer about the object, which a failed callback has too. Throws VendorError CallbackFailed. */
export async function tell(callback: Callback | undefined, call: OssCall, operation: string, result: VersionResult, headers: string[]): Promise<Told> {
  const { callbacks } = call.settings;
  if (callback === undefined || callbacks === undefined) return undefined;
  if (!callbacks.hasRoom()) failed("Too many callback requests.", headers, "0007-00000201");
  const body = Buffer.from(
    fillBody(callback.body, callback.bodyType, (name) => variable(name, callback, call, operation, result)),
    "utf8",
  );
  let last: Failed | undefined;
  for (const url of callback.urls) {
    const outcome = await ask(callbacks, url, callback, body, call);
    if ("body" in outcome) return outcome;
    last = outcome;
    call.log.info("callback.failed", { requestId: call.requestId, why: outcome.message });
  }
  return failed(last?.message ?? "", headers, last?.ec ?? "0007-00000203");
}

/** The answer about the object, with the body of whoever was told; undefined: nobody was. */
export const toldReply = (told: Told, headers: string[]): Reply | undefined =>
  told === undefined ? undefined : { status: 200, headers: ["Content-Type", "application/json", ...headers], body: told.body };

type Failed = { message: string; ec: string };
const status = (code: number, why: string): Failed => ({ message: `Error status : ${code}.${why}`, ec: "0007-00000203" });

async function ask(callbacks: CallbackSender, url: URL, callback: Callback, body: Buffer, call: OssCall): Promise<{ body: Buffer } | Failed> {
  const headers: Record<string, string> = {
    ...callback.headers,
    Host: callback.host ?? url.host,
    "Content-Type": callback.bodyType,
    "User-Agent": "Amphora",
    Authorization: await callbacks.sign(signedText(url, body)),
    "x-oss-pub-key-url": Buffer.from(keyUrl(call, callbacks), "utf8").toString("base64"),
    "x-oss-bucket": objectOf(call).bucket,
    "x-oss-request-id": call.requestId,
    "x-oss-signature-version": "1.0",
    "x-oss-tag": "CALLBACK",
  };
  try {
    const answer = await callbacks.post({ url, headers, body, sni: callback.sni });
    if (answer.status !== 200) return status(answer.status, "");
    const length = answer.headers["content-length"];
    if (length === undefined || Number(length) > callbacks.answerBytesMax) return status(400, "User server return too long content-length value.");
    return isJson(answer.body) ? { body: answer.body } : { message: "Response body is not valid json format.", ec: "0007-00000205" };
  } catch (error) {
    switch ((error as { fault?: string }).fault) {
      case "time":
        return { message: "Cost too long time.", ec: "0007-00000202" };
      case "length":
        return status(400, "User server return too long content-length value.");
      case "address":
      case "connection":
        return status(-1, "OSS can not connect to your callbackUrl, please check it.");
      default:
        throw error;
    }
  }
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return true;
  } catch {
    return false;
  }
}

/** The path decoded, the query as it is, a line end, the body. */
function signedText(url: URL, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${decodeUri(url.pathname) ?? url.pathname}${url.search}\n`, "utf8"), body]);
}

/** Where the public half of the key is: below the public address, else the address the client asked, without the bucket in front. */
function keyUrl({ settings, address, request }: OssCall, { keyPath }: CallbackSender): string {
  if (settings.publicUrl !== "") return settings.publicUrl + keyPath;
  const host = address.style === "host" ? request.hostHeader.slice(address.rawBucket.length + 1) : request.hostHeader;
  return `${request.secure ? "https" : "http"}://${host}${keyPath}`;
}

function variable(name: string, callback: Callback, call: OssCall, operation: string, { version }: VersionResult): string | number {
  if (name.startsWith("x:")) return callback.variables.get(name) ?? "";
  switch (name) {
    case "bucket":
      return objectOf(call).bucket;
    case "object":
      return objectOf(call).key;
    case "etag":
      return version.etag.toUpperCase();
    case "size":
      return version.size;
    case "mimeType":
      return version.headers.contentType ?? "application/octet-stream";
    case "crc64":
      return version.crc64 ?? "";
    case "contentMd5":
      return contentMd5(version)[1] ?? "";
    case "clientIp":
      return call.request.remoteAddress;
    case "reqId":
      return call.requestId;
    case "operation":
      return operation;
    default:
      // Deviation, 2026-11-28: imageInfo.* are empty for images too, and there are no VPCs here.
      return "";
  }
}
