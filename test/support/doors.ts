/**
 * The three ways in, as raw signed requests: OSS V1, S3 SigV4, HCP SigV2. Written apart from the server's own code, so that a mistake there
 * is not made here too. All three act for the same account of the tenant `europe`, so that what one writes the others may read.
 */
import { createHash, createHmac } from "node:crypto";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export type Key = { accessKeyId: string; secretAccessKey: string };
export type DoorRequest = {
  method: string;
  bucket?: string;
  key?: string;
  query?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  timeoutMs?: number;
};
export type DoorAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer };
export type Door = { name: "oss" | "s3" | "hcp"; metaPrefix: string; send(request: DoorRequest): Promise<DoorAnswer>; close(): void };

export const lgreenKey: Key = { accessKeyId: "amphoralgreen", secretAccessKey: "amphoralgreen-secret-0123456789" };
export const lgreenHcp: Key = { accessKeyId: "bGdyZWVu", secretAccessKey: "2a9d119df47ff993b662a8ef36f9ea20" };
export const tenantHost = "europe.hcp.example.com";

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const encodePath = (key: string): string => key.split("/").map(encode).join("/");
const rawPath = (request: DoorRequest): string => (request.bucket === undefined ? "/" : `/${request.bucket}${request.key === undefined ? "" : `/${encodePath(request.key)}`}`);
const rawQuery = (query: DoorRequest["query"] = {}): string =>
  Object.entries(query)
    .map(([name, value]) => (value === undefined ? encode(name) : `${encode(name)}=${encode(value)}`))
    .join("&");

export function send(agent: Agent, port: number, request: DoorRequest, host: string, headers: Record<string, string>): Promise<DoorAnswer> {
  return new Promise((resolve, reject) => {
    const query = rawQuery(request.query);
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const out = httpRequest(
      {
        agent,
        host: "127.0.0.1",
        port,
        method: request.method,
        path: `${rawPath(request)}${query === "" ? "" : `?${query}`}`,
        headers: {
          ...headers,
          Host: host,
          ...(body ? { "Content-Length": String(body.length) } : request.method === "PUT" || request.method === "POST" ? { "Content-Length": "0" } : {}),
        },
        timeout: request.timeoutMs ?? 30_000,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
        answer.on("error", reject);
        answer.on("aborted", () => reject(new Error("the answer was cut off")));
      },
    );
    out.on("error", reject);
    out.on("timeout", () => out.destroy(new Error("no answer in time")));
    out.end(body);
  });
}

const lower = (headers: Record<string, string> = {}): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** The sub-resources that OSS V1 signs (the union of the SDKs), and those of SigV2 (botocore's list). */
const ossSigned = new Set(
  "accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback callback-var cleanRestoredObject cloudboxes cname comp continuation-token cors delete encryption endTime group httpsConfig img inventory inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta partNumber policy policyStatus position processConfiguration publicAccessBlock qos qosInfo redundancyTransition referer regionList replication replicationLocation replicationProgress requestPayment resourceGroup response-content-type restore rtc seal security-token sequential startTime stat status style styleName symlink tagging transferAcceleration uploadId uploads versionId versioning versions vod website worm wormExtend wormId x-oss-process".split(
    " ",
  ),
);
const v2Signed = new Set(
  "accelerate acl cors defaultObjectAcl location logging partNumber policy requestPayment torrent versioning versionId versions website uploads uploadId delete lifecycle tagging restore storageClass notification replication analytics metrics inventory select select-type object-lock attributes encryption intelligent-tiering legal-hold ownershipControls policyStatus publicAccessBlock retention".split(
    " ",
  ),
);

/** OSS V1 in the header. */
export function signOss(request: DoorRequest, key: Key, now = new Date()): Record<string, string> {
  const headers = lower(request.headers);
  headers.date = now.toUTCString();
  const signed = Object.keys(headers)
    .filter((name) => name.startsWith("x-oss-"))
    .sort()
    .map((name) => `${name}:${headers[name]?.trim()}\n`)
    .join("");
  const sub = ossSigned;
  const parameters = Object.entries(request.query ?? {})
    .filter(([name]) => sub.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === undefined || value === "" ? name : `${name}=${value}`))
    .join("&");
  const resource = `${request.bucket === undefined ? "/" : `/${request.bucket}/${request.key ?? ""}`}${parameters === "" ? "" : `?${parameters}`}`;
  const toSign = `${request.method}\n${headers["content-md5"] ?? ""}\n${headers["content-type"] ?? ""}\n${headers.date}\n${signed}${resource}`;
  headers.authorization = `OSS ${key.accessKeyId}:${createHmac("sha1", key.secretAccessKey).update(toSign).digest("base64")}`;
  return headers;
}

