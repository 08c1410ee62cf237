/**
 * Raw requests to the S3 and HCP dialects in this process: memory stores, the real core, signatures made here by the letter of the vendor's
 * pages (nothing of src/dialects is used to sign).
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Settings } from "../../src/config/settings.ts";
import type { Core } from "../../src/core/api.ts";
import { createCore } from "../../src/core/core.ts";
import { masterKeyOf } from "../../src/core/encryption/master.ts";
import type { Clock, Log, Ports } from "../../src/core/ports.ts";
import { createHcp } from "../../src/dialects/hcp/overlay.ts";
import type { Dialect } from "../../src/dialects/operation.ts";
import { createS3 } from "../../src/dialects/s3/dialect.ts";
import { createWebsite } from "../../src/dialects/s3/website/website.ts";
import type { Reply, WireRequest } from "../../src/dialects/wire.ts";
import { parseQuery } from "../../src/lib/uri.ts";
import { parseXml, type XmlNode } from "../../src/lib/xml-reader.ts";
import { memoryBlobs } from "../../src/storage/blobs/memory/memory-blobs.ts";
import { memoryMetadata } from "../../src/storage/metadata/memory/store.ts";

export type Keys = { id: string; secret: string };
export const main: Keys = { id: "mainkey", secret: "main-secret-0123456789" };
export const alt: Keys = { id: "altkey", secret: "alt-secret-0123456789" };
/** A user of main's account, without any right. */
export const ram: Keys = { id: "ramkey", secret: "ram-secret-0123456789" };
const hcpKeys = (user: string, password: string): Keys => ({ id: Buffer.from(user).toString("base64"), secret: createHash("md5").update(password).digest("hex") });
/** Of tenant europe. */
export const lgreen = hcpKeys("lgreen", "p4ssw0rd");
export const pblack = hcpKeys("pblack", "p4ssw0rd2");

export const mainCanonicalId = "a0a1a2a3a4a5a6a7a8a9b0b1b2b3b4b5b6b7b8b9c0c1c2c3c4c5c6c7c8c9d0d1";
export const hcpDomain = "hcp.example.com";
const testSettings: Settings = {
  address: "127.0.0.1",
  port: 0,
  data: "",
  domains: ["s3.localhost"],
  hcpDomain,
  publicUrl: "",
  trustedProxies: [],
  region: "us-east-1",
  strictRegion: false,
  defaultDialect: "s3",
  workers: 1,
  buckets: [],
  identities: "",
  accessLog: "off",
  inFlightRequestsMax: 100,
  inFlightBytesMax: 1 << 28,
  diskReserveBytes: 0,
  rootAccessKey: "",
  rootSecretKey: "",
  // Buckets with ACLs, which S3's own default leaves out.
  defaultOwnership: "none",
  defaultEncryption: "none",
};

/** `as` null: anonymous. Without `body` there is neither body nor Content-Length. */
export type Ask = {
  method: string;
  /** Encoded, query included. */
  target: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  as?: Keys | null;
  scheme?: "v4" | "v2" | "v4-url" | "v2-url" | "hcp";
  host?: string;
  /** Which door: the dialect of the world, or the websites of buckets. */
  door?: "website";
  /** Over TLS of this version. */
  tls?: "1.2" | "1.3";
  /** Headers that are signed besides the vendor's (V4). */
  signs?: readonly string[];
  /** What was tampered with after signing. */
  tamper?: (request: { headers: Record<string, string>; target: string }) => void;
};
export type Answer = {
  status: number;
  headers: Map<string, string>;
  body: Buffer;
  text: string;
  code: string | undefined;
  message: string | undefined;
  operation: string | undefined;
  xml(): XmlNode;
};
export type World = { ask(ask: Ask): Promise<Answer>; core: Core; ports: Ports; s3: Dialect; hcp: Dialect; clock: { now: number }; logged: unknown[]; close(): Promise<void> };

