/**
 * Signs what a client sends, under four schemes. What is signed is put together in lib/signing, as the server's verifiers do.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 * https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
 */
import { createHash } from "node:crypto";
import { derivedKey, hmac, secretKey } from "../lib/signing/keys.ts";
import {
  bytesOf,
  canonicalQuery,
  headerLines,
  ossQuery,
  ossV1Parameters,
  ossV1Query,
  ossV4,
  ossV4Signs,
  plainString,
  s3V2Signed,
  s3V4,
  s3V4Query,
  type V4Form,
  v4Strings,
} from "../lib/signing/strings.ts";
import { isoBasic } from "../lib/time.ts";
import { encodeUriPath } from "../lib/uri.ts";

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** HCP knows its users by base64 of the name and hex MD5 of the password. */
export const hcpCredentials = (username: string, password: string): Credentials => ({
  accessKeyId: Buffer.from(username, "utf8").toString("base64"),
  secretAccessKey: createHash("md5").update(password, "utf8").digest("hex"),
});

/** `s3v2` and `ossv1` sign no region and no body. */
export type Scheme = "s3v4" | "s3v2" | "ossv4" | "ossv1";

/** A request as it goes out, but for its signature. Header names in lower case. `rawPath`: as on the wire; `bucket` and `key`: what it means. */
export type Outgoing = {
  method: string;
  host: string;
  rawPath: string;
  /** `<bucket>.<host>`. */
  bucketInHost: boolean;
  bucket?: string | undefined;
  key?: string | undefined;
  query: readonly { name: string; value: string }[];
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | undefined;
};
export type SigningContext = { scheme: Scheme; credentials: Credentials; region: string; nowMs: number };

const unsignedPayload = "UNSIGNED-PAYLOAD";
const latin1Values = (headers: Readonly<Record<string, string>>): Map<string, string> => new Map(Object.entries(headers).map(([name, value]) => [name, bytesOf(value.trim())]));
/** SigV4 signs a run of blanks as one. */
const oneBlank = (values: ReadonlyMap<string, string>): Map<string, string> => new Map([...values].map(([name, value]) => [name, value.replace(/ {2,}/g, " ")]));

/** The headers with which `request` goes out: its own, and those that carry the signature. */
export function signHeaders(request: Outgoing, context: SigningContext): Record<string, string> {
  const { credentials, nowMs, scheme } = context;
  const vendor = scheme === "s3v4" || scheme === "s3v2" ? "x-amz" : "x-oss";
  const headers: Record<string, string> = { ...request.headers };
  if (credentials.sessionToken !== undefined) headers[`${vendor}-security-token`] = credentials.sessionToken;
  if (scheme === "ossv1" || scheme === "s3v2") {
    headers.date = new Date(nowMs).toUTCString();
    headers.authorization = `${scheme === "ossv1" ? "OSS" : "AWS"} ${credentials.accessKeyId}:${plainSignature(request, headers, headers.date, context)}`;
    return headers;
  }
  headers[`${vendor}-date`] = isoBasic(nowMs);
  headers[`${vendor}-content-sha256`] ??=
    scheme === "ossv4"
      ? unsignedPayload
      : createHash("sha256")
          .update(request.body ?? "")
          .digest("hex");
  const values = latin1Values(headers);
  if (scheme === "s3v4") values.set("host", request.host);
  const names = scheme === "s3v4" ? [...values.keys()].sort().join(";") : "";
  const payloadHash = headers[`${vendor}-content-sha256`] as string;
  const { scope, signature } = v4Signature(request, values, names, payloadHash, request.query, context);
  const signed = names === "" ? "" : `SignedHeaders=${names}, `;
  headers.authorization = `${formOf(scheme).algorithm} Credential=${credentials.accessKeyId}/${scope}, ${signed}Signature=${signature}`;
  return headers;
}

