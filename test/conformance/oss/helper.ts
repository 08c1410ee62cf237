/** Requests signed by hand (V1 and V4, headers and URLs) and sent to the dialect in this process: memory stores, the real core. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Settings } from "../../../src/config/settings.ts";
import type { Core } from "../../../src/core/api.ts";
import { createCore } from "../../../src/core/core.ts";
import { masterKeyOf } from "../../../src/core/encryption/master.ts";
import type { Clock, Log, Ports, Readers } from "../../../src/core/ports.ts";
import { placeOwnHost } from "../../../src/dialects/addressing.ts";
import type { Dialect } from "../../../src/dialects/operation.ts";
import { createOss, type OssDeps } from "../../../src/dialects/oss/dialect.ts";
import type { Reply, WireRequest } from "../../../src/dialects/wire.ts";
import { encodeUri, encodeUriPath, parseQuery } from "../../../src/lib/uri.ts";
import { parseXml, type XmlNode } from "../../../src/lib/xml-reader.ts";
import { memoryBlobs } from "../../../src/storage/blobs/memory/memory-blobs.ts";
import { memoryMetadata } from "../../../src/storage/metadata/memory/store.ts";

export type Keys = { id: string; secret: string };
export const main: Keys = { id: "main-key", secret: "main-secret" };
export const other: Keys = { id: "other-key", secret: "other-secret" };
/** A user of main's account, without any right. */
export const user: Keys = { id: "user-key", secret: "user-secret" };
export const mainUid = "1000000000000001";

export const region = "cn-hangzhou";
const host = "127.0.0.1:9000";

/** `as` null: anonymous. `body` undefined: no body, no Content-Length. */
export type Ask = {
  method: string;
  /** Encoded, without the query. */
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  as?: Keys | null;
  scheme?: "v1" | "v4" | "v1-url" | "v4-url";
  /** After signing: what was tampered with. */
  tamper?: (request: { headers: Record<string, string>; rawPath: string; rawQuery: string }) => void;
  host?: string;
  /** Over TLS of this version. */
  tls?: "1.2" | "1.3";
};
export type Answer = { status: number; headers: Map<string, string>; body: Buffer; text: string; code: string | undefined; xml(): XmlNode; operation: string | undefined };

export type World = { ask(ask: Ask): Promise<Answer>; core: Core; ports: Ports; oss: Dialect; clock: { now: number }; close(): Promise<void> };

const silent: Log = {
  info() {},
  warn() {},
  error(event, error) {
    console.error(event, error);
  },
};

export const settings: Settings = {
  address: "127.0.0.1",
  port: 0,
  data: "",
  domains: ["oss.example.com"],
  hcpDomain: "",
  publicUrl: "",
  trustedProxies: [],
  region,
  strictRegion: false,
  defaultDialect: "oss",
  workers: 1,
  buckets: [],
  identities: "",
  accessLog: "off",
  inFlightRequestsMax: 100,
  inFlightBytesMax: 1 << 28,
  diskReserveBytes: 0,
  rootAccessKey: "",
  rootSecretKey: "",
};

/** `deps`: what replaces the parts of the dialect. */
export async function openWorld({ settings: more = {}, ...deps }: Partial<Omit<OssDeps, "settings">> & { settings?: Partial<Settings> } = {}): Promise<World> {
  const time = { now: Date.UTC(2026, 10, 21, 12, 0, 0) };
  let last = 0;
  const clock: Clock = { wallMs: () => time.now, sequenceMs: () => (last = Math.max(last + 1, time.now)), monotonicMs: () => performance.now() };
  const readers: Readers = { begin: () => () => {}, oldestMs: () => Number.POSITIVE_INFINITY };
  const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
  const ports: Ports = { metadata: memoryMetadata(), blobs: memoryBlobs(), clock, random, readers, log: silent, master: masterKeyOf(randomBytes(32)) };
  const core = createCore(ports, {});
  const key = ({ id, secret }: Keys) => ({ accessKeyId: id, secretAccessKey: secret });
  await core.identity.apply({
    accounts: [
      { tenant: "default", name: "main", uid: mainUid, displayName: "main", keys: [key(main)], users: [{ name: "ram", keys: [key(user)] }] },
      { tenant: "default", name: "other", uid: "2000000000000002", displayName: "other", keys: [key(other)] },
    ],
  });
  const oss = await createOss({ core, settings: { ...settings, ...more }, clock, log: silent, random, ...deps });
  let id = 0;
  return {
    core,
    ports,
    oss,
    clock: time,
    ask: async (ask) => {
      const request = wire(ask, time.now, ++id);
      await placeOwnHost(core, settings, request);
      return read(await oss.serve(request));
    },
    close: async () => {
      await ports.blobs.close();
      await ports.metadata.close();
    },
  };
}

