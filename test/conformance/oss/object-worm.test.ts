import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, openWorld, other, user, type World } from "./helper.ts";

let world: World;
type More = { as?: typeof other; headers?: Record<string, string> };
const ask = (method: string, path: string, query: Record<string, string> = {}, body?: string, more: More = {}) =>
  world.ask({ method, path, query, ...(body === undefined ? {} : { body }), ...more });
const enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
before(async () => {
  world = await openWorld();
  for (const bucket of ["locked", "plain"]) await ask("PUT", `/${bucket}/`);
  await ask("PUT", "/locked/", { versioning: "" }, enable);
});
after(() => world.close());

const told = ({ status, code }: Answer) => [status, code];
const rule = (text: string): string => `<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled>${text}</ObjectWormConfiguration>`;
const byDefault = (mode: string, period: string): string => rule(`<Rule><DefaultRetention><Mode>${mode}</Mode>${period}</DefaultRetention></Rule>`);
const retention = (mode: string, until: string): string => `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
const hold = (status: string): string => `<LegalHold><Status>${status}</Status></LegalHold>`;
const mode = "x-oss-object-worm-mode";
const until = "x-oss-object-worm-retain-until-date";
const legal = "x-oss-object-worm-legal-hold";
const bypass = { headers: { "x-oss-bypass-governance-retention": "true" } };
const shown = ({ headers }: Answer) => [mode, until, legal].map((name) => headers.get(name));
const idOf = ({ headers }: Answer): string => headers.get("x-oss-version-id") ?? "";
const remove = (key: string, versionId: string, more: More = {}) => ask("DELETE", `/locked/${key}`, { versionId }, undefined, more);

describe("PutBucketObjectWormConfiguration, GetBucketObjectWormConfiguration", () => {
  it("lets versions be locked, by default for so long; needs versioning, which then stays", async () => {
    assert.deepEqual(told(await ask("GET", "/locked/", { objectWorm: "" })), [404, "NoSuchWORMConfiguration"]);
    assert.deepEqual(told(await ask("PUT", "/plain/", { objectWorm: "" }, rule(""))), [409, "InvalidBucketState"]);
    assert.deepEqual(told(await ask("PUT", "/locked/", { objectWorm: "" }, byDefault("COMPLIANCE", "<Days>2</Days>"))), [200, undefined]);
    assert.ok((await ask("GET", "/locked/", { objectWorm: "" })).text.endsWith(byDefault("COMPLIANCE", "<Days>2</Days>")));
    const put = await ask("PUT", "/locked/default", {}, "1");
    const head = await ask("HEAD", "/locked/default");
    assert.deepEqual(shown(head), ["COMPLIANCE", "2026-11-23T12:00:00.000Z", undefined]);
    assert.deepEqual(told(await remove("default", idOf(put), bypass)), [409, "FileImmutable"]);
    assert.deepEqual(told(await ask("PUT", "/locked/", { versioning: "" }, enable.replace("Enabled", "Suspended"))), [409, "InvalidBucketState"]);
    assert.deepEqual(told(await ask("PUT", "/locked/", { objectWorm: "" }, rule(""))), [200, undefined]);
    assert.ok((await ask("GET", "/locked/", { objectWorm: "" })).text.endsWith(rule("")));
  });

  it("can be had with the bucket, not beside a retention of the whole bucket, and is judged before it is kept", async () => {
    assert.deepEqual(told(await ask("PUT", "/born/", {}, undefined, { headers: { "x-oss-bucket-object-worm-enabled": "true" } })), [200, undefined]);
    assert.ok((await ask("GET", "/born/", { objectWorm: "" })).text.endsWith(rule("")));
    assert.ok((await ask("GET", "/born/", { versioning: "" })).text.includes("<Status>Enabled"));
    assert.deepEqual(told(await ask("PUT", "/born2/", {}, undefined, { headers: { "x-oss-bucket-object-worm-enabled": "yes" } })), [400, "InvalidArgument"]);
    await ask("POST", "/plain/", { worm: "" }, "<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>");
    assert.deepEqual(told(await ask("PUT", "/plain/", { objectWorm: "" }, rule(""))), [409, "InvalidBucketState"]);
    for (const body of [
      "<Other/>",
      rule("").replace("Enabled<", "Off<"),
      byDefault("SOFT", "<Days>1</Days>"),
      byDefault("COMPLIANCE", ""),
      byDefault("COMPLIANCE", "<Days>1</Days><Years>1</Years>"),
    ])
      assert.deepEqual(told(await ask("PUT", "/locked/", { objectWorm: "" }, body)), [400, "MalformedXML"], body);
    for (const period of ["<Days>0</Days>", "<Days>x</Days>", "<Years>1000</Years>"])
      assert.deepEqual(told(await ask("PUT", "/locked/", { objectWorm: "" }, byDefault("COMPLIANCE", period))), [400, "InvalidArgument"], period);
    for (const as of [other, user]) assert.deepEqual(told(await ask("PUT", "/locked/", { objectWorm: "" }, rule(""), { as })), [403, "AccessDenied"]);
  });
});

describe("PutObjectRetention, GetObjectRetention", () => {
  it("holds a version; compliance is only made longer, governance gives way to who says so", async () => {
    const id = idOf(await ask("PUT", "/locked/k", {}, "1"));
    assert.deepEqual(told(await ask("GET", "/locked/k", { retention: "" })), [404, "NoSuchWORMConfiguration"]);
    const put = (text: string, more: More = {}) => ask("PUT", "/locked/k", { retention: "" }, text, more);
    assert.deepEqual(told(await put(retention("GOVERNANCE", "2026-11-25T00:00:00.000Z"))), [200, undefined]);
    assert.ok((await ask("GET", "/locked/k", { retention: "" })).text.endsWith(retention("GOVERNANCE", "2026-11-25T00:00:00.000Z")));
    assert.deepEqual(told(await remove("k", id)), [409, "FileImmutable"]);
    assert.deepEqual(told(await put(retention("GOVERNANCE", "2026-11-24T00:00:00Z"))), [409, "FileImmutable"]);
    assert.deepEqual(told(await put(retention("GOVERNANCE", "2026-11-24T00:00:00Z"), bypass)), [200, undefined]);
    assert.deepEqual(told(await put("<Retention/>", bypass)), [200, undefined]);
    assert.deepEqual(told(await put(retention("COMPLIANCE", "2026-11-24T00:00:00Z"))), [200, undefined]);
    assert.deepEqual(told(await put(retention("COMPLIANCE", "2026-11-23T00:00:00Z"), bypass)), [409, "FileImmutable"]);
    assert.deepEqual(told(await put(retention("COMPLIANCE", "2026-11-26T00:00:00Z"))), [200, undefined]);
    assert.deepEqual(told(await remove("k", id, bypass)), [409, "FileImmutable"]);
    const list = `<Delete><Object><Key>k</Key><VersionId>${id}</VersionId></Object></Delete>`;
    assert.ok((await ask("POST", "/locked/", { delete: "" }, list)).text.includes("<Code>FileImmutable</Code>"));
    assert.deepEqual(told(await ask("GET", "/locked/none", { retention: "" })), [404, "NoSuchKey"]);
    assert.deepEqual(told(await ask("GET", "/plain/none", { retention: "" })), [400, "InvalidRequest"]);
    for (const body of [retention("SOFT", "2026-11-26T00:00:00Z"), retention("COMPLIANCE", "soon"), "<Retention><Mode>COMPLIANCE</Mode></Retention>"])
      assert.deepEqual(told(await put(body)), [400, "MalformedXML"], body);
    assert.deepEqual(told(await put(retention("COMPLIANCE", "2026-11-27T00:00:00Z"), { as: other })), [403, "AccessDenied"]);
    world.clock.now = Date.UTC(2026, 10, 21, 12, 0, 1);
  });
});

describe("PutObjectLegalHold, GetObjectLegalHold", () => {
  it("holds a version until it is lifted", async () => {
    const id = idOf(await ask("PUT", "/locked/h", {}, "1"));
    assert.deepEqual(told(await ask("GET", "/locked/h", { legalHold: "" })), [404, "NoSuchWORMConfiguration"]);
    assert.deepEqual(told(await ask("PUT", "/locked/h", { legalHold: "", versionId: id }, hold("ON"))), [200, undefined]);
    assert.ok((await ask("GET", "/locked/h", { legalHold: "" })).text.endsWith(hold("ON")));
    assert.deepEqual(told(await remove("h", id, bypass)), [409, "FileImmutable"]);
    assert.deepEqual(told(await ask("PUT", "/locked/h", { legalHold: "" }, hold("MAYBE"))), [400, "MalformedXML"]);
    assert.deepEqual(told(await ask("PUT", "/locked/h", { legalHold: "" }, hold("OFF"))), [200, undefined]);
    assert.deepEqual(shown(await ask("HEAD", "/locked/h")), [undefined, undefined, "OFF"]);
    assert.deepEqual(told(await remove("h", id)), [204, undefined]);
  });
});

describe("x-oss-object-worm headers", () => {
  const headers = { [mode]: "GOVERNANCE", [until]: "2026-12-01T00:00:00Z", [legal]: "ON" };
  const held = ["GOVERNANCE", "2026-12-01T00:00:00.000Z", "ON"];

  it("hold what PutObject, CopyObject and an upload make", async () => {
    await ask("PUT", "/locked/p", {}, "12345", { headers });
    assert.deepEqual(shown(await ask("GET", "/locked/p")), held);
    await ask("PUT", "/locked/c", {}, undefined, { headers: { ...headers, "x-oss-copy-source": "/locked/p" } });
    assert.deepEqual(shown(await ask("HEAD", "/locked/c")), held);
    await ask("PUT", "/locked/c2", {}, undefined, { headers: { "x-oss-copy-source": "/locked/p" } });
    assert.deepEqual(shown(await ask("HEAD", "/locked/c2")), [undefined, undefined, undefined]);
    const id = xmlChildText((await ask("POST", "/locked/m", { uploads: "" }, undefined, { headers })).xml(), "UploadId") ?? "";
    const part = await ask("PUT", "/locked/m", { uploadId: id, partNumber: "1" }, "part");
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await ask("POST", "/locked/m", { uploadId: id }, list)).status, 200);
    assert.deepEqual(shown(await ask("HEAD", "/locked/m")), held);
  });

  it("are refused half, wrong, and where nothing can be locked", async () => {
    const wrongs: Record<string, string>[] = [
      { [mode]: "COMPLIANCE" },
      { [until]: "2026-12-01T00:00:00Z" },
      { ...headers, [mode]: "SOFT" },
      { ...headers, [until]: "soon" },
      { [legal]: "MAYBE" },
    ];
    for (const wrong of wrongs) assert.deepEqual(told(await ask("PUT", "/locked/w", {}, "1", { headers: wrong })), [400, "InvalidArgument"], JSON.stringify(wrong));
    assert.deepEqual(told(await ask("PUT", "/plain/w", {}, "1", { headers })), [400, "InvalidRequest"]);
    assert.deepEqual(told(await ask("POST", "/locked/w", { append: "", position: "0" }, "1", { headers })), [501, "NotImplemented"]);
    assert.deepEqual(told(await remove("p", "1", { headers: { "x-oss-bypass-governance-retention": "perhaps" } })), [400, "InvalidArgument"]);
  });
});
