/** What an answer of 300 and above says, in whatever words. */
import { parseXml, type XmlNode, xmlChildText } from "../lib/xml-reader.ts";
import type { CloudRequest } from "./cloud.ts";
import { AccessDenied, CloudError, NoSuchBucket, WrongEndpoint } from "./errors.ts";
import type { Place } from "./target.ts";
import type { Answer } from "./transport.ts";

export type Refusal = { status: number; code?: string; message: string; requestId?: string; retryAfter?: string; endpoint?: string; region?: string };

const refusalLimits = { bytesMax: 64 * 1024, elementsMax: 200 } as const;
const messageCharactersMax = 1_000;

/** Elements of an error's document that matter here; none for what is no such document (a proxy's page, the answer to HEAD). */
function documentOf(body: Buffer): XmlNode | undefined {
  try {
    const root = parseXml(body, refusalLimits);
    return root.name === "Error" ? root : undefined;
  } catch {
    return undefined;
  }
}
const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

export function refusalOf({ status, headers, body }: Answer): Refusal {
  const document = body.length === 0 ? undefined : documentOf(body);
  const text = (name: string): string | undefined => (document === undefined ? undefined : xmlChildText(document, name)?.trim() || undefined);
  const found = {
    code: text("Code"),
    requestId: one(headers["x-amz-request-id"]) ?? one(headers["x-oss-request-id"]) ?? text("RequestId"),
    retryAfter: one(headers["retry-after"]),
    endpoint: text("Endpoint"),
    region: text("ExpectedRegion") ?? text("Region") ?? one(headers["x-amz-bucket-region"]),
  };
  const message = text("Message") ?? one(headers["x-hcp-errormessage"]) ?? `the service answered ${status}`;
  return { status, message: message.slice(0, messageCharactersMax), ...defined(found) };
}
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Codes with which services say that a bucket lives elsewhere. */
const elsewhere: ReadonlySet<string> = new Set(["PermanentRedirect", "TemporaryRedirect", "Redirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"]);

export function refusalError(refusal: Refusal, { service, origin, region: asked }: Place, { bucket }: CloudRequest): CloudError {
  const { status, code, message, endpoint, region } = refusal;
  const otherRegion = code === "InvalidArgument" && /signing region/i.test(message);
  const moved = otherRegion || (status >= 300 && status < 400) || (code !== undefined && elsewhere.has(code)) || (code === "AccessDenied" && endpoint !== undefined);
  if (moved && bucket !== undefined) {
    const where = [...(endpoint === undefined ? [] : [`the endpoint ${endpoint}`]), ...(region === undefined || region === asked ? [] : [`the region ${region}`])];
    const advice = where.length === 0 ? "the service does not say where: ask for the bucket's region" : `ask again with ${where.join(" and ")}`;
    return new WrongEndpoint(`${bucket} is not served at ${origin.host} for ${asked}; ${advice} (no redirect is followed; ${code ?? status}: ${message})`, refusal);
  }
  const words = `${code === undefined ? "" : `${code}: `}${message}`;
  if (code === "NoSuchBucket") return new NoSuchBucket(`there is no bucket ${bucket ?? ""} at ${origin.host} (${words})`, refusal);
  if (status === 401 || status === 403) return new AccessDenied(`${service} refuses: ${words}`, refusal);
  return new CloudError(words, refusal);
}
