import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { before, describe, test } from "node:test";
import type { Core } from "../../core/api.ts";
import { createCore } from "../../core/core.ts";
import { createClock } from "../../server/ports/clock.ts";
import { createRandom } from "../../server/ports/random.ts";
import { createReaders } from "../../server/ports/readers.ts";
import { createSharedMemory } from "../../server/ports/shared.ts";
import { memoryBlobs } from "../../storage/blobs/memory/memory-blobs.ts";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import type { Headers, Reply, WireRequest } from "../wire.ts";
import { adminOperations, createAdmin } from "./admin.ts";

const token = "t".repeat(48);
const rootKey = { accessKeyId: "ROOTKEY", secretAccessKey: "root-secret-key" };
const otherKey = { accessKeyId: "OTHERKEY", secretAccessKey: "other-secret-key" };
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

let core: Core;
let handle: (request: WireRequest) => Promise<Reply>;
before(async () => {
  const memory = createSharedMemory(1);
  const log = { info() {}, warn() {}, error: (event: string, error: unknown) => assert.fail(`${event}: ${String(error)}`) };
  const clock = createClock(memory);
  core = createCore({ metadata: memoryMetadata(), blobs: memoryBlobs(), clock, random: createRandom(), readers: createReaders(memory, 0), log });
  await core.identity.apply({
    accounts: [
      { tenant: "default", name: "root", root: true, keys: [rootKey], users: [{ name: "u", keys: [{ accessKeyId: "ROOTUSERKEY", secretAccessKey: "root-user-secret" }] }] },
      { tenant: "default", name: "other", keys: [otherKey] },
    ],
  });
  handle = createAdmin({ core, clock, log, adminToken: token, server: () => ({ workers: 3 }) }).handle;
});

type Ask = { method?: string; path: string; query?: string; body?: unknown; headers?: Record<string, string> };
function request({ method = "GET", path, query = "", body, headers = {} }: Ask): WireRequest {
  const bytes = body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  let sent = false;
  const parameters =
    query === ""
      ? []
      : query.split("&").map((pair) => {
          const [name = "", value = ""] = pair.split("=");
          return { name, value, rawName: name, rawValue: value, bare: false };
        });
  return {
    id: 1,
    method,
    rawPath: `/-/admin/v1${path}`,
    rawQuery: query,
    query: parameters,
    headers: Object.assign(Object.create(null), { host: "h" }, headers) as Headers,
    rawHeaders: Object.entries({ Host: "h", ...headers }).flat(),
    host: "h",
    hostHeader: "h",
    secure: false,
    remoteAddress: "127.0.0.1",
    contentLength: bytes?.length ?? 0,
    body: { read: async () => (sent ? undefined : ((sent = true), bytes)), close() {} },
    expectsContinue: false,
    signal: new AbortController().signal,
    receivedMs: Date.now(),
  };
}
const asRoot = { authorization: `Bearer ${token}` };
async function ask(wanted: Ask): Promise<{ status: number; json: Record<string, unknown>; reply: Reply }> {
  const reply = await handle(request({ ...wanted, headers: wanted.headers ?? asRoot }));
  return { status: reply.status, json: reply.body === undefined ? {} : (JSON.parse(reply.body as string) as Record<string, unknown>), reply };
}