const hmac = (algorithm: string, secret: string | Buffer, text: string): Buffer => createHmac(algorithm, secret).update(text).digest();

/** Sub-resources that V1 signs, of those the tests use. */
const v1Signed = new Set(
  "acl append bucketInfo callback callback-var comp cors delete encryption lifecycle live location logging objectMeta partNumber policy position referer replication restore stat status style symlink tagging uploadId uploads versionId versioning versions vod website worm response-content-type response-content-disposition sequential continuation-token".split(
    " ",
  ),
);

const pairs = (query: Record<string, string>): [string, string][] => Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
const ossHeaders = (headers: Record<string, string>): string =>
  Object.keys(headers)
    .filter((name) => name.startsWith("x-oss-"))
    .sort()
    .map((name) => `${name}:${(headers[name] as string).trim()}\n`)
    .join("");

function signV1(ask: Required<Pick<Ask, "method" | "path">>, headers: Record<string, string>, query: Record<string, string>, keys: Keys, date: string): string {
  const signed = pairs(query)
    .filter(([name]) => v1Signed.has(name) || name.startsWith("x-oss-"))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .join("&");
  const resource = decodeURIComponent(ask.path) + (signed === "" ? "" : `?${signed}`);
  const text = `${ask.method}\n${headers["content-md5"] ?? ""}\n${headers["content-type"] ?? ""}\n${date}\n${ossHeaders(headers)}${resource}`;
  return hmac("sha1", keys.secret, text).toString("base64");
}

const basic = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
const scopeOf = (stamp: string): string => `${stamp.slice(0, 8)}/${region}/oss/aliyun_v4_request`;

function signV4(ask: Required<Pick<Ask, "method" | "path">>, headers: Record<string, string>, query: Record<string, string>, keys: Keys, stamp: string): string {
  const path = encodeUriPath(decodeURIComponent(ask.path));
  const canonicalQuery = pairs(query)
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .join("&");
  const block = Object.keys(headers)
    .filter((name) => name.startsWith("x-oss-") || name === "content-type" || name === "content-md5")
    .sort()
    .map((name) => `${name}:${(headers[name] as string).trim()}\n`)
    .join("");
  const canonical = [ask.method, path, canonicalQuery, block, "", "UNSIGNED-PAYLOAD"].join("\n");
  const text = ["OSS4-HMAC-SHA256", stamp, scopeOf(stamp), createHash("sha256").update(canonical).digest("hex")].join("\n");
  let key = hmac("sha256", `aliyun_v4${keys.secret}`, stamp.slice(0, 8));
  for (const step of [region, "oss", "aliyun_v4_request"]) key = hmac("sha256", key, step);
  return hmac("sha256", key, text).toString("hex");
}

const lifetimeS = 600;

