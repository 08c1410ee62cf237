/** Signers in the query and OSS V4, for tests that try every carrier. Written apart from the server's code, like doors.ts. */
import { createHash, createHmac } from "node:crypto";
import { type DoorRequest, type Key, signOss, signS3, signV2 } from "./doors.ts";

/** A request ready to be sent: what stands in the URL and in the headers. */
export type Signed = { query: Record<string, string | undefined>; headers: Record<string, string> };
export type Signer = { name: string; dialect: "s3" | "oss" | "hcp"; carrier: "header" | "query"; sign(request: DoorRequest, key: Key, host: string): Signed };

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const path = (request: DoorRequest): string =>
  request.bucket === undefined ? "/" : `/${request.bucket}${request.key === undefined ? "" : `/${request.key.split("/").map(encode).join("/")}`}`;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const basic = (date: Date): string => date.toISOString().replace(/[-:]|\.\d{3}/g, "");
const lower = (headers: Record<string, string> = {}): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const sortedQuery = (query: Record<string, string | undefined>, emptyMark: string): string =>
  Object.entries(query)
    .map(([name, value]) => [encode(name), value === undefined || value === "" ? emptyMark : `=${encode(value)}`] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => name + value)
    .join("&");

function presignS3V4(request: DoorRequest, key: Key, host: string): Signed {
  const now = basic(new Date());
  const scope = `${now.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const headers = lower(request.headers);
  const names = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))].sort();
  const query: Record<string, string | undefined> = {
    ...request.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${key.accessKeyId}/${scope}`,
    "X-Amz-Date": now,
    "X-Amz-Expires": "600",
    "X-Amz-SignedHeaders": names.join(";"),
  };
  const canonical = [
    request.method,
    path(request),
    sortedQuery(query, "="),
    ...names.map((name) => `${name}:${name === "host" ? host : headers[name]}`),
    "",
    names.join(";"),
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const signing = [now.slice(0, 8), "us-east-1", "s3", "aws4_request"].reduce<Buffer>((k, part) => hmac(k, part), Buffer.from(`AWS4${key.secretAccessKey}`));
  query["X-Amz-Signature"] = hmac(signing, `AWS4-HMAC-SHA256\n${now}\n${scope}\n${sha256(canonical)}`).toString("hex");
  return { query, headers };
}

/** SigV2 and OSS V1 share their form: the expiry stands where the date would. `signer` makes the header form of the same string. */
function presignClassic(names: { id: string; signer: (request: DoorRequest, key: Key, now: Date) => Record<string, string> }) {
  return (request: DoorRequest, key: Key): Signed => {
    const expires = String(Math.floor(Date.now() / 1000) + 600);
    const stamp = { toUTCString: () => expires } as Date;
    const signed = names.signer(request, key, stamp);
    const signature = signed.authorization?.split(":").pop() ?? "";
    return { query: { ...request.query, [names.id]: key.accessKeyId, Expires: expires, Signature: signature }, headers: lower(request.headers) };
  };
}

function ossV4(request: DoorRequest, key: Key, carrier: "header" | "query"): Signed {
  const now = basic(new Date());
  const scope = `${now.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`;
  const headers = lower(request.headers);
  const query: Record<string, string | undefined> = { ...request.query };
  if (carrier === "header") {
    headers["x-oss-date"] = now;
    headers["x-oss-content-sha256"] = "UNSIGNED-PAYLOAD";
  } else {
    query["x-oss-signature-version"] = "OSS4-HMAC-SHA256";
    query["x-oss-credential"] = `${key.accessKeyId}/${scope}`;
    query["x-oss-date"] = now;
    query["x-oss-expires"] = "600";
  }
  const names = Object.keys(headers)
    .filter((name) => name === "content-type" || name === "content-md5" || name.startsWith("x-oss-"))
    .sort();
  const resource = request.bucket === undefined ? "/" : `/${request.bucket}/${(request.key ?? "").split("/").map(encode).join("/")}`;
  const canonical = [request.method, resource, sortedQuery(query, ""), ...names.map((name) => `${name}:${headers[name]?.trim()}`), "", "", "UNSIGNED-PAYLOAD"].join("\n");
  const signing = [now.slice(0, 8), "cn-hangzhou", "oss", "aliyun_v4_request"].reduce<Buffer>((k, part) => hmac(k, part), Buffer.from(`aliyun_v4${key.secretAccessKey}`));
  const signature = hmac(signing, `OSS4-HMAC-SHA256\n${now}\n${scope}\n${sha256(canonical)}`).toString("hex");
  if (carrier === "header") headers.authorization = `OSS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope},Signature=${signature}`;
  else query["x-oss-signature"] = signature;
  return { query, headers };
}

const inHeader =
  (sign: (request: DoorRequest, key: Key, host: string) => Record<string, string>) =>
  (request: DoorRequest, key: Key, host: string): Signed => ({ query: { ...request.query }, headers: sign(request, key, host) });

export const signers: Signer[] = [
  { name: "S3 SigV4 header", dialect: "s3", carrier: "header", sign: inHeader((request, key, host) => signS3(request, key, host)) },
  { name: "S3 SigV4 query", dialect: "s3", carrier: "query", sign: presignS3V4 },
  { name: "S3 SigV2 header", dialect: "s3", carrier: "header", sign: inHeader((request, key) => signV2(request, key)) },
  { name: "S3 SigV2 query", dialect: "s3", carrier: "query", sign: presignClassic({ id: "AWSAccessKeyId", signer: signV2 }) },
  { name: "OSS V1 header", dialect: "oss", carrier: "header", sign: inHeader((request, key) => signOss(request, key)) },
  { name: "OSS V1 query", dialect: "oss", carrier: "query", sign: presignClassic({ id: "OSSAccessKeyId", signer: signOss }) },
  { name: "OSS V4 header", dialect: "oss", carrier: "header", sign: (request, key) => ossV4(request, key, "header") },
  { name: "OSS V4 query", dialect: "oss", carrier: "query", sign: (request, key) => ossV4(request, key, "query") },
];
