/** Users' policies and the explanation of a decision, through the admin API, beside a bucket's policy. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Core } from "../../core/api.ts";
import { createCore } from "../../core/core.ts";
import type { Account, BucketName, Caller, ObjectKey, TenantName } from "../../core/model.ts";
import { testBody, testContext, testPorts } from "../../core/testing.ts";
import { VendorError } from "../error-table.ts";
import { parsePolicy } from "../s3/policy/parse.ts";
import type { Headers, WireRequest } from "../wire.ts";
import { createAdmin } from "./admin.ts";
import { readIdentities } from "./identities-file.ts";

const token = "t".repeat(48);
const tenant = "default" as TenantName;
const box = { tenant, bucket: "box" as BucketName };
const object = { ...box, key: "k" as ObjectKey };
let core: Core;
let main: Account;
let alt: Account;
let ask: (method: string, path: string, query?: [string, string][], body?: unknown) => Promise<{ status: number; json: Record<string, unknown> }>;

const statement = (parts: Record<string, unknown>) => ({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::box/*", ...parts });
const policy = (...statements: Record<string, unknown>[]) => ({ Version: "2012-10-17", Statement: statements });
const user = (account: Account): Caller => ({ kind: "user", account, user: "ann", accessKeyId: "k" });
const read = (caller: Caller) => core.objects.head({ ...testContext("object.read", caller), action: "s3:GetObject" }, object);
const denied = { kind: "accessDenied" };
async function setBucketPolicy(...statements: Record<string, unknown>[]) {
  const raw = JSON.stringify(policy(...statements));
  const document = { model: parsePolicy(Buffer.from(raw), { bucket: "box" }), writer: "s3", raw };
  await core.documents.put(testContext("bucket.own", main), { ...box, kind: "policy", document });
}

before(async () => {
  const ports = testPorts();
  core = createCore(ports);
  await core.identity.apply({
    accounts: [
      { tenant, name: "root", root: true },
      { tenant, name: "main", accountId: "000000000001", users: [{ name: "ann" }] },
      { tenant, name: "alt", accountId: "000000000002", users: [{ name: "ann" }] },
    ],
  });
  main = (await core.identity.accountBy("name", tenant, "main")) as Account;
  alt = (await core.identity.accountBy("name", tenant, "alt")) as Account;
  const made = { storageClass: "standard", redundancy: "local", region: "", overwrite: "allowed", ifOwned: "refuse" } as const;
  await core.buckets.create(testContext("service.createBucket", main), { ...box, ...made });
  await core.objects.put(testContext("object.write", main), { ...object, headers: {}, metadata: [], acl: "private", body: testBody("1") });
  const { handle } = createAdmin({ core, clock: ports.clock, log: ports.log, adminToken: token, server: () => ({}) });
  ask = async (method, path, query = [], body = undefined) => {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    let sent = false;
    const headers = Object.assign(Object.create(null), { authorization: `Bearer ${token}` }) as Headers;
    const parameters = query.map(([name, value]) => ({ name, value, rawName: name, rawValue: value, bare: false }));
    const source = { read: async () => (sent ? undefined : ((sent = true), bytes)), close() {} };
    const request = { method, rawPath: `/-/admin/v1${path}`, query: parameters, headers, body: source, signal: new AbortController().signal } as unknown as WireRequest;
    const reply = await handle(request);
    return { status: reply.status, json: reply.body === undefined ? {} : (JSON.parse(String(reply.body)) as Record<string, unknown>) };
  };
});

const policies = (account: Account, name = "") => `/accounts/${account.id}/users/ann/policies${name === "" ? "" : `/${name}`}`;

describe("policies of users", () => {
  it("are put, listed as written, replaced and removed, and count from the next request on", async () => {
    await assert.rejects(read(user(main)), denied);
    const document = policy(statement({ Sid: "mine" }));
    assert.equal((await ask("POST", policies(main, "reads"), [], document)).status, 201);
    assert.deepEqual((await ask("GET", policies(main))).json, { policies: [{ name: "reads", document }] });
    await read(user(main));
    await assert.rejects(core.objects.delete({ ...testContext("object.delete", user(main)), action: "s3:DeleteObject" }, object), denied);
    assert.equal((await ask("POST", policies(main, "denies"), [], policy(statement({ Effect: "Deny", Action: "*" })))).status, 201);
    await assert.rejects(read(user(main)), denied);
    assert.equal((await ask("DELETE", policies(main, "denies"))).status, 204);
    await read(user(main));
    assert.equal((await ask("DELETE", policies(main, "denies"))).status, 404);
    assert.equal((await ask("DELETE", policies(main, "reads"))).status, 204);
    await assert.rejects(read(user(main)), denied);
  });

  it("and the bucket's policy must both allow a user of another account", async () => {
    await ask("POST", policies(alt, "all"), [], policy(statement({ Action: "s3:*", Resource: "*" })));
    await assert.rejects(read(user(alt)), denied);
    await setBucketPolicy(statement({ Principal: { AWS: "arn:aws:iam::000000000002:root" } }));
    await read(user(alt));
    await ask("DELETE", policies(alt, "all"));
    await assert.rejects(read(user(alt)), denied);
    await setBucketPolicy(statement({ Principal: "*" }));
    await assert.rejects(read(user(alt)), denied, "for everybody, but its own account has not allowed it");
    await read(user(main));
    await read({ kind: "anonymous" });
  });

  it("let a user list and make buckets of its account", async () => {
    const list = () => core.buckets.list({ ...testContext("service.listBuckets", user(main)), action: "s3:ListAllMyBuckets" }, { tenant, prefix: "", after: "", limit: 10 });
    await assert.rejects(list(), denied);
    await ask("POST", policies(main, "lists"), [], policy(statement({ Action: "s3:ListAllMyBuckets", Resource: "*" })));
    assert.deepEqual(
      (await list()).buckets.map(({ name }) => name),
      ["box"],
    );
    await ask("DELETE", policies(main, "lists"));
  });

  it("let a user give a new bucket an ACL and locks, or an old one another ACL, only by rights of their own", async () => {
    const made = { tenant, storageClass: "standard", redundancy: "local", region: "", overwrite: "allowed", ifOwned: "keep" } as const;
    const make = (name: string, more: { acl?: "publicRead"; lock?: boolean } = {}) =>
      core.buckets.create({ ...testContext("service.createBucket", user(main)), action: "s3:CreateBucket" }, { ...made, bucket: name as BucketName, ...more });
    const may = (...actions: string[]) => ask("POST", policies(main, "makes"), [], policy(statement({ Action: actions.map((name) => `s3:${name}`), Resource: "*" })));
    await may("CreateBucket");
    await make("first");
    await assert.rejects(make("second", { acl: "publicRead" }), denied);
    await assert.rejects(make("second", { lock: true }), denied);
    await assert.rejects(make("first", { acl: "publicRead" }), denied, "one that is there");
    await may("CreateBucket", "PutBucketAcl");
    await make("second", { acl: "publicRead" });
    assert.equal((await make("first", { acl: "publicRead" })).state.acl, "publicRead");
    await assert.rejects(make("third", { lock: true }), denied);
    await may("CreateBucket", "PutBucketObjectLockConfiguration", "PutBucketVersioning");
    await make("third", { lock: true });
    await ask("DELETE", policies(main, "makes"));
    const raw = JSON.stringify(policy({ Effect: "Deny", Principal: "*", Action: "s3:PutBucketAcl", Resource: "arn:aws:s3:::first" }));
    const address = { tenant, bucket: "first" as BucketName };
    await core.documents.put(testContext("bucket.own", main), {
      ...address,
      kind: "policy",
      document: { model: parsePolicy(Buffer.from(raw), { bucket: "first" }), writer: "s3", raw },
    });
    const byOwner = { ...testContext("service.createBucket", main), action: "oss:PutBucket" };
    await assert.rejects(core.buckets.create(byOwner, { ...made, ...address, acl: "private" }), denied, "making it again is no way around its policy");
    await core.buckets.create(byOwner, { ...made, ...address });
  });

  it("come with the identities file, which changes and never removes them", async () => {
    const file = (document: unknown, name = "file") =>
      readIdentities(JSON.stringify({ accounts: [{ tenant, name: "main", users: [{ name: "ann", policies: [{ name, document }] }] }] }));
    const reading = policy(statement({ Sid: "file" }));
    assert.deepEqual(await core.identity.apply(file(reading)), { created: 1, changed: 0 });
    await read(user(main));
    assert.deepEqual(await core.identity.apply(file(reading)), { created: 0, changed: 0 });
    assert.deepEqual(await core.identity.apply(file(policy(statement({ Effect: "Deny" })))), { created: 0, changed: 1 });
    await assert.rejects(read(user(main)), denied);
    assert.deepEqual(await core.identity.apply(readIdentities('{"accounts":[{"tenant":"default","name":"main","users":[{"name":"ann","policies":[]}]}]}')), {
      created: 0,
      changed: 0,
    });
    await assert.rejects(read(user(main)), denied, "a file without it takes nothing away");
    assert.equal((await ask("DELETE", policies(main, "file"))).status, 204);
    for (const [document, name] of [
      [{ Statement: [] }, "file"],
      [undefined, "file"],
      [policy(statement({ Principal: "*" })), "file"],
    ] as const)
      assert.throws(() => file(document, name), VendorError);
    for (const name of ["a b", 7 as unknown as string]) await assert.rejects(core.identity.apply(file(reading, name)), { kind: "invalidArgument" });
    assert.deepEqual(readIdentities('{"accounts":[null],"later":1}'), { accounts: [null], later: 1 }, "what is no account is left to who applies it");
  });

  it("are refused when they are none", async () => {
    for (const document of [{}, policy(statement({ Principal: "*" })), policy(statement({ Effect: "Maybe" }))]) {
      const { status, json } = await ask("POST", policies(main, "bad"), [], document);
      assert.deepEqual([status, json.error], [400, "malformedPolicy"]);
    }
    assert.equal((await ask("POST", policies(main, "a%20b"), [], policy(statement({})))).status, 400);
    assert.equal((await ask("POST", `/accounts/${main.id}/users/nobody/policies/p`, [], policy(statement({})))).status, 404);
    assert.deepEqual((await ask("GET", policies(main))).json, { policies: [] });
  });
});

describe("an explanation", () => {
  const explain = async (...query: [string, string][]) => (await ask("GET", "/explain", [["bucket", "box"], ...query])).json;
  const reading: [string, string][] = [
    ["action", "s3:GetObject"],
    ["key", "k"],
  ];
  it("names the statements that decide", async () => {
    await setBucketPolicy(
      statement({ Sid: "open", Principal: "*" }),
      statement({ Sid: "office", Principal: "*", Effect: "Deny", Condition: { NotIpAddress: { "aws:SourceIp": "192.0.2.0/24" } } }),
    );
    const inside = await explain(...reading, ["aws:SourceIp", "192.0.2.7"]);
    assert.deepEqual([inside.allowed, inside.statements], [true, ["bucket policy: open"]]);
    const outside = await explain(...reading, ["aws:SourceIp", "198.51.100.7"], ["account", main.id]);
    assert.deepEqual([outside.allowed, outside.statements], [false, ["bucket policy: office"]]);
    const policyItself = await explain(["action", "s3:GetBucketPolicy"], ["account", main.id]);
    assert.deepEqual([policyItself.allowed, policyItself.reason], [true, "bucket owner"]);
    const byAcl = await explain(["action", "s3:ListBucket"], ["account", alt.id]);
    assert.deepEqual([byAcl.allowed, byAcl.statements], [false, []]);
  });
  it("refuses what it cannot answer", async () => {
    assert.equal((await ask("GET", "/explain", [["bucket", "none"], ...reading])).status, 404);
    assert.equal((await ask("GET", "/explain", [["bucket", "box"]])).status, 400);
    assert.equal(
      (
        await ask("GET", "/explain", [
          ["bucket", "box"],
          ["action", "s3:GetObject"],
        ])
      ).status,
      400,
      "an object is needed",
    );
    assert.equal((await ask("GET", "/explain", [["bucket", "box"], ...reading, ["s3:nonsense", "1"]])).status, 400);
    assert.equal((await ask("GET", "/explain", [["bucket", "box"], ...reading, ["account", "nobody"]])).status, 404);
  });
});