/** The request as the listener would hand it over. */
function wire(ask: Ask, nowMs: number, id: number): WireRequest {
  const headers: Record<string, string> = { host: ask.host ?? host };
  for (const [name, value] of Object.entries(ask.headers ?? {})) headers[name.toLowerCase()] = value;
  const query = { ...ask.query };
  const body = ask.body === undefined ? undefined : Buffer.from(ask.body);
  if (body) headers["content-length"] ??= String(body.length);
  const keys = ask.as === undefined ? main : ask.as;
  const signable = { method: ask.method, path: ask.host === undefined ? ask.path : `/${ask.host.split(".")[0]}${ask.path}` };
  if (keys) {
    const stamp = basic(nowMs);
    switch (ask.scheme ?? "v4") {
      case "v1":
        headers.date ??= new Date(nowMs).toUTCString();
        headers.authorization = `OSS ${keys.id}:${signV1(signable, headers, query, keys, headers["x-oss-date"] ?? headers.date)}`;
        break;
      case "v1-url": {
        const expires = String(Math.floor(nowMs / 1000) + lifetimeS);
        query.Signature = signV1(signable, headers, query, keys, expires);
        Object.assign(query, { OSSAccessKeyId: keys.id, Expires: expires });
        break;
      }
      case "v4":
        headers["x-oss-date"] ??= stamp;
        headers["x-oss-content-sha256"] ??= "UNSIGNED-PAYLOAD";
        headers.authorization = `OSS4-HMAC-SHA256 Credential=${keys.id}/${scopeOf(headers["x-oss-date"])},Signature=${signV4(signable, headers, query, keys, headers["x-oss-date"])}`;
        break;
      case "v4-url":
        Object.assign(query, {
          "x-oss-signature-version": "OSS4-HMAC-SHA256",
          "x-oss-credential": `${keys.id}/${scopeOf(stamp)}`,
          "x-oss-date": stamp,
          "x-oss-expires": String(lifetimeS),
        });
        query["x-oss-signature"] = signV4(signable, headers, query, keys, stamp);
        break;
    }
  }
  const sent = {
    headers,
    rawPath: ask.path,
    rawQuery: Object.entries(query)
      .map(([name, value]) => encodeUri(name) + (value === "" ? "" : `=${encodeUri(value)}`))
      .join("&"),
  };
  ask.tamper?.(sent);
  const chunks = body && body.length > 0 ? [body] : [];
  const chunked = headers["transfer-encoding"] !== undefined;
  return {
    id,
    method: ask.method,
    rawPath: sent.rawPath,
    rawQuery: sent.rawQuery,
    query: parseQuery(sent.rawQuery) ?? [],
    headers: Object.assign(Object.create(null), headers),
    rawHeaders: Object.entries(headers).flat(),
    host: (headers.host as string).split(":")[0] as string,
    hostHeader: headers.host as string,
    secure: ask.tls !== undefined,
    ...(ask.tls === undefined ? {} : { tlsVersion: ask.tls }),
    remoteAddress: "127.0.0.1",
    contentLength: chunked ? undefined : Number(headers["content-length"] ?? 0),
    body: { read: async () => chunks.shift(), close() {} },
    expectsContinue: false,
    signal: new AbortController().signal,
    receivedMs: nowMs,
  };
}

async function read(reply: Reply): Promise<Answer> {
  const headers = new Map<string, string>();
  for (let i = 0; i < reply.headers.length; i += 2) headers.set((reply.headers[i] as string).toLowerCase(), reply.headers[i + 1] as string);
  const body = await bytesOf(reply.body);
  const text = body.toString("utf8");
  const document = headers.has("x-oss-err") ? Buffer.from(headers.get("x-oss-err") as string, "base64").toString("utf8") : text;
  return {
    status: reply.status,
    headers,
    body,
    text,
    code: /<Error>\s*<Code>([^<]+)<\/Code>/.exec(document)?.[1],
    xml: () => parseXml(text, { bytesMax: 1 << 24, elementsMax: 100_000 }),
    operation: reply.operation,
  };
}

async function bytesOf(body: Reply["body"]): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === "string") return Buffer.from(body, "utf8");
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pieces: Buffer[] = [];
  for (let chunk = await body.source.read(); chunk !== undefined; chunk = await body.source.read()) pieces.push(Buffer.from(chunk));
  body.source.close();
  return Buffer.concat(pieces);
}