/** SigV4 as its document says, written here once more. */
function signed(wanted: Ask, { accessKeyId, secretAccessKey }: typeof rootKey, tamper: { payload?: string; service?: string } = {}): Ask {
  const { method = "GET", path, query = "" } = wanted;
  const payload = tamper.payload ?? sha256(wanted.body === undefined ? "" : JSON.stringify(wanted.body));
  const amzDate = `${new Date().toISOString().replace(/[-:]|\.\d{3}/g, "")}`;
  const scope = `${amzDate.slice(0, 8)}/us-east-1/${tamper.service ?? "s3"}/aws4_request`;
  const canonical = [method, `/-/admin/v1${path}`, query, `host:h\nx-amz-content-sha256:${payload}\nx-amz-date:${amzDate}\n`, "host;x-amz-content-sha256;x-amz-date", payload].join(
    "\n",
  );
  let key: Buffer | string = `AWS4${secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const signature = createHmac("sha256", key)
    .update(["AWS4-HMAC-SHA256", amzDate, scope, sha256(canonical)].join("\n"))
    .digest("hex");
  return {
    ...wanted,
    headers: {
      "x-amz-date": amzDate,
      "x-amz-content-sha256": payload,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
    },
  };
}

test("the whole life of a tenant, an account, a user and a key", async () => {
  assert.equal((await ask({ method: "POST", path: "/tenants", body: { name: "europe" } })).status, 201);
  assert.equal((await ask({ method: "POST", path: "/tenants", body: { name: "europe" } })).status, 409);
  const made = await ask({ method: "POST", path: "/accounts", body: { tenant: "europe", name: "lgreen", hcp: { username: "lgreen", password: "p4ssw0rd" } } });
  assert.equal(made.status, 201);
  const id = made.json.id as string;
  assert.ok(!JSON.stringify(made.json).includes("p4ssw0rd"));
  assert.equal((await ask({ method: "POST", path: `/accounts/${id}/users`, body: { name: "ann" } })).status, 201);
  const key = await ask({ method: "POST", path: `/accounts/${id}/keys`, body: { user: "ann" } });
  assert.equal(key.status, 201);
  assert.match(key.json.secret as string, /^\S{40}$/);
  const keys = (await ask({ path: `/accounts/${id}/keys` })).json.keys as Record<string, unknown>[];
  assert.deepEqual(
    keys.map((each) => [each.id, each.user, "secret" in each]),
    [[key.json.id, "ann", false]],
  );
  assert.deepEqual(((await ask({ path: "/accounts", query: "tenant=europe" })).json.accounts as unknown[]).length, 1);
  assert.equal((await core.identity.accessKey(key.json.id as string))?.account.id, id);
  assert.equal((await ask({ method: "DELETE", path: `/keys/${key.json.id as string}` })).status, 204);
  assert.equal(await core.identity.accessKey(key.json.id as string), undefined);
  assert.equal((await ask({ method: "DELETE", path: `/accounts/${id}/users/ann` })).status, 204);
  assert.equal((await ask({ method: "DELETE", path: `/accounts/${id}` })).status, 204);
  assert.equal((await ask({ method: "DELETE", path: "/tenants/europe" })).status, 204);
  const names = ((await ask({ path: "/tenants" })).json.tenants as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ["default"]);
});

test("what an account keeps closed", async () => {
  const { json } = await ask({ path: "/accounts", query: "tenant=default" });
  const other = (json.accounts as { name: string; id: string }[]).find(({ name }) => name === "other");
  const path = `/accounts/${other?.id}/public-access`;
  assert.deepEqual((await ask({ path })).json, {});
  const flags = { refuseAcls: true, ignoreAcls: false, refusePolicies: false, restrictPublic: true };
  assert.deepEqual((await ask({ method: "POST", path, body: { refuseAcls: true, restrictPublic: true } })).json, flags);
  assert.deepEqual((await ask({ path })).json, flags);
  for (const body of [{ refuseAcls: "yes" }, { refuseall: true }, { constructor: true }]) assert.equal((await ask({ method: "POST", path, body })).status, 400);
  assert.deepEqual((await ask({ path })).json, flags);
  assert.equal((await ask({ method: "DELETE", path })).status, 204);
  assert.deepEqual((await ask({ path })).json, {});
  assert.equal((await ask({ path: "/accounts/nobody/public-access" })).status, 404);
});

test("blockers and stats", async () => {
  assert.equal((await ask({ path: "/buckets/none/blockers" })).status, 404);
  const stats = await ask({ path: "/stats" });
  assert.deepEqual([stats.json.workers, stats.json.tenants], [3, 1]);
});

describe("nobody but root, whatever the operation", () => {
  const cases: Record<string, (wanted: Ask) => Ask> = {
    "no authentication": (wanted) => ({ ...wanted, headers: {} }),
    "a wrong token": (wanted) => ({ ...wanted, headers: { authorization: `Bearer ${token}x` } }),
    "an empty token": (wanted) => ({ ...wanted, headers: { authorization: "Bearer " } }),
    "a secret as the token": (wanted) => ({ ...wanted, headers: { authorization: `Bearer ${rootKey.secretAccessKey}` } }),
    "another account's key": (wanted) => signed(wanted, otherKey),
    "a user of root": (wanted) => signed(wanted, { accessKeyId: "ROOTUSERKEY", secretAccessKey: "root-user-secret" }),
    "an unknown key": (wanted) => signed(wanted, { ...rootKey, accessKeyId: "NOBODY" }),
    "a wrong secret": (wanted) => signed(wanted, { ...rootKey, secretAccessKey: "wrong" }),
    "another service's signature": (wanted) => signed(wanted, rootKey, { service: "sts" }),
    "an unsigned payload": (wanted) => signed(wanted, rootKey, { payload: "UNSIGNED-PAYLOAD" }),
    "a signature of another path": (wanted) => ({ ...signed({ ...wanted, path: "/elsewhere" }, rootKey), path: wanted.path }),
    "a signature of another method": (wanted) => ({ ...signed({ ...wanted, method: "PUT" }, rootKey), method: wanted.method ?? "GET" }),
    SigV2: (wanted) => ({ ...wanted, headers: { authorization: "AWS ROOTKEY:AAAAAAAAAAAAAAAAAAAAAAAAAAA=", date: new Date().toUTCString() } }),
  };
  for (const [name, spoil] of Object.entries(cases)) {
    test(name, async () => {
      for (const operation of adminOperations) {
        const body = operation.method === "POST" ? { body: { name: "intruder", user: "x" } } : {};
        const path = operation.path.replace(/:\w+/g, "x");
        const { status, json } = await ask(spoil({ method: operation.method, path, ...body }));
        assert.equal(status, 403, `${operation.name}: ${JSON.stringify(json)}`);
      }
    });
  }
  test("and nothing was made", async () => {
    assert.equal(await core.identity.tenant("intruder"), undefined);
    assert.equal(await core.identity.accountBy("name", "default" as never, "intruder"), undefined);
  });
});

test("the root key's signature opens it, with the body it was made for", async () => {
  const wanted: Ask = { method: "POST", path: "/tenants", body: { name: "asia" } };
  const good = await ask(signed(wanted, rootKey));
  assert.equal(good.status, 201, JSON.stringify(good.json));
  const exchanged = await ask({ ...signed(wanted, rootKey), body: { name: "mars" } });
  assert.equal(exchanged.json.error, "digestMismatch");
  assert.equal(await core.identity.tenant("mars"), undefined);
});

test("what is no request of this API is refused by name", async () => {
  assert.deepEqual([(await ask({ path: "/nothing" })).status, (await ask({ method: "DELETE", path: "/tenants" })).status], [404, 405]);
  for (const body of ["[]", "{", "null", '"x"']) assert.equal((await ask({ method: "POST", path: "/tenants", body })).status, 400, body);
  assert.equal((await ask({ method: "POST", path: "/tenants", body: {} })).json.message, "name is missing");
  assert.equal((await ask({ method: "POST", path: "/tenants", body: { name: 5 } })).json.message, "name is not a text");
  assert.equal((await ask({ method: "POST", path: "/tenants", body: { name: "x".repeat(70_000) } })).status, 413);
  assert.equal((await ask({ method: "POST", path: "/accounts", body: '{"name":"p","__proto__":{"root":true}}' })).status, 201);
  assert.equal((await core.identity.accountBy("name", "default" as never, "p"))?.root, false);
  assert.equal((await ask({ method: "POST", path: "/accounts", body: { name: "q", root: true } })).json.root, false, "nobody is made root");
});
