/** What a request says about who sent it: found and parsed, not yet believed. V1, V2 and V4, each in a header or in the URL. */
import { type Carrier, refuse } from "../../signing-failure.ts";
import { mechanismOf } from "../../signing-mechanisms.ts";
import { type Credential, parameter, parseCredential, parseFields } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";

export type AnonymousClaim = { kind: "anonymous" };
type Signed = { kind: "signed"; carrier: Carrier; accessKeyId: string; signature: string; token?: string };
export type V1Claim = Signed & { scheme: "v1"; expires?: string };
/** `additional`: lower-case names, sorted, as claimed. */
export type V2Claim = Signed & { scheme: "v2"; additional: string[]; expires?: string };
export type V4Claim = Signed & { scheme: "v4"; additional: string[]; credential: Credential; date?: string; expires?: string };
export type OssClaim = AnonymousClaim | V1Claim | V2Claim | V4Claim;

export const v4Algorithm = "OSS4-HMAC-SHA256";

/** Throws AuthFailure: twoMechanisms, malformed, incomplete, unsupportedScheme, additionalHeadersEmpty. */
export function claimOf(request: WireRequest): OssClaim {
  const mechanism = mechanismOf(request);
  switch (mechanism) {
    case undefined:
      return { kind: "anonymous" };
    case "header":
      return headerClaim(request);
    case "ossv1-query":
      return v1QueryClaim(request);
    case "ossv2-query":
      return v2QueryClaim(request);
    case "ossv4-query":
      return v4QueryClaim(request);
    default:
      return refuse("unsupportedScheme", { scheme: mechanism });
  }
}

function headerClaim(request: WireRequest): V1Claim | V2Claim | V4Claim {
  const value = (request.headers.authorization ?? "").trim();
  const blank = value.indexOf(" ");
  const scheme = blank < 0 ? value : value.slice(0, blank);
  const rest = blank < 0 ? "" : value.slice(blank + 1).trim();
  const token = tokenField(request.headers["x-oss-security-token"]);
  if (scheme === "OSS") {
    const colon = rest.indexOf(":");
    if (colon <= 0 || colon === rest.length - 1) refuse("malformed", { carrier: "header", what: "Authorization", value });
    return { kind: "signed", scheme: "v1", carrier: "header", accessKeyId: rest.slice(0, colon), signature: rest.slice(colon + 1), ...token };
  }
  if (scheme === "OSS2") {
    const fields = parseFields(rest, ":", ["AccessKeyId", "AdditionalHeaders", "Signature"]);
    const [accessKeyId, signature] = required("header", "v2", [
      ["AccessKeyId", fields.get("AccessKeyId")],
      ["Signature", fields.get("Signature")],
    ]) as [string, string];
    return { kind: "signed", scheme: "v2", carrier: "header", accessKeyId, signature, additional: additionalHeaders(fields.get("AdditionalHeaders"), "header"), ...token };
  }
  if (scheme !== v4Algorithm) return refuse("unsupportedScheme", { scheme });
  const fields = parseFields(rest, "=", ["Credential", "AdditionalHeaders", "Signature"]);
  const [text, signature] = required("header", "v4", [
    ["Credential", fields.get("Credential")],
    ["Signature", fields.get("Signature")],
  ]) as [string, string];
  const credential = parseCredential(text, "header");
  const additional = additionalHeaders(fields.get("AdditionalHeaders"), "header");
  return { kind: "signed", scheme: "v4", carrier: "header", accessKeyId: credential.accessKeyId, credential, signature, additional, ...token };
}

function v1QueryClaim({ query, headers }: WireRequest): V1Claim {
  const [accessKeyId, expires, signature] = parameters(query, "v1", ["OSSAccessKeyId", "Expires", "Signature"]) as [string, string, string];
  const token = tokenField(parameter(query, "security-token") ?? parameter(query, "x-oss-security-token") ?? headers["x-oss-security-token"]);
  return { kind: "signed", scheme: "v1", carrier: "query", accessKeyId, expires, signature: unblanked(signature), ...token };
}

function v2QueryClaim({ query, headers }: WireRequest): V2Claim {
  const [accessKeyId, expires, signature] = parameters(query, "v2", ["x-oss-access-key-id", "x-oss-expires", "x-oss-signature", "x-oss-signature-version"]) as [
    string,
    string,
    string,
  ];
  const token = tokenField(parameter(query, "security-token") ?? parameter(query, "x-oss-security-token") ?? headers["x-oss-security-token"]);
  const additional = additionalHeaders(parameter(query, "x-oss-additional-headers"), "query");
  return { kind: "signed", scheme: "v2", carrier: "query", accessKeyId, expires, signature: unblanked(signature), additional, ...token };
}

function v4QueryClaim({ query, headers }: WireRequest): V4Claim {
  const [version, text, date, expires, signature] = parameters(query, "v4", ["x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-expires", "x-oss-signature"]) as [
    string,
    string,
    string,
    string,
    string,
  ];
  if (version !== v4Algorithm) refuse("unsupportedScheme", { scheme: version });
  const credential = parseCredential(text, "query");
  const token = tokenField(parameter(query, "x-oss-security-token") ?? headers["x-oss-security-token"]);
  const additional = additionalHeaders(parameter(query, "x-oss-additional-headers"), "query");
  return { kind: "signed", scheme: "v4", carrier: "query", accessKeyId: credential.accessKeyId, credential, signature, additional, date, expires, ...token };
}

const tokenField = (token: string | undefined): { token?: string } => (token === undefined ? {} : { token });
/** Base64 that was put into the URL unescaped: a blank was a plus sign. */
const unblanked = (signature: string): string => signature.replaceAll(" ", "+");

/** Sorted here: clients sort them differently in the field and in what they sign. */
function additionalHeaders(value: string | undefined, carrier: Carrier): string[] {
  if (value === undefined) return [];
  const names = value
    .toLowerCase()
    .split(";")
    .map((name) => name.trim());
  if (names.every((name) => name === "")) refuse("additionalHeadersEmpty", { carrier });
  return [...new Set(names.filter((name) => name !== ""))].sort();
}

function parameters(query: WireRequest["query"], scheme: string, names: readonly string[]): string[] {
  return required(
    "query",
    scheme,
    names.map((name) => [name, parameter(query, name)]),
  );
}

function required(carrier: Carrier, scheme: string, fields: (readonly [name: string, value: string | undefined])[]): string[] {
  const missing = fields.filter(([, value]) => value === undefined || value === "").map(([name]) => name);
  if (missing.length > 0) refuse("incomplete", { carrier, scheme, missing });
  return fields.map(([, value]) => value as string);
}