/** S3 SigV4 in the header, payload not signed. */
export function signS3(request: DoorRequest, key: Key, host: string, now = new Date()): Record<string, string> {
  const headers = lower(request.headers);
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  headers.host = host;
  headers["x-amz-date"] = stamp;
  headers["x-amz-content-sha256"] ??= "UNSIGNED-PAYLOAD";
  const names = Object.keys(headers).sort();
  const query = Object.entries(request.query ?? {})
    .map(([name, value]) => `${encode(name)}=${encode(value ?? "")}`)
    .sort()
    .join("&");
  const canonical = [
    request.method,
    rawPath(request),
    query,
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${stamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`;
  const chain = (secret: Buffer | string, ...parts: string[]): Buffer => parts.reduce<Buffer>((k, part) => createHmac("sha256", k).update(part).digest(), Buffer.from(secret));
  const signature = createHmac("sha256", chain(`AWS4${key.secretAccessKey}`, stamp.slice(0, 8), "us-east-1", "s3", "aws4_request"))
    .update(toSign)
    .digest("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  delete headers.host;
  return headers;
}

/** SigV2 in the header, as HCP takes it. */
export function signV2(request: DoorRequest, key: Key, now = new Date()): Record<string, string> {
  const headers = lower(request.headers);
  headers.date = now.toUTCString();
  const signed = Object.keys(headers)
    .filter((name) => name.startsWith("x-amz-"))
    .sort()
    .map((name) => `${name}:${headers[name]?.trim()}\n`)
    .join("");
  const sub = v2Signed;
  const parameters = Object.entries(request.query ?? {})
    .filter(([name]) => sub.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === undefined || value === "" ? name : `${name}=${value}`))
    .join("&");
  const toSign = `${request.method}\n${headers["content-md5"] ?? ""}\n${headers["content-type"] ?? ""}\n${headers.date}\n${signed}${rawPath(request)}${parameters === "" ? "" : `?${parameters}`}`;
  headers.authorization = `AWS ${key.accessKeyId}:${createHmac("sha1", key.secretAccessKey).update(toSign).digest("base64")}`;
  return headers;
}

export function openDoor(name: Door["name"], port: number, key?: Key, connections = 64): Door {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const host = name === "hcp" ? tenantHost : `127.0.0.1:${port}`;
  const sign = {
    oss: (request: DoorRequest) => signOss(request, key ?? lgreenKey),
    s3: (request: DoorRequest) => signS3(request, key ?? lgreenKey, host),
    hcp: (request: DoorRequest) => signV2(request, key ?? lgreenHcp),
  }[name];
  return { name, metaPrefix: name === "oss" ? "x-oss-meta-" : "x-amz-meta-", send: (request) => send(agent, port, request, host, sign(request)), close: () => agent.destroy() };
}

export const doorNames = ["oss", "s3", "hcp"] as const;
/** The text of the first element of that name. */
export const element = (xml: Buffer | string, name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml.toString())?.[1];
export const elements = (xml: Buffer | string, name: string): string[] =>
  [...xml.toString().matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map((match) => match[1] ?? "");
