/**
 * What a request says about whom to tell of its upload, and how: `x-oss-callback` and `x-oss-callback-var` (base64 of JSON), the same as parameters,
 * or as a form's fields. Whatever is wrong with them is refused before anything is stored.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/callback, the pages of the ECs 0007-000000xx
 */
import { isIP } from "node:net";
import { fromBase64 } from "../../../lib/bytes.ts";
import { parseStrictJson } from "../../../lib/strict-json.ts";
import type { CallbackSender } from "../../callback-sender.ts";
import type { FormField } from "../../form-reader.ts";
import type { QueryParameter, WireRequest } from "../../wire.ts";
import { invalidArgument, unservedHeader } from "../answers.ts";
import { parameter } from "../parameters.ts";
import { type BodyType, fillBody, type Variables } from "./body.ts";

export const callbackHeaders = ["x-oss-callback", "x-oss-callback-var"] as const;
export const callbackParsing = { urlsMax: 5, textBytesMax: 16 * 1024, variablesMax: 100, headersMax: 20, depthMax: 4 } as const;

export type Callback = {
  urls: URL[];
  host?: string;
  body: string;
  bodyType: BodyType;
  sni: boolean;
  headers: Record<string, string>;
  /** By their whole names: `x:name`. */
  variables: Variables;
};

type Asked = {
  request: Pick<WireRequest, "headers"> & { query: readonly QueryParameter[] };
  form?: ReadonlyMap<string, FormField>;
  settings: { callbacks?: CallbackSender };
};

/** The header's value, or the parameter's; both at once are refused. */
function textOf(call: Asked, name: "callback" | "callback-var"): string | undefined {
  const header = call.request.headers[`x-oss-${name}`];
  const inQuery = parameter(call, name);
  if (header !== undefined && inQuery !== undefined)
    invalidArgument(name, inQuery, `The ${name} is in both the headers and the parameters of the request.`, name === "callback" ? "0007-00000027" : undefined);
  return header ?? inQuery;
}

/** `ecs`: of text that is no base64. */
function membersOf(name: "callback" | "callback-var", text: string, ec: string): [string, unknown][] {
  // Base64 that was put into a URL unescaped: a blank was a plus sign.
  const bytes = text.length > callbackParsing.textBytesMax ? undefined : fromBase64(text.trim().replaceAll(" ", "+"));
  if (bytes === undefined) return invalidArgument(name, text, `The ${name} parameter is not valid base64.`, ec);
  const decoded = Buffer.from(bytes).toString("utf8");
  try {
    const value = parseStrictJson(decoded, { depthMax: callbackParsing.depthMax });
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  } catch {
    // said below
  }
  return invalidArgument(name, decoded, name === "callback" ? "The callback configuration is not json format." : "The callback-var configuration is not json format.");
}

/** Undefined: nobody is to be told. Throws VendorError. */
export function callbackOf(call: Asked): Callback | undefined {
  const text = textOf(call, "callback");
  const variables = variablesOf(call);
  if (text === undefined || text === "") return undefined;
  const { callbacks } = call.settings;
  if (callbacks === undefined) return unservedHeader("x-oss-callback");
  const members = new Map(membersOf("callback", text, "0007-00000002"));
  if (members.has("callbackPolicy")) unservedHeader("callbackPolicy");
  const url = members.get("callbackUrl") ?? "";
  if (typeof url !== "string") return refused("callbackUrl", url, "0007-00000004");
  if (url === "") return undefined;
  const host = members.get("callbackHost") ?? "";
  if (typeof host !== "string" || !/^[A-Za-z0-9.:[\]_-]*$/.test(host)) return refused("callbackHost", host, "0007-00000009");
  const bodyType = members.get("callbackBodyType") ?? "application/x-www-form-urlencoded";
  if (typeof bodyType !== "string") return refused("callbackBodyType", bodyType, "0007-00000012");
  if (bodyType !== "application/x-www-form-urlencoded" && bodyType !== "application/json") return refused("callbackBodyType", bodyType);
  return {
    urls: urlsOf(url, callbacks),
    ...(host === "" ? {} : { host }),
    body: bodyOf(members.get("callbackBody"), bodyType),
    bodyType,
    sni: members.get("callbackSNI") === true || members.get("callbackSNI") === "true",
    headers: additionalHeaders(members.get("additionalHeaders")),
    variables,
  };
}

const refused = (field: string, value: unknown, ec?: string): never =>
  invalidArgument(field, typeof value === "string" ? value : (JSON.stringify(value) ?? ""), `The ${field} in callback parameter is invalid.`, ec);

function urlsOf(text: string, callbacks: CallbackSender): URL[] {
  const pieces = text
    .split(";")
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");
  if (pieces.length === 0 || pieces.length > callbackParsing.urlsMax) return refused("callbackUrl", text, "0007-00000004");
  return pieces.map((piece) => {
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(piece) ? piece : `http://${piece}`;
    const url = URL.parse(whole);
    if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "" || url.password !== "") return refused("callbackUrl", text, "0007-00000004");
    const address = url.hostname.replace(/^\[(.*)\]$/, "$1");
    if (isIP(address) !== 0 && !callbacks.mayReach(address)) invalidArgument("callbackUrl", text, "Private address is forbidden to callback.", "0007-00000008");
    return url;
  });
}

function bodyOf(body: unknown, bodyType: BodyType): string {
  if (body === undefined || body === "") return invalidArgument("callbackBody", "", "The callbackBody in callback parameter is empty.", "0007-00000011");
  if (typeof body !== "string") return refused("callbackBody", body);
  if (bodyType === "application/json") {
    try {
      JSON.parse(fillBody(body, bodyType, () => ""));
    } catch {
      invalidArgument("callback", body, "The callback configuration is not json format.");
    }
  }
  return body;
}

/** What the request itself is made of, and what says whose it is. */
const ownHeaders = /^(?:x-oss-|authorization$|host$|connection$|content-length$|content-type$|transfer-encoding$|upgrade$|expect$|te$|trailer$|keep-alive$|proxy-)/;
function additionalHeaders(given: unknown): Record<string, string> {
  if (given === undefined) return {};
  const entries = typeof given === "object" && given !== null && !Array.isArray(given) ? Object.entries(given) : [];
  if (entries.length === 0 || entries.length > callbackParsing.headersMax) return refused("additionalHeaders", given, "0007-00000025");
  const headers: Record<string, string> = {};
  for (const [name, value] of entries) {
    if (ownHeaders.test(name.toLowerCase()) || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return refused("additionalHeaders", given, "0007-00000026");
    if (typeof value !== "string" || /[^\x20-\x7e\t]/.test(value)) return refused("additionalHeaders", given, "0007-00000025");
    headers[name] = value;
  }
  return headers;
}

/** A form has them as fields of their own, `x:name`; elsewhere they are one JSON of them. */
function variablesOf(call: Asked): Variables {
  const text = textOf(call, "callback-var");
  const found = new Map<string, string>();
  const add = (name: string, value: unknown): void => {
    // Other names stand for nothing, and the vendor takes them (2026-11-28: oss2's tests send the callback itself here).
    if (!name.startsWith("x:")) return;
    if (typeof value === "object" || found.size >= callbackParsing.variablesMax)
      invalidArgument("callback-var", name, `The custom variables of a callback are ${callbackParsing.variablesMax} texts at most.`);
    found.set(name, String(value));
  };
  if (text !== undefined && text !== "") for (const [name, value] of membersOf("callback-var", text, "0007-00000102")) add(name, value);
  for (const [name, { value }] of call.form ?? []) if (name.startsWith("x:")) add(name, value);
  return found;
}