export async function openWorld(name: "s3" | "hcp" = "s3", settings: Partial<Settings> = {}): Promise<World> {
  const time = { now: Date.UTC(2026, 10, 21, 12, 0, 0) };
  const logged: unknown[] = [];
  const log: Log = { info() {}, warn() {}, error: (event, error) => void logged.push({ event, error }) };
  let last = 0;
  const clock: Clock = { wallMs: () => time.now, sequenceMs: () => (last = Math.max(last + 1, time.now)), monotonicMs: () => performance.now() };
  const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
  const ports: Ports = {
    metadata: memoryMetadata(),
    blobs: memoryBlobs(),
    clock,
    random,
    readers: { begin: () => () => {}, oldestMs: () => Number.POSITIVE_INFINITY },
    log,
    master: { ...masterKeyOf(randomBytes(32)), anyName: settings.encryptionKeys === "any" },
  };
  const core = createCore(ports, {});
  await core.identity.apply({
    tenants: [{ name: "europe" }, { name: "asia" }],
    accounts: [
      {
        tenant: "default",
        name: "main",
        canonicalId: mainCanonicalId,
        accountId: "000000000001",
        displayName: "main",
        email: "main@amphora.test",
        keys: [key(main)],
        users: [{ name: "ram", keys: [key(ram)] }],
      },
      { tenant: "default", name: "alt", accountId: "000000000002", displayName: "alt", email: "alt@amphora.test", keys: [key(alt)] },
      { tenant: "europe", name: "lgreen", displayName: "lgreen", hcp: { username: "lgreen", password: "p4ssw0rd", allowNamespaceManagement: true } },
      { tenant: "europe", name: "pblack", displayName: "pblack", hcp: { username: "pblack", password: "p4ssw0rd2" } },
    ],
  });
  const deps = { core, settings: { ...testSettings, ...settings }, clock, log, random };
  const s3 = await createS3(deps);
  const hcp = await createHcp(deps);
  const website = createWebsite(deps, "patterns");
  const dialect = name === "s3" ? s3 : hcp;
  let id = 0;
  return {
    core,
    ports,
    s3,
    hcp,
    clock: time,
    logged,
    ask: async (ask) => read(await (ask.door === "website" ? website : dialect).serve(wire(ask, time.now, ++id, name)), ask.method),
    close: async () => {
      await ports.metadata.close();
      await ports.blobs.close();
    },
  };
}
const key = ({ id, secret }: Keys) => ({ accessKeyId: id, secretAccessKey: secret });

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const hmac = (keyBytes: string | Buffer, text: string): Buffer => createHmac("sha256", keyBytes).update(text).digest();
/** RFC 3986, as the vendor's `UriEncode`. */
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
const split = (target: string): [path: string, query: string] => {
  const mark = target.indexOf("?");
  return mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)];
};

/** The same key chain that the vendor's page shows: date, region, service, `aws4_request`. */
const signingKey = (secret: string, scope: string): Buffer => scope.split("/").reduce<Buffer>((derived, step) => hmac(derived, step), Buffer.from(`AWS4${secret}`));

function v4Signature(method: string, target: string, headers: Record<string, string>, names: string[], payload: string, secret: string, stamp: string, scope: string): string {
  const [path, query] = split(target);
  const pairs = query
    .split("&")
    .filter((piece) => piece !== "")
    .map((piece) => {
      const [name = "", value = ""] = piece.split(/=(.*)/s);
      return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value))];
    })
    // By name, then by value: a name that another begins with comes before it.
    .sort(([a = "", x = ""], [b = "", y = ""]) => (a < b || (a === b && x < y) ? -1 : 1));
  const canonical = [
    method,
    path,
    pairs.map((pair) => pair.join("=")).join("&"),
    ...names.map((name) => `${name}:${(headers[name] ?? "").trim()}`),
    "",
    names.join(";"),
    payload,
  ].join("\n");
  return hmac(signingKey(secret, scope), ["AWS4-HMAC-SHA256", stamp, scope, sha256(Buffer.from(canonical, "latin1"))].join("\n")).toString("hex");
}

const v2SubResources = ["acl", "delete", "encryption", "location", "partNumber", "uploadId", "uploads", "versionId", "versioning", "versions"];
function v2Signature(method: string, target: string, headers: Record<string, string>, secret: string, date: string, bucketOfHost: string): string {
  const [path, query] = split(target);
  const amz = Object.keys(headers)
    .filter((name) => name.startsWith("x-amz-"))
    .sort();
  const sub = query
    .split("&")
    .filter((piece) => v2SubResources.includes(piece.split("=", 1)[0] ?? "") || piece.startsWith("response-"))
    .sort()
    .map(decodeURIComponent);
  const resource = `${bucketOfHost === "" ? "" : `/${bucketOfHost}`}${path}${sub.length === 0 ? "" : `?${sub.join("&")}`}`;
  const text = [method, headers["content-md5"] ?? "", headers["content-type"] ?? "", date, ...amz.map((name) => `${name}:${headers[name]}`), resource].join("\n");
  return createHmac("sha1", secret).update(text).digest("base64");
}

function wire(ask: Ask, nowMs: number, id: number, dialect: "s3" | "hcp"): WireRequest {
  const host = ask.host ?? (dialect === "hcp" ? `europe.${hcpDomain}` : "127.0.0.1:9000");
  const body = typeof ask.body === "string" ? Buffer.from(ask.body) : ask.body;
  const headers: Record<string, string> = { host };
  for (const [name, value] of Object.entries(ask.headers ?? {})) headers[name.toLowerCase()] = value;
  if (body !== undefined) headers["content-length"] ??= String(body.length);
  else if (ask.method === "PUT" || ask.method === "POST") headers["content-length"] ??= "0";
  const request = { headers, target: ask.target };
  if (ask.as !== null) sign(ask, request, body ?? new Uint8Array(0), nowMs, dialect);
  ask.tamper?.(request);
  const [rawPath, rawQuery] = split(request.target);
  let sent = false;
  const length = headers["content-length"];
  return {
    id,
    method: ask.method,
    rawPath,
    rawQuery,
    query: parseQuery(rawQuery) ?? [],
    headers: Object.assign(Object.create(null) as Record<string, string>, headers),
    rawHeaders: Object.entries(headers).flat(),
    host: host.replace(/:\d+$/, ""),
    hostHeader: host,
    secure: ask.tls !== undefined,
    ...(ask.tls === undefined ? {} : { tlsVersion: ask.tls }),
    remoteAddress: "127.0.0.1",
    contentLength: length === undefined ? (headers["transfer-encoding"] === undefined ? 0 : undefined) : Number(length),
    body: {
      read: async () => {
        if (sent || body === undefined || body.length === 0) return undefined;
        sent = true;
        return body;
      },
      close() {},
    },
    expectsContinue: false,
    signal: new AbortController().signal,
    receivedMs: nowMs,
  };
}

