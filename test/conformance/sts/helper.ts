/** One store behind every dialect and the issuer of temporary keys, in this process; requests signed by hand. The clock is Date, which tests may move. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { mock } from "node:test";
import type { Core } from "../../../src/core/api.ts";
import { createCore } from "../../../src/core/core.ts";
import { masterKeyOf } from "../../../src/core/encryption/master.ts";
import type { Account } from "../../../src/core/model.ts";
import type { Log, Ports } from "../../../src/core/ports.ts";
import { readIdentities } from "../../../src/dialects/admin/identities-file.ts";
import { createDispatch } from "../../../src/dialects/dispatch.ts";
import { createSts } from "../../../src/dialects/sts/sts.ts";
import type { Reply, WireRequest } from "../../../src/dialects/wire.ts";
import { encodeUri, parseQuery } from "../../../src/lib/uri.ts";
import { memoryBlobs } from "../../../src/storage/blobs/memory/memory-blobs.ts";
import { memoryMetadata } from "../../../src/storage/metadata/memory/store.ts";
import type { DoorRequest, Key } from "../../support/doors.ts";
import { type Signer, signers } from "../../support/signers.ts";
import { settings } from "../oss/helper.ts";

export const accountId = "000000000001";
export const uid = "1000000000000001";
export const keyOf = (name: string): Key => ({ accessKeyId: `${name}-key`, secretAccessKey: `${name}-secret-0123456789` });
export const host = "127.0.0.1:9000";
export type Temporary = Key & { token: string };

export const allow = (Action: string | string[], Resource: string | string[], more: object = {}) => ({ Effect: "Allow", Action, Resource, ...more });
export const deny = (Action: string | string[], Resource: string | string[]) => ({ Effect: "Deny", Action, Resource });
export const policy = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
export const trust = (Principal: unknown, more: object = {}) => policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more });
const root = { AWS: `arn:aws:iam::${accountId}:root` };
const keys = (name: string) => [{ accessKeyId: keyOf(name).accessKeyId, secretAccessKey: keyOf(name).secretAccessKey }];

/** ann may become whatever lets her account in; bob nothing; eve is denied; carl is named by a role. */
const identities = {
  accounts: [
    {
      tenant: "default",
      name: "main",
      uid,
      accountId,
      keys: keys("main"),
      policies: [{ name: "reads", document: policy(allow(["s3:GetObject", "s3:ListBucket"], "*")) }],
      groups: [{ name: "readers", attached: ["reads"] }],
      users: [
        { name: "ann", keys: keys("ann"), policies: [{ name: "roles", document: policy(allow("sts:AssumeRole", `arn:aws:iam::${accountId}:role/*`)) }] },
        { name: "bob", keys: keys("bob"), policies: [{ name: "all", document: policy(allow("s3:*", "arn:aws:s3:::*")) }] },
        { name: "eve", keys: keys("eve"), policies: [{ name: "all", document: policy(allow("*", "*"), deny("sts:*", `arn:aws:iam::${accountId}:role/reader`)) }] },
        { name: "carl", keys: keys("carl"), groups: ["readers"] },
      ],
      roles: [
        { name: "reader", trust: trust(root), attached: ["reads"] },
        { name: "writer", trust: trust({ RAM: [`acs:ram::${uid}:root`] }), secondsMax: 7_200, policies: [{ name: "all", document: policy(allow("s3:*", "*")) }] },
        { name: "named", trust: trust({ AWS: `arn:aws:iam::${accountId}:user/carl` }), attached: ["reads"] },
        { name: "abroad", trust: trust({ AWS: ["arn:aws:iam::000000000002:user/dan", "arn:aws:iam::000000000002:user/fay"] }), attached: ["reads"] },
        { name: "external", trust: trust(root, { Condition: { StringEquals: { "sts:ExternalId": "magic" } } }) },
        { name: "chained", trust: trust({ AWS: `arn:aws:iam::${accountId}:role/writer` }), attached: ["reads"] },
      ],
    },
    {
      tenant: "default",
      name: "other",
      uid: "2000000000000002",
      accountId: "000000000002",
      keys: keys("other"),
      users: [
        { name: "dan", keys: keys("dan") },
        { name: "fay", keys: keys("fay"), policies: [{ name: "roles", document: policy(allow("sts:AssumeRole", `arn:aws:iam::${accountId}:role/abroad`)) }] },
      ],
    },
    { tenant: "default", name: "root", root: true, keys: keys("root") },
  ],
};