/** The query, without its question mark, that lets whoever has the URL do what `request` does, for so many seconds. `s3v4` and `ossv4` only. */
export function presignQuery(request: Outgoing, context: SigningContext & { scheme: "s3v4" | "ossv4" }, expiresSeconds: number): string {
  const { scheme, credentials, nowMs } = context;
  const form = formOf(scheme);
  const values = latin1Values(request.headers);
  if (scheme === "s3v4") values.set("host", request.host);
  const names = [...values.keys()].sort().join(";");
  const named = (name: string): string => (scheme === "s3v4" ? `X-Amz-${name}` : `x-oss-${name.toLowerCase()}`);
  const token = credentials.sessionToken;
  const query = [
    ...request.query,
    { name: scheme === "s3v4" ? named("Algorithm") : named("Signature-Version"), value: form.algorithm },
    { name: named("Credential"), value: `${credentials.accessKeyId}/${scopeOf(context)}` },
    { name: named("Date"), value: isoBasic(nowMs) },
    { name: named("Expires"), value: String(expiresSeconds) },
    ...(scheme === "s3v4" ? [{ name: named("SignedHeaders"), value: names }] : []),
    ...(token === undefined ? [] : [{ name: named("Security-Token"), value: token }]),
  ];
  const { signature } = v4Signature(request, values, scheme === "s3v4" ? names : "", unsignedPayload, query, context);
  const queryForm = scheme === "s3v4" ? s3V4Query : ossQuery;
  return `${canonicalQuery(query, queryForm)}&${queryForm.signature}=${signature}`;
}
const formOf = (scheme: Scheme): V4Form => (scheme === "s3v4" ? s3V4 : ossV4);
const scopeSteps = ({ scheme, region, nowMs }: SigningContext): string[] => [isoBasic(nowMs).slice(0, 8), region, scheme === "s3v4" ? "s3" : "oss", formOf(scheme).terminator];
const scopeOf = (context: SigningContext): string => scopeSteps(context).join("/");

function v4Signature(
  request: Outgoing,
  values: ReadonlyMap<string, string>,
  headerNames: string,
  payloadHash: string,
  query: Outgoing["query"],
  context: SigningContext,
): { scope: string; signature: string } {
  const { scheme, credentials, nowMs } = context;
  const form = formOf(scheme);
  const scope = scopeOf(context);
  const { stringToSign } = v4Strings(form, {
    method: request.method,
    path: scheme === "s3v4" ? request.rawPath : resourcePath(request),
    query: canonicalQuery(query, scheme === "s3v4" ? s3V4Query : ossQuery),
    headerLines: scheme === "s3v4" ? headerLines(oneBlank(values), () => true) : headerLines(values, ossV4Signs),
    headerNames,
    payloadHash,
    timestamp: isoBasic(nowMs),
    scope,
  });
  return { scope, signature: hmac("sha256", derivedKey(form.prefix, credentials.secretAccessKey, scopeSteps(context)), stringToSign, "hex") };
}

/** OSS signs bucket and key however they are addressed. */
const resourcePath = ({ bucket, key }: Outgoing): string => (bucket === undefined ? "/" : encodeUriPath(`/${bucket}/${key ?? ""}`));

function plainSignature(request: Outgoing, headers: Readonly<Record<string, string>>, date: string, { scheme, credentials }: SigningContext): string {
  const values = latin1Values(headers);
  const { bucket, bucketInHost, key, method, query, rawPath } = request;
  const oss = scheme === "ossv1";
  const vendorLines = headerLines(values, (name) => name.startsWith(oss ? "x-oss-" : "x-amz-"));
  const resource = oss ? ossResource(bucket, key, query) : `${bucketInHost ? `/${bucket}` : ""}${rawPath}${s3V2Query(query)}`;
  return hmac("sha1", secretKey(credentials.secretAccessKey), plainString({ method, headers: values, date, vendorLines, resource }), "base64");
}
const ossResource = (bucket: string | undefined, key: string | undefined, query: Outgoing["query"]): string =>
  `${bucket === undefined ? "/" : bytesOf(`/${bucket}/${key ?? ""}`)}${ossV1Query(query.filter(({ name }) => ossV1Parameters.has(name) || name.startsWith("x-oss-")))}`;
function s3V2Query(query: Outgoing["query"]): string {
  const signed = s3V2Signed(query).map(({ name, value }) => (value === "" ? name : `${name}=${bytesOf(value)}`));
  return signed.length === 0 ? "" : `?${signed.join("&")}`;
}
