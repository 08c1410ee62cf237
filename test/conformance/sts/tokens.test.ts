/** Temporary keys through every signature of OSS and S3, in headers, URLs and forms: what opens, what the session's policy leaves, and every refusal in the vendor's words. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { after, before, describe, it, test } from "node:test";
import type { Context } from "../../../src/core/api.ts";
import type { Role } from "../../../src/core/model.ts";
import { createAdmin } from "../../../src/dialects/admin/admin.ts";
import { parseIdentityPolicy } from "../../../src/dialects/identity-policy.ts";
import type { Key } from "../../support/doors.ts";
import { type Signer, signers } from "../../support/signers.ts";
import { accountId, keyOf, openStsWorld, type StsWorld, signedBy, type Temporary, uid, wire, withToken } from "./helper.ts";

let world: StsWorld;
before(async () => {
  world = await openStsWorld();
});
after(() => world.close());
const ann = keyOf("ann");
const get = (signer: Signer, key: Key & { token?: string }, name = "k", bucket = "data") => world.ask(signer, { method: "GET", bucket, key: name }, key);
const put = (signer: Signer, key: Key & { token?: string }, name: string, bucket = "data") => world.ask(signer, { method: "PUT", bucket, key: name, body: "new" }, key);
const s3 = signers[0] as Signer;
const oss = signers.find(({ name }) => name === "OSS V4 header") as Signer;
const outcome = ({ status, code }: { status: number; code: string | undefined }): unknown[] => [status, code];
const admin = async (): Promise<Context> => ({
  caller: { kind: "account", account: { ...world.account, root: true }, accessKeyId: "root" },
  capability: "admin",
  action: "test",
  signal: new AbortController().signal,
  deadlineMs: performance.now() + 10_000,
});

async function trustOf(name: string): Promise<Role["trust"]> {
  const found = (await world.core.identity.listRoles(await admin(), world.account.id)).find((role) => role.name === name);
  assert.ok(found);
  return found.trust;
}

for (const signer of signers) {
  describe(signer.name, () => {
    for (const form of ["rpc", "query"] as const) {
      it(`takes a key and token issued in ${form === "rpc" ? "RAM's" : "AWS's"} form, for what the role may`, async () => {
        const writer = await world.assume(form, "writer", ann);
        const name = `by-${form}-${signer.name}`;
        assert.deepEqual(outcome(await put(signer, writer, name)), [200, undefined]);
        assert.equal((await get(signer, writer, name)).text, "new");
        const reader = await world.assume(form, "reader", ann);
        assert.equal((await get(signer, reader)).text, "bytes");
        assert.deepEqual(outcome(await put(signer, reader, "never")), [403, "AccessDenied"]);
      });
    }
    it("refuses a temporary key without its token, with another's, with one that was changed, and a lasting key with a token", async () => {
      const [one, two] = [await world.assume("rpc", "writer", ann), await world.assume("query", "writer", ann)];
      const isOss = signer.dialect === "oss";
      const { token: _, ...bare } = one;
      assert.deepEqual(outcome(await get(signer, bare)), [403, "InvalidAccessKeyId"]);
      assert.deepEqual(outcome(await get(signer, { ...one, token: two.token })), isOss ? [403, "AccessKeyIdAndSecurityTokenNotMatch"] : [400, "InvalidToken"]);
      const changed = `${one.token.slice(0, 40)}${one.token[40] === "A" ? "B" : "A"}${one.token.slice(41)}`;
      for (const token of [changed, "nonsense", ""]) {
        const answer = await get(signer, { ...one, token });
        assert.deepEqual(outcome(answer), isOss ? [403, "InvalidSecurityToken"] : [400, "InvalidToken"], token.slice(0, 20));
      }
      assert.deepEqual(outcome(await get(signer, { ...keyOf("bob"), token: one.token })), isOss ? [403, "AccessKeyIdAndSecurityTokenNotMatch"] : [400, "InvalidToken"]);
      assert.deepEqual(outcome(await get(signer, { ...one, secretAccessKey: `${one.secretAccessKey}x` })), [403, "SignatureDoesNotMatch"]);
    });
    it("has the token under the signature", async () => {
      const one = await world.assume("rpc", "writer", ann);
      // Signed as though there were none, and added afterwards.
      const { token, ...bare } = one;
      const answer = await world.send(withToken(signer, signedBy(signer, { method: "GET", bucket: "data", key: "k" }, bare), token));
      assert.deepEqual([answer.status, answer.text.includes("bytes")], [403, false], answer.text);
    });
  });
}

test("a key ends with its time, in the vendors' words", async () => {
  const key = await world.assume("rpc", "reader", ann, { DurationSeconds: "900" });
  assert.equal((await get(oss, key)).status, 200);
  world.pass(900_000);
  const [ofOss, ofS3] = [await get(oss, key), await get(s3, key)];
  assert.deepEqual(
    [outcome(ofOss), outcome(ofS3)],
    [
      [403, "SecurityTokenExpired"],
      [400, "ExpiredToken"],
    ],
  );
  assert.match(ofOss.text, /<EC>0002-00000007<\/EC>/);
  assert.equal((await world.rpc({ Action: "GetCallerIdentity" }, key)).code, "InvalidSecurityToken.Expired");
  assert.equal((await world.query({ Action: "GetCallerIdentity" }, key)).code, "ExpiredToken");
});

test("a session's policy, in either grammar, leaves less than the role has, through every dialect; a denial in it binds", async () => {
  const aws = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource: "arn:aws:s3:::data/in/*" },
      { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" },
    ],
  });
  const ram = JSON.stringify({
    Version: "1",
    Statement: [
      { Effect: "Allow", Action: ["oss:GetObject", "oss:PutObject", "oss:DeleteObject"], Resource: ["acs:oss:*:*:data/in/*"] },
      { Effect: "Deny", Action: ["oss:DeleteObject"], Resource: ["acs:oss:*:*:*"] },
    ],
  });
  for (const [form, Policy] of [
    ["rpc", ram],
    ["query", aws],
  ] as const) {
    const key = await world.assume(form, "writer", ann, { Policy });
    for (const signer of [oss, s3]) {
      assert.equal((await put(signer, key, `in/${form}`)).status, 200, form);
      assert.equal((await get(signer, key, `in/${form}`)).text, "new");
      for (const answer of [
        await get(signer, key),
        await put(signer, key, "out"),
        await put(signer, key, "in/x", "more"),
        await world.ask(signer, { method: "DELETE", bucket: "data", key: `in/${form}` }, key),
        await world.ask(signer, { method: "GET", bucket: "data" }, key),
        await world.ask(signer, { method: "GET" }, key),
        await world.ask(signer, { method: "PUT", bucket: "made" }, key),
        await world.ask(signer, { method: "DELETE", bucket: "more" }, key),
        await world.ask(signer, { method: "PUT", bucket: "data", query: { acl: undefined }, headers: { [signer === oss ? "x-oss-acl" : "x-amz-acl"]: "public-read" } }, key),
      ])
        assert.deepEqual(outcome(answer), [403, "AccessDenied"]);
    }
  }
  const wide = await world.assume("rpc", "reader", ann, { Policy: '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}' });
  for (const signer of [oss, s3]) {
    assert.equal((await get(signer, wide)).text, "bytes");
    assert.deepEqual(outcome(await put(signer, wide, "never")), [403, "AccessDenied"], "a session's policy gave what the role has not");
  }
});

test("a temporary key of an account or a user may what they may, and administers nothing", async () => {
  const of = async (key: Key): Promise<Temporary> => {
    const answer = await world.query({ Action: "GetSessionToken", DurationSeconds: "900" }, key);
    return { accessKeyId: answer.element("AccessKeyId") ?? "", secretAccessKey: answer.element("SecretAccessKey") ?? "", token: answer.element("SessionToken") ?? "" };
  };
  const [main, bob] = [await of(keyOf("main")), await of(keyOf("bob"))];
  for (const signer of [oss, s3]) {
    assert.equal((await put(signer, main, "of-main")).status, 200);
    assert.equal((await put(signer, bob, "of-bob")).status, 200);
  }
  const opened = await world.core.identity.session(main.token);
  assert.ok(opened.outcome === "good" && opened.caller.kind === "account");
  const context = { ...(await admin()), caller: { ...opened.caller, account: { ...opened.caller.account, root: true } } };
  await assert.rejects(world.core.identity.listTenants(context), /accessDenied/);
});

test("the root account's temporary key opens the admin API no more than anybody's", async () => {
  const { core } = world;
  const clock = { wallMs: () => Date.now(), sequenceMs: () => Date.now(), monotonicMs: () => performance.now() };
  const silent = { info() {}, warn() {}, error() {} };
  const api = createAdmin({ core, clock, log: silent, adminToken: "", server: () => ({}) });
  const issued = await world.query({ Action: "GetSessionToken" }, keyOf("root"));
  const temporary = { accessKeyId: issued.element("AccessKeyId") ?? "", secretAccessKey: issued.element("SecretAccessKey") ?? "", token: issued.element("SessionToken") ?? "" };
  const status = async (key: Key & { token?: string }): Promise<number> => {
    const headers = { "x-amz-content-sha256": createHash("sha256").update("").digest("hex") };
    const request = signedBy(s3, { method: "GET", bucket: "-", key: "admin/v1/tenants", headers }, key);
    return (await api.handle(wire(request, 1))).status;
  };
  assert.deepEqual([await status(keyOf("root")), await status(temporary), await status(keyOf("main"))], [200, 403, 403]);
});

test("a session's policy binds what is asked of the service too: access points, and what an account keeps closed", async () => {
  // An account's own sessions carry no policy over the wire; the evaluator is asked as for one that does.
  const policy = parseIdentityPolicy('{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}]}');
  const context = {
    ...(await admin()),
    caller: { kind: "account", account: world.account, accessKeyId: "t", session: { expiresMs: 0, policy } },
    capability: "service.own",
  } as const;
  const tenant = world.account.tenant;
  await assert.rejects(world.core.points.list(context, { tenant, after: "", max: 10 }), /accessDenied/);
  await assert.rejects(world.core.identity.publicAccess(context, world.account.id), /accessDenied/);
  await assert.rejects(world.core.identity.setPublicAccess(context, { account: world.account.id, publicAccess: undefined }), /accessDenied/);
  const { session: _, ...lasting } = context.caller;
  assert.deepEqual((await world.core.points.list({ ...context, caller: lasting }, { tenant, after: "", max: 10 })).points, []);
});

test("what a key stands on ends it at once: the key it was issued with, the role, the role's sessions", async () => {
  const context = await admin();
  const account = world.account.id;
  const { id: issuing, secret } = await world.core.identity.createKey(context, { account, user: "ann" });
  const first = await world.assume("rpc", "reader", { accessKeyId: issuing, secretAccessKey: secret });
  assert.equal((await get(s3, first)).status, 200);
  await world.core.identity.deleteKey(context, issuing);
  assert.deepEqual(
    [outcome(await get(s3, first)), outcome(await get(oss, first))],
    [
      [400, "InvalidToken"],
      [403, "InvalidSecurityToken"],
    ],
  );
  const second = await world.assume("rpc", "reader", ann);
  world.pass(1);
  await world.core.identity.endSessions(context, { account, name: "reader" });
  assert.equal((await get(s3, second)).status, 400);
  world.pass(1);
  const third = await world.assume("rpc", "reader", ann);
  assert.equal((await get(s3, third)).status, 200);
  await world.core.identity.deleteRole(context, { account, name: "reader" });
  const trust = await trustOf("writer");
  await world.core.identity.setRole(context, { account, name: "reader", trust });
  assert.equal((await get(s3, third)).status, 400, "a new role of the same name took what was issued for the old one");
});

test("a bucket's policy names a role, or one of its sessions, in either grammar", async () => {
  await world.core.identity.setRole(await admin(), {
    account: world.account.id,
    name: "plain",
    trust: await trustOf("writer"),
  });
  const [one, two] = [await world.assume("rpc", "plain", keyOf("main")), await world.assume("rpc", "plain", keyOf("main"), { RoleSessionName: "another" })];
  assert.deepEqual(outcome(await get(s3, one, "k", "more")), [403, "AccessDenied"]);
  const aws = (AWS: string) => ({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "s3:GetObject", Resource: "arn:aws:s3:::more/*" }] });
  const ram = (principal: string) => ({ Version: "1", Statement: [{ Effect: "Allow", Principal: [principal], Action: ["oss:GetObject"], Resource: ["acs:oss:*:*:more/*"] }] });
  for (const [signer, document, ofTwo] of [
    [s3, aws(`arn:aws:iam::${accountId}:role/plain`), 200],
    [s3, aws(`arn:aws:sts::${accountId}:assumed-role/plain/test-session`), 403],
    [oss, ram(`acs:ram::${uid}:role/plain`), 200],
    [oss, ram(`arn:sts::${uid}:assumed-role/plain/test-session`), 403],
  ] as const) {
    const answer = await world.ask(signer, { method: "PUT", bucket: "more", query: { policy: undefined }, body: JSON.stringify(document) }, keyOf("main"));
    assert.ok(answer.status === 200 || answer.status === 204, answer.text);
    for (const reading of [oss, s3])
      assert.deepEqual([(await get(reading, one, "k", "more")).status, (await get(reading, two, "k", "more")).status], [200, ofTwo], JSON.stringify(document));
  }
});

test("forms of browsers carry the token as a field, which S3's policy has to name", async () => {
  const key = await world.assume("rpc", "writer", keyOf("main"));
  const { token } = key;
  const expiration = new Date(Date.now() + 600_000).toISOString();
  const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64");
  const sign = (secret: string, text: string): string => createHmac("sha1", secret).update(text).digest("base64");
  const post = (fields: Record<string, string>) => {
    const parts = Object.entries(fields).map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
    const body = `${parts.join("")}--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nof a form\r\n--b--\r\n`;
    return world.send({ method: "POST", bucket: "data", headers: { "content-type": "multipart/form-data; boundary=b" }, body });
  };
  const ossPolicy = base64({ expiration, conditions: [{ bucket: "data" }] });
  const ossForm = { key: "form-oss", OSSAccessKeyId: key.accessKeyId, policy: ossPolicy, Signature: sign(key.secretAccessKey, ossPolicy) };
  assert.deepEqual(outcome(await post(ossForm)), [403, "InvalidAccessKeyId"]);
  assert.deepEqual(outcome(await post({ ...ossForm, "x-oss-security-token": "other" })), [403, "InvalidSecurityToken"]);
  assert.equal((await post({ ...ossForm, "x-oss-security-token": token })).status, 204);
  const s3Policy = (...more: object[]): string => base64({ expiration, conditions: [{ bucket: "data" }, ["starts-with", "$key", ""], ...more] });
  const s3Form = (policy: string) => ({ key: "form-s3", AWSAccessKeyId: key.accessKeyId, policy, signature: sign(key.secretAccessKey, policy), "x-amz-security-token": token });
  assert.deepEqual(outcome(await post(s3Form(s3Policy()))), [403, "AccessDenied"]);
  assert.equal((await post(s3Form(s3Policy({ "x-amz-security-token": token })))).status, 204);
  for (const name of ["form-oss", "form-s3"]) assert.equal((await get(s3, key, name)).text, "of a form");
});