function sign(ask: Ask, request: { headers: Record<string, string>; target: string }, body: Uint8Array, nowMs: number, dialect: "s3" | "hcp"): void {
  const { headers } = request;
  const keys = ask.as ?? (dialect === "hcp" ? lgreen : main);
  const stamp = `${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  const scope = `${stamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const labels = headers.host?.replace(/:\d+$/, "").split(".") ?? [];
  const bucketOfHost = headers.host?.endsWith(hcpDomain)
    ? labels.length === 5
      ? (labels[0] ?? "")
      : ""
    : headers.host?.endsWith(".s3.localhost:9000")
      ? labels.slice(0, -2).join(".")
      : "";
  const join = request.target.includes("?") ? "&" : "?";
  switch (ask.scheme ?? "v4") {
    case "v4": {
      headers["x-amz-date"] = stamp;
      headers["x-amz-content-sha256"] ??= sha256(body);
      const names = Object.keys(headers)
        .filter((name) => name === "host" || name === "content-md5" || name.startsWith("x-amz-") || ask.signs?.includes(name))
        .sort();
      const signature = v4Signature(ask.method, request.target, headers, names, headers["x-amz-content-sha256"], keys.secret, stamp, scope);
      headers.authorization = `AWS4-HMAC-SHA256 Credential=${keys.id}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
      return;
    }
    case "v4-url": {
      const names = Object.keys(headers)
        .filter((name) => name === "host" || name.startsWith("x-amz-") || ask.signs?.includes(name))
        .sort();
      const auth = [
        `X-Amz-Algorithm=AWS4-HMAC-SHA256`,
        `X-Amz-Credential=${encode(`${keys.id}/${scope}`)}`,
        `X-Amz-Date=${stamp}`,
        "X-Amz-Expires=900",
        `X-Amz-SignedHeaders=${encode(names.join(";"))}`,
      ];
      request.target += join + auth.join("&");
      request.target += `&X-Amz-Signature=${v4Signature(ask.method, request.target, headers, names, "UNSIGNED-PAYLOAD", keys.secret, stamp, scope)}`;
      return;
    }
    case "v2": {
      headers.date ??= new Date(nowMs).toUTCString();
      headers.authorization = `AWS ${keys.id}:${v2Signature(ask.method, request.target, headers, keys.secret, headers.date, bucketOfHost)}`;
      return;
    }
    case "v2-url": {
      const expires = String(Math.floor(nowMs / 1000) + 900);
      // As botocore: headers of the vendor's that a URL carries are signed as headers.
      const carried = [...new URLSearchParams(split(request.target)[1])].filter(([name]) => name.startsWith("x-amz-"));
      const signature = v2Signature(ask.method, request.target, { ...headers, ...Object.fromEntries(carried) }, keys.secret, expires, bucketOfHost);
      request.target += `${join}AWSAccessKeyId=${encode(keys.id)}&Expires=${expires}&Signature=${encode(signature)}`;
      return;
    }
    case "hcp":
      headers.authorization = `HCP ${keys.id}:${keys.secret}`;
      return;
  }
}

async function read(reply: Reply, method: string): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  const { body } = reply;
  if (typeof body === "string") chunks.push(Buffer.from(body));
  else if (body !== undefined && "source" in body) {
    for (let chunk = await body.source.read(); chunk !== undefined; chunk = await body.source.read()) chunks.push(Buffer.from(chunk));
    body.source.close();
  } else if (body !== undefined) chunks.push(body);
  const bytes = Buffer.concat(chunks);
  if (method === "HEAD" && bytes.length > 0) throw new Error("an answer to HEAD has a body");
  const headers = new Map<string, string>();
  for (let i = 0; i < reply.headers.length; i += 2) {
    const name = (reply.headers[i] as string).toLowerCase();
    if (headers.has(name)) throw new Error(`the header ${name} stands twice in the answer`);
    headers.set(name, reply.headers[i + 1] as string);
  }
  const text = bytes.toString();
  const element = (name: string): string | undefined => (text.includes("<Error>") ? new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] : undefined);
  return {
    status: reply.status,
    headers,
    body: bytes,
    text,
    code: element("Code") ?? reply.errorCode,
    message: element("Message"),
    operation: reply.operation,
    xml: () => parseXml(bytes, { bytesMax: 10_000_000, elementsMax: 100_000 }),
  };
}
