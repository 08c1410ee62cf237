import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { isDomainError } from "../errors.ts";
import { tables } from "../keys.ts";
import type { ObjectKey, Versioning } from "../model.ts";
import { decodeJson } from "../records.ts";
import { asKey, put, rowsOf, type TestBucket, type TestPorts, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { onView } from "../view.ts";
import { type EventKind, type EventRule, eventKinds, type WaitingEvent } from "./model.ts";
import { outboxCounter, outboxCounters } from "./outbox-counters.ts";
import { boundNotifications, ruleFor } from "./rules.ts";

const rule = (more: Partial<EventRule> = {}): EventRule => ({ id: "r", target: "hook", kinds: [...eventKinds], prefix: "", suffix: "", named: "arn", asked: ["*"], ...more });
const refusal = (rules: EventRule[]): string | undefined => {
  try {
    boundNotifications({ rules, bus: false });
    return undefined;
  } catch (error) {
    assert.ok(isDomainError(error), String(error));
    return error.kind === "invalidArgument" ? String((error.detail as { argument: string }).argument) : error.kind;
  }
};

async function tell(ports: TestPorts, bucket: TestBucket, rules: EventRule[] = [rule()]): Promise<void> {
  const document = { model: { rules, bus: false }, writer: "test", raw: "" };
  await createCore(ports).documents.put(testContext("bucket.own"), { tenant: bucket.tenant, bucket: bucket.bucket, kind: "notifications", document });
}
type Waiting = WaitingEvent & { target: string };
async function outbox(ports: TestPorts): Promise<Waiting[]> {
  const rows = await rowsOf(ports, tables.outbox.range());
  return rows.map(({ key, value }) => ({ ...decodeJson<WaitingEvent>(value), target: tables.outbox.read(key)[0] }));
}
const kindsOf = async (ports: TestPorts): Promise<string[]> => (await outbox(ports)).filter(({ kind }) => kind !== "test").map(({ kind, object }) => `${kind} ${object?.key}`);
async function world(versioning: Versioning = "off") {
  const ports = testPorts();
  const bucket = await testBucket(ports, { versioning });
  return { ports, bucket, core: createCore(ports), address: { tenant: bucket.tenant, bucket: bucket.bucket } };
}
const miscounted = async (ports: TestPorts): Promise<string[]> => (await checkStore(ports)).flatMap(({ what, where }) => (what === "counterWrong" ? [where] : []));
const attributes = { headers: {}, metadata: [], acl: "inherit" as const };

describe("Rules of notifications", () => {
  it("cannot overlap, share an id, or be too many or too long", () => {
    assert.equal(refusal([rule()]), undefined);
    assert.equal(refusal([rule(), rule({ id: "s" })]), "Event");
    assert.equal(refusal([rule({ prefix: "a/" }), rule({ id: "s", prefix: "b/" })]), undefined);
    assert.equal(refusal([rule({ prefix: "a/" }), rule({ id: "s", prefix: "a/b" })]), "Event", "one begins the other");
    assert.equal(refusal([rule({ prefix: "a/", suffix: ".jpg" }), rule({ id: "s", prefix: "a/b", suffix: ".png" })]), undefined);
    assert.equal(refusal([rule({ suffix: ".jpg" }), rule({ id: "s", suffix: "g" })]), "Event");
    assert.equal(refusal([rule({ kinds: ["created.put"] }), rule({ id: "s", kinds: ["removed.version"] })]), undefined);
    assert.equal(refusal([rule({ prefix: "a" }), rule({ prefix: "b" })]), "Id");
    assert.equal(refusal([rule({ prefix: "é".repeat(513) })]), "FilterRule");
    assert.equal(refusal(Array.from({ length: 101 }, (_, n) => rule({ id: `${n}`, prefix: `${n}/` }))), "tooManyConfigurations");
  });
  it("choose by kind, beginning and end, which may not share characters of a short key", () => {
    const rules = { rules: [rule({ prefix: "ab", suffix: "bc", kinds: ["created.put"] })], bus: false };
    const asked = (key: string, kind: EventKind = "created.put") => ruleFor(rules, kind, key)?.id;
    assert.deepEqual([asked("ab/bc"), asked("abc"), asked("abbc"), asked("ab/bcd"), asked("xab/bc"), asked("ab/bc", "acl.put")], ["r", "r", "r", undefined, undefined, undefined]);
  });
});

describe("Events of changes", () => {
  it("come with the change, for the rule that fits, and cost a bucket without rules nothing", async () => {
    const { ports, bucket, core, address } = await world();
    await put(ports, bucket, "before", "1");
    assert.deepEqual(await outbox(ports), []);
    await tell(ports, bucket, [rule({ prefix: "in/" }), rule({ id: "out", target: "other", prefix: "out/", kinds: ["removed.version"] })]);
    assert.deepEqual((await outbox(ports)).map(({ kind, target }) => `${kind} ${target}`).sort(), ["test hook", "test other"]);
    const key = asKey("in/a");
    const { version } = await put(ports, bucket, "in/a", "123");
    await put(ports, bucket, "out/b", "1");
    await core.objects.copy(testContext("object.write"), {
      ...address,
      key: asKey("in/copy"),
      source: { ...address, key },
      sourceAction: "test",
      acl: "inherit",
      ontoItself: "refuse",
    });
    await core.objects.setTags(testContext("object.writeTags"), { ...address, key, tags: [["a", "b"]] });
    await core.objects.setTags(testContext("object.writeTags"), { ...address, key, tags: [] });
    await core.objects.setAcl(testContext("object.writeAcl"), { ...address, key, acl: "private" });
    await core.objects.append(testContext("object.write"), { ...address, key: asKey("in/grown"), offset: 0, body: testBody("x"), ...attributes });
    await core.objects.rename(testContext("object.write"), { ...address, source: asKey("in/copy"), key: asKey("in/renamed"), readAction: "test", deleteAction: "test" });
    await core.objects.putLink(testContext("object.write"), { ...address, key: asKey("in/link"), target: { key: asKey("out/b") }, ...attributes });
    await core.objects.delete(testContext("object.delete"), { ...address, key });
    await core.objects.delete(testContext("object.delete"), { ...address, key: asKey("in/absent") });
    await core.objects.deleteMany(testContext("object.delete"), { ...address, entries: [{ key: asKey("out/b") }, { key: asKey("in/grown") }] });
    assert.deepEqual((await kindsOf(ports)).sort(), [
      "acl.put in/a",
      "created.copy in/copy",
      "created.copy in/renamed",
      "created.put in/a",
      "created.put in/grown",
      "created.put in/link",
      "removed.version in/a",
      "removed.version in/copy",
      "removed.version in/grown",
      "removed.version out/b",
      "tags.put in/a",
      "tags.removed in/a",
    ]);
    const [first] = (await outbox(ports)).filter(({ kind }) => kind === "created.put");
    assert.deepEqual([first?.object?.size, first?.object?.etag, first?.object?.sequencer, first?.ruleId], [3, version.etag, version.sequence, "r"]);
    const sequencers = (await outbox(ports)).filter(({ object }) => object?.key === "in/a").map(({ kind, object }) => [object?.sequencer ?? 0, kind] as const);
    assert.deepEqual(
      [...sequencers].sort(([a], [b]) => a - b).map(([, kind]) => kind),
      ["created.put", "tags.put", "tags.removed", "acl.put", "removed.version"],
      "the order of the sequencers is that of the changes",
    );
  });

  it("tell markers from versions, and multipart uploads from puts", async () => {
    const { ports, bucket, core, address } = await world("enabled");
    await tell(ports, bucket);
    const key = asKey("k");
    const { version } = await put(ports, bucket, "k", "1");
    await core.objects.delete(testContext("object.delete"), { ...address, key });
    await core.objects.delete(testContext("object.delete"), { ...address, key, version: version.sequence });
    const upload = await core.uploads.create(testContext("upload.write"), { ...address, key: asKey("big"), ...attributes });
    const part = await core.uploads.putPart(testContext("upload.write"), { ...address, key: asKey("big"), uploadId: upload.id, partNumber: 1, body: testBody("12") });
    await core.uploads.complete(testContext("upload.write"), { ...address, key: asKey("big"), uploadId: upload.id, parts: [{ number: 1, etag: part.etag }], partSizeMinimum: 1 });
    assert.deepEqual(await kindsOf(ports), ["created.put k", "removed.marker k", "removed.version k", "created.parts big"]);
    const removed = (await outbox(ports)).find(({ kind }) => kind === "removed.version");
    assert.equal(removed?.object?.version?.sequence, version.sequence);
  });

  it("tell a browser's form from a put by what the request says of itself", async () => {
    const { ports, bucket } = await world();
    await tell(ports, bucket, [rule({ kinds: ["created.form"] })]);
    const facts = (name: string) => (name === "request.form" ? ["true"] : name === "request.ip" ? ["192.0.2.9"] : name === "request.id" ? ["RID"] : undefined);
    await put(ports, bucket, "put", "1");
    await put(ports, bucket, "form", "1", {}, { ...testContext("object.write"), facts });
    const [event] = (await outbox(ports)).filter(({ kind }) => kind !== "test");
    assert.deepEqual([event?.kind, event?.object?.key, event?.source.address, event?.source.requestId], ["created.form", "form", "192.0.2.9", "RID"]);
    assert.deepEqual(await kindsOf(ports), ["created.form form"]);
  });

  it("are never without the change: what is refused tells nobody", async () => {
    const { ports, bucket } = await world();
    await tell(ports, bucket);
    await put(ports, bucket, "k", "1");
    const before = await kindsOf(ports);
    await assert.rejects(put(ports, bucket, "k", "2", { condition: { ifAbsent: true } }));
    await assert.rejects(put(ports, bucket, "k", "2", {}, testContext("object.write", { kind: "anonymous" })));
    assert.deepEqual(await kindsOf(ports), before);
  });

  it("are counted, and outlive the bucket, whose next generation tells nobody", async () => {
    const { ports, bucket, core, address } = await world();
    await tell(ports, bucket);
    await put(ports, bucket, "k", "1");
    await core.objects.delete(testContext("object.delete"), { ...address, key: asKey("k") });
    await core.buckets.delete(testContext("bucket.own"), { ...address, openUploads: "refuse" });
    const again = await testBucket(ports);
    await put(ports, again, "k", "1");
    assert.deepEqual(await kindsOf(ports), ["created.put k", "removed.version k"]);
    assert.equal(await onView(ports, (view) => view.sum(outboxCounter("hook"))), 3, "with the test of the rules");
    assert.deepEqual(await miscounted(ports), []);
    assert.equal((await onView(ports, (view) => view.counters(outboxCounters))).length, 1);
  });

  it("end with the rules", async () => {
    const { ports, bucket, core, address } = await world();
    await tell(ports, bucket);
    await core.documents.remove(testContext("bucket.own"), { ...address, kind: "notifications" });
    await put(ports, bucket, "k", "1");
    assert.deepEqual(await kindsOf(ports), []);
    await ports.metadata.commit({ expect: [], put: [], remove: [], add: [{ counter: outboxCounter("hook"), delta: 1 }] });
    assert.deepEqual(await miscounted(ports), ["events for hook"]);
    const key: ObjectKey = asKey("k");
    assert.equal((await core.objects.head(testContext("object.read"), { ...address, key })).version.size, 1);
  });
});
