import assert from "node:assert/strict";
import { test } from "node:test";
import type { Statement } from "../access/policy/model.ts";
import type { Context } from "../api.ts";
import { createCore } from "../core.ts";
import { isDomainError } from "../errors.ts";
import type { BucketName, ObjectKey } from "../model.ts";
import { drain, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import type { Logging } from "./model.ts";

const logging = (more: Partial<Logging> = {}): Logging => ({ target: "logs" as BucketName, prefix: "p/", by: "owner", names: "plain", grants: [], ...more });
const user: Context["caller"] = { kind: "user", account: testAccount(), user: "ann", accessKeyId: "K" };
const allow = (action: string, resource: string): Statement => ({
  effect: "allow",
  who: { not: false, principals: [{ account: "1".repeat(12), user: "ann" }] },
  actions: { not: false, patterns: [[action]] },
  resources: { not: false, patterns: [[resource, 1]] },
  conditions: [],
});
async function world() {
  const ports = testPorts();
  const source = await testBucket(ports, { name: "source" });
  const logs = await testBucket(ports, { name: "logs" });
  const core = createCore(ports);
  const put = (model: Logging, context = testContext("bucket.own")) =>
    core.documents.put(context, { tenant: source.tenant, bucket: source.bucket, kind: "logging", document: { model, writer: "oss", raw: "" } });
  return { ports, core, source, logs, put };
}

test("the owner's right is lent to none who could not write into the target", async () => {
  const { core, source, logs, put } = await world();
  const policy = (bucket: typeof logs, ...statements: Statement[]) =>
    core.documents.put(testContext("bucket.own"), { tenant: bucket.tenant, bucket: bucket.bucket, kind: "policy", document: { model: { statements }, writer: "", raw: "" } });
  const asUser = { ...testContext("bucket.own", user), action: "PutBucketLogging" };
  await policy(source, allow("PutBucketLogging", "source"));
  await assert.rejects(put(logging(), asUser), (error) => isDomainError(error, "accessDenied"));
  await put(logging({ target: "source" as BucketName }), testContext("bucket.own"));
  await policy(logs, allow("PutObject", "logs/p/"));
  await assert.rejects(put(logging({ prefix: "q/" }), asUser), (error) => isDomainError(error, "accessDenied"));
  await put(logging(), asUser);
});

test("a log is an object of the target's owner, written durably, and a target with a default retention takes none", async () => {
  const { core, source, put } = await world();
  await put(logging());
  const plan = await core.logging.plan(source);
  assert.equal(plan?.dialect, "oss");
  const key = "p/log" as ObjectKey;
  await core.logging.deliver({ plan, key, lines: Buffer.from("line\n"), facts: () => undefined });
  const found = await core.objects.open(testContext("object.read"), { tenant: source.tenant, bucket: "logs" as BucketName, key, onBadRange: "fail" });
  assert.equal((await drain(found.body)).toString(), "line\n");
  assert.deepEqual([found.version.owner, found.version.headers.contentType], [source.state.owner, "text/plain"]);
});

test("a target must take logs: not one that keeps everything, nor one that charges", async () => {
  const { ports, core, put } = await world();
  const refused = (why: string) => (error: unknown) => isDomainError(error, "logTargetInvalid") && error.detail.why === why;
  const locked = await testBucket(ports, { name: "locked", versioning: "enabled", lock: true });
  await core.buckets.setLock(testContext("bucket.own"), { ...locked, default: { mode: "governance", count: 1, unit: "days" } });
  await assert.rejects(put(logging({ target: "locked" as BucketName })), refused("lock"));
  const paid = await testBucket(ports, { name: "paid" });
  await core.documents.put(testContext("bucket.own"), { ...paid, kind: "payment", document: { model: { payer: "requester" }, writer: "", raw: "" } });
  await assert.rejects(put(logging({ target: "paid" as BucketName })), refused("payer"));
  await assert.rejects(put(logging({ target: "absent" as BucketName })), refused("missing"));
  await assert.rejects(put(logging({ by: "server" })), refused("permission"));
});
