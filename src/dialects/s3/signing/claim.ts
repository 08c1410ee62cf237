/** What a request says about who sent it: found and parsed, not yet believed. */
import { lruCache } from "../../../lib/lru.ts";
import { type Carrier, refuse } from "../../signing-failure.ts";
import { mechanismOf } from "../../signing-mechanisms.ts";
import { type Credential, parameter, parseCredential, parseFields } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";

export type AnonymousClaim = { kind: "anonymous" };
export type V4Claim = {
  kind: "signed";
  scheme: "v4";
  carrier: Carrier;
  accessKeyId: string;
  credential: Credential;
  /** Lower case, in the order given. */
  signedHeaders: readonly string[];
  signature: string;
  /** X-Amz-Date and X-Amz-Expires as sent; query only. */
  date?: string;
  expires?: string;
  token?: string;
};
export type V2Claim = { kind: "signed"; scheme: "v2"; carrier: Carrier; accessKeyId: string; signature: string; expires?: string; token?: string };
export type S3Claim = AnonymousClaim | V4Claim | V2Claim;

const algorithm = "AWS4-HMAC-SHA256";

/** Throws AuthFailure: twoMechanisms, malformed, incomplete, unsupportedScheme. */
export function claimOf(request: WireRequest): S3Claim {
  const mechanism = mechanismOf(request);
  switch (mechanism) {
    case undefined:
      return { kind: "anonymous" };
    case "header":
      return headerClaim(request);
    case "s3v4-query":
      return v4QueryClaim(request);
    case "s3v2-query":
      return v2QueryClaim(request);
    default:
      return refuse("unsupportedScheme", { scheme: mechanism });
  }
}

function headerClaim(request: WireRequest): V4Claim | V2Claim {
  const value = (request.headers.authorization ?? "").trim();
  const blank = value.indexOf(" ");
  const scheme = blank < 0 ? value : value.slice(0, blank);
  const rest = blank < 0 ? "" : value.slice(blank + 1).trim();
  const token = request.headers["x-amz-security-token"];
  const extra = token === undefined ? {} : { token };
  if (scheme === algorithm) return token === undefined ? v4HeaderClaim(rest) : { ...v4HeaderClaim(rest), token };
  if (scheme !== "AWS") return refuse("unsupportedScheme", { scheme });
  const colon = rest.lastIndexOf(":");
  if (colon <= 0 || colon === rest.length - 1) return refuse("malformed", { carrier: "header", what: "Authorization", value });
  return { kind: "signed", scheme: "v2", carrier: "header", accessKeyId: rest.slice(0, colon), signature: rest.slice(colon + 1), ...extra };
}

/** A client's requests of one day differ in nothing but the signature, which stands last: what stands before it is parsed once. */
const parsedMax = 1024;
const parsedCharactersMax = 1024;
const parsed = lruCache<string, Pick<V4Claim, "credential" | "signedHeaders">>(parsedMax);
const signatureMark = "Signature=";

function v4HeaderClaim(rest: string): V4Claim {
  const end = rest.length - signatureCharacters;
  const head = end <= parsedCharactersMax && rest.startsWith(signatureMark, end - signatureMark.length) ? rest.slice(0, end) : undefined;
  const known = head === undefined ? undefined : parsed.get(head);
  if (known !== undefined && isHex(rest, end)) {
    const { credential, signedHeaders } = known;
    return { kind: "signed", scheme: "v4", carrier: "header", accessKeyId: credential.accessKeyId, credential, signedHeaders, signature: rest.slice(end) };
  }
  const claim = readV4Header(rest);
  if (head !== undefined && isHex(rest, end)) parsed.set(head, { credential: claim.credential, signedHeaders: claim.signedHeaders });
  return claim;
}

const signatureCharacters = 64;
function isHex(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

function readV4Header(rest: string): V4Claim {
  const fields = parseFields(rest, "=", ["Credential", "SignedHeaders", "Signature"]);
  const [credential, signedHeaders, signature] = required("header", "v4", [
    ["Credential", fields.get("Credential")],
    ["SignedHeaders", fields.get("SignedHeaders")],
    ["Signature", fields.get("Signature")],
  ]) as [string, string, string];
  return v4Claim("header", credential, signedHeaders, signature);
}

function v4QueryClaim(request: WireRequest): V4Claim {
  const names = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires"];
  for (const name of names) {
    if (request.query.filter((pair) => pair.name === name).length > 1) refuse("malformed", { carrier: "query", what: name, value: "given twice" });
  }
  const [given, credential, signedHeaders, signature, date, expires] = required(
    "query",
    "v4",
    names.map((name) => [name, parameter(request.query, name)]),
  ) as [string, string, string, string, string, string];
  if (given !== algorithm) return refuse("unsupportedScheme", { scheme: given });
  const token = parameter(request.query, "X-Amz-Security-Token") ?? request.headers["x-amz-security-token"];
  return { ...v4Claim("query", credential.replaceAll(" ", "+"), signedHeaders, signature), date, expires, ...(token === undefined ? {} : { token }) };
}

function v4Claim(carrier: Carrier, credentialText: string, signedHeaders: string, signature: string): V4Claim {
  const credential = parseCredential(credentialText, carrier);
  const names = signedHeaders.toLowerCase().split(";");
  if (new Set(names).size !== names.length || names.includes("")) refuse("malformed", { carrier, what: "SignedHeaders", value: signedHeaders });
  return { kind: "signed", scheme: "v4", carrier, accessKeyId: credential.accessKeyId, credential, signedHeaders: names, signature };
}

function v2QueryClaim(request: WireRequest): V2Claim {
  const [accessKeyId, signature, expires] = required(
    "query",
    "v2",
    ["AWSAccessKeyId", "Signature", "Expires"].map((name) => [name, parameter(request.query, name)]),
  ) as [string, string, string];
  const token = request.headers["x-amz-security-token"] ?? parameter(request.query, "x-amz-security-token");
  // Base64 that was put into the URL unescaped: a blank was a plus sign.
  const claim = { accessKeyId: accessKeyId.replaceAll(" ", "+"), signature: signature.replaceAll(" ", "+") };
  return { kind: "signed", scheme: "v2", carrier: "query", ...claim, expires, ...(token === undefined ? {} : { token }) };
}

function required(carrier: Carrier, scheme: string, fields: (readonly [name: string, value: string | undefined])[]): string[] {
  const missing = fields.filter(([, value]) => value === undefined || value === "").map(([name]) => name);
  if (missing.length > 0) refuse("incomplete", { carrier, scheme, missing });
  return fields.map(([, value]) => value as string);
}