export type Answer = { status: number; text: string; json(): Record<string, Record<string, string> & string>; element(name: string): string | undefined; code: string | undefined };
export type StsWorld = {
  core: Core;
  account: Account;
  /** Moves the clock on. */
  pass(ms: number): void;
  send(request: DoorRequest): Promise<Answer>;
  /** Signed, with the token where a temporary key has one. */
  ask(signer: Signer, request: DoorRequest, key: Key & { token?: string }): Promise<Answer>;
  rpc(
    parameters: Record<string, string>,
    key: Key & { token?: string },
    more?: { method?: "GET" | "POST"; path?: string; format?: string; tamper?: (parameters: Record<string, string>) => void },
  ): Promise<Answer>;
  query(parameters: Record<string, string>, key: (Key & { token?: string }) | null, more?: { path?: string; service?: string; tamper?: (body: string) => string }): Promise<Answer>;
  /** By one form or the other. */
  assume(form: "rpc" | "query", role: string, key: Key & { token?: string }, more?: Record<string, string>): Promise<Temporary>;
  close(): Promise<void>;
};

export async function openStsWorld(): Promise<StsWorld> {
  mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 10, 28, 12, 0, 0) });
  const log: Log = { info() {}, warn() {}, error: (event, error) => console.error(event, error) };
  let last = 0;
  const clock = { wallMs: () => Date.now(), sequenceMs: () => (last = Math.max(last + 1, Date.now())), monotonicMs: () => performance.now() };
  const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
  const readers = { begin: () => () => {}, oldestMs: () => Number.POSITIVE_INFINITY };
  const ports: Ports = { metadata: memoryMetadata(), blobs: memoryBlobs(), clock, random, readers, log, master: masterKeyOf(randomBytes(32)) };
  const core = createCore(ports, {});
  await core.identity.apply(readIdentities(JSON.stringify(identities)));
  const account = (await core.identity.accountBy("uid", "default" as Account["tenant"], uid)) as Account;
  const deps = { core, settings: { ...settings, defaultOwnership: "none" as const, defaultEncryption: "none" as const }, clock, log, random };
  const dispatch = await createDispatch(deps);
  const sts = createSts({ core, clock, log, random });
  let id = 0;
  const serve = async (request: WireRequest): Promise<Answer> => read(await (sts(request) ?? dispatch.handle(request)));

  const world: StsWorld = {
    core,
    account,
    pass: (ms) => mock.timers.tick(ms),
    send: (request) => serve(wire(request, ++id)),
    ask: (signer, request, key) => world.send(signedBy(signer, request, key)),
    async rpc(parameters, key, { method = "POST", path = "/-/sts", format = "JSON", tamper } = {}) {
      const all: Record<string, string> = {
        Version: "2015-04-01",
        Format: format,
        SignatureMethod: "HMAC-SHA1",
        SignatureVersion: "1.0",
        SignatureNonce: randomBytes(8).toString("hex"),
        Timestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
        AccessKeyId: key.accessKeyId,
        ...(key.token === undefined ? {} : { SecurityToken: key.token }),
        ...parameters,
      };
      const text = `${method}&%2F&${encodeUri(formOf(all))}`;
      all.Signature = createHmac("sha1", `${key.secretAccessKey}&`).update(text).digest("base64");
      tamper?.(all);
      const form = formOf(all);
      return method === "GET"
        ? serve(wire({ method, path, rawQuery: form }, ++id))
        : serve(wire({ method, path, headers: { "content-type": "application/x-www-form-urlencoded" }, body: form }, ++id));
    },
    async query(parameters, key, { path = "/-/sts/", service = "sts", tamper = (sent: string) => sent } = {}) {
      const body = formOf({ Version: "2011-06-15", ...parameters });
      const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
      if (key !== null) {
        headers["x-amz-date"] = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
        if (key.token !== undefined) headers["x-amz-security-token"] = key.token;
        headers.authorization = signSts({ path, headers, body }, key, service);
      }
      return serve(wire({ method: "POST", path, headers, body: tamper(body) }, ++id));
    },
    async assume(form, role, key, more = {}) {
      if (form === "rpc") {
        const answer = await world.rpc({ Action: "AssumeRole", RoleArn: `acs:ram::${uid}:role/${role}`, RoleSessionName: "test-session", ...more }, key);
        if (answer.status !== 200) throw new Error(answer.text);
        const { AccessKeyId = "", AccessKeySecret = "", SecurityToken = "" }: Record<string, string> = answer.json().Credentials ?? {};
        return { accessKeyId: AccessKeyId, secretAccessKey: AccessKeySecret, token: SecurityToken };
      }
      const answer = await world.query({ Action: "AssumeRole", RoleArn: `arn:aws:iam::${accountId}:role/${role}`, RoleSessionName: "test-session", ...more }, key);
      if (answer.status !== 200) throw new Error(answer.text);
      return { accessKeyId: answer.element("AccessKeyId") ?? "", secretAccessKey: answer.element("SecretAccessKey") ?? "", token: answer.element("SessionToken") ?? "" };
    },
    async close() {
      mock.timers.reset();
      await ports.blobs.close();
      await ports.metadata.close();
    },
  };
  for (const bucket of ["data", "more"]) {
    await world.ask(signers[0] as Signer, { method: "PUT", bucket }, keyOf("main"));
    await world.ask(signers[0] as Signer, { method: "PUT", bucket, key: "k", body: "bytes" }, keyOf("main"));
  }
  return world;
}

