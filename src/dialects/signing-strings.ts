/** What the signatures of all vendors are verified with; the strings that are signed are put together in lib/signing. */
import { equalSecrets } from "../lib/bytes.ts";
import type { Carrier } from "./signing-failure.ts";
import { refuse } from "./signing-failure.ts";
import type { QueryParameter, WireRequest } from "./wire.ts";

/** How far a request's date may be from ours, either way. */
export const skewMsMax = 15 * 60 * 1000;
/** Lifetime of a presigned V4 request, S3 and OSS alike. */
export const presignedSecondsMax = 604_800;

/** For people: the string to sign read as UTF-8, and its bytes as hex pairs. */
const shown = (text: string): string => Buffer.from(text, "latin1").toString("utf8");
const spacedHex = (text: string): string => Buffer.from(text, "latin1").toString("hex").replace(/../g, "$& ").trimEnd();

/** Values of headers by lower-case name, several lines joined by a bare comma (as signatures want them), as on the wire otherwise. */
export function headerValues(request: WireRequest): Map<string, string> {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] as string).toLowerCase();
    const value = (request.rawHeaders[i + 1] as string).trim();
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return values;
}

/** The first parameter of that name (the first wins wherever a vendor says so). */
export const parameter = (query: readonly QueryParameter[], name: string): string | undefined => query.find((pair) => pair.name === name)?.value;

/** Compares each candidate's signature; throws "mismatch" with the first one's strings when none is the one provided. */
export type Signed = { stringToSign: string; canonicalRequest?: string; signature: string };
export function matchSignature(accessKeyId: string, secret: string, provided: string, candidates: Iterable<Signed>): Signed {
  let first: Signed | undefined;
  for (const candidate of candidates) {
    first ??= candidate;
    // A key without a secret opens nothing, whatever was signed with it.
    if (secret !== "" && equalSecrets(candidate.signature, provided)) return candidate;
  }
  const { stringToSign, canonicalRequest } = first as Signed;
  return refuse("mismatch", {
    accessKeyId,
    stringToSign: shown(stringToSign),
    stringToSignBytes: spacedHex(stringToSign),
    ...(canonicalRequest === undefined ? {} : { canonicalRequest: shown(canonicalRequest), canonicalRequestBytes: spacedHex(canonicalRequest) }),
    provided,
  });
}

/** `written`: the date as the request has it. */
export function checkSkew(requestMs: number, serverMs: number, written: string): void {
  if (Math.abs(requestMs - serverMs) > skewMsMax) refuse("skewed", { requestMs, serverMs, maxMs: skewMsMax, written });
}

/** A presigned V4 request: valid from its date (15 minutes early allowed) for so many seconds. */
export function checkPresignedTime(startMs: number, seconds: number, serverMs: number): void {
  const expiresMs = startMs + seconds * 1000;
  if (startMs - serverMs > skewMsMax) refuse("notYetValid", { startMs, expiresMs, serverMs });
  if (serverMs > expiresMs) refuse("expired", { expiresMs, serverMs, expiresSeconds: seconds });
}

/** Digits only, from `min` to `presignedSecondsMax`. */
export function presignedSeconds(value: string, min: number): number {
  const seconds = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds >= min && seconds <= presignedSecondsMax)) refuse("badExpires", { value, maxSeconds: presignedSecondsMax });
  return seconds;
}

/** `<access key id>/<day>/<region>/<service>/<terminator>`, read from the right: HCP's ids are base64 and may hold slashes. */
export type Credential = { accessKeyId: string; date: string; region: string; service: string; terminator: string };
export function parseCredential(value: string, carrier: Carrier): Credential {
  const parts = value.split("/");
  const [date, region, service, terminator] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join("/");
  if (accessKeyId === "" || date === undefined || region === undefined || service === undefined || terminator === undefined || !/^\d{8}$/.test(date))
    return refuse("malformed", { carrier, what: "Credential", value });
  return { accessKeyId, date, region, service, terminator };
}

/** `A=1, B=2,C=3` in any order, blanks allowed around commas. Throws "malformed" for an unknown or repeated field. */
export function parseFields(text: string, separator: "=" | ":", known: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const piece of text.split(",")) {
    const field = piece.trim();
    const at = field.indexOf(separator);
    const name = at < 0 ? field : field.slice(0, at).trim();
    if (at < 0 || !known.includes(name) || fields.has(name)) refuse("malformed", { carrier: "header", what: name, value: text });
    fields.set(name, field.slice(at + 1).trim());
  }
  return fields;
}