const formOf = (parameters: Record<string, string>): string =>
  Object.entries(parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`)
    .join("&");

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
function signSts({ path, headers, body }: { path: string; headers: Record<string, string>; body: string }, key: Key, service: string): string {
  const stamp = headers["x-amz-date"] as string;
  const scope = `${stamp.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const all: Record<string, string> = { ...headers, host };
  const names = Object.keys(all).sort();
  const canonical = ["POST", path, "", ...names.map((name) => `${name}:${all[name]}`), "", names.join(";"), sha256(body)].join("\n");
  const signing = scope.split("/").reduce<Buffer>((derived, step) => createHmac("sha256", derived).update(step).digest(), Buffer.from(`AWS4${key.secretAccessKey}`));
  const signature = createHmac("sha256", signing)
    .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`)
    .digest("hex");
  return `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
}

/** Where each signature's token stands. */
const tokenPlaces: Record<string, string> = {
  "S3 SigV4 query": "X-Amz-Security-Token",
  "S3 SigV2 query": "x-amz-security-token",
  "OSS V1 query": "security-token",
  "OSS V4 query": "x-oss-security-token",
};
export function withToken(signer: Signer, request: DoorRequest, token: string | undefined): DoorRequest {
  if (token === undefined) return request;
  const place = tokenPlaces[signer.name];
  if (place !== undefined) return { ...request, query: { ...request.query, [place]: token } };
  return { ...request, headers: { ...request.headers, [signer.dialect === "oss" ? "x-oss-security-token" : "x-amz-security-token"]: token } };
}
export function signedBy(signer: Signer, request: DoorRequest, key: Key & { token?: string }): DoorRequest {
  const whole = withToken(signer, request, key.token);
  // As botocore: what this URL carries of the vendor's is signed as a header.
  const signing = signer.name === "S3 SigV2 query" && key.token !== undefined ? { ...request, headers: { ...request.headers, "x-amz-security-token": key.token } } : whole;
  const { query, headers } = signer.sign(signing, key, host);
  if (signing === whole) return { ...request, query, headers };
  const { "x-amz-security-token": _, ...sent } = headers;
  return { ...request, query: { ...query, ...whole.query }, headers: sent };
}

type Raw = { method: string; path: string; rawQuery?: string; headers?: Record<string, string>; body?: string };
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
export function wire(request: DoorRequest | Raw, id: number): WireRequest {
  const isRaw = "path" in request;
  const rawPath = isRaw
    ? request.path
    : request.bucket === undefined
      ? "/"
      : `/${request.bucket}${request.key === undefined ? "" : `/${request.key.split("/").map(encode).join("/")}`}`;
  const rawQuery = isRaw
    ? (request.rawQuery ?? "")
    : Object.entries(request.query ?? {})
        .map(([name, value]) => (value === undefined ? encode(name) : `${encode(name)}=${encode(value)}`))
        .join("&");
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const headers: Record<string, string> = { host };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  if (body !== undefined || request.method === "PUT" || request.method === "POST") headers["content-length"] = String(body?.length ?? 0);
  const chunks = body === undefined || body.length === 0 ? [] : [body];
  return {
    id,
    method: request.method,
    rawPath,
    rawQuery,
    query: parseQuery(rawQuery) ?? [],
    headers: Object.assign(Object.create(null), headers),
    rawHeaders: Object.entries(headers).flat(),
    host: "127.0.0.1",
    hostHeader: host,
    secure: false,
    remoteAddress: "127.0.0.1",
    contentLength: body?.length ?? 0,
    body: { read: async () => chunks.shift(), close() {} },
    expectsContinue: false,
    signal: new AbortController().signal,
    receivedMs: Date.now(),
  };
}

async function read(reply: Reply): Promise<Answer> {
  const { body } = reply;
  const chunks: Uint8Array[] = [];
  if (typeof body === "string") chunks.push(Buffer.from(body));
  else if (body !== undefined && "source" in body)
    for (let chunk = await body.source.read(); chunk !== undefined; chunk = await body.source.read()) chunks.push(Buffer.from(chunk));
  else if (body !== undefined) chunks.push(body);
  const text = Buffer.concat(chunks).toString("utf8");
  const element = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return {
    status: reply.status,
    text,
    json: () => JSON.parse(text),
    element,
    code: text.startsWith("{") ? (JSON.parse(text) as { Code?: string }).Code : element("Code"),
  };
}
