/** Object Lock: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html. Its headers, documents and refusals; the rules are core/retention. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Ask, alt, openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await ask("PUT", "/locked", { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
  await ask("PUT", "/plain");
  await ask("PUT", "/plain/k", { body: "x" });
});
after(() => world.close());

const ask = (method: string, target: string, more: Partial<Ask> = {}) => world.ask({ method, target, ...more });
const coded = async (method: string, target: string, more: Partial<Ask> = {}) => {
  const { status, code } = await ask(method, target, more);
  return [status, code];
};
const bypass = { "x-amz-bypass-governance-retention": "true" };
const dayMs = 86_400_000;
const iso = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString();
const inDays = (days: number): string => iso(world.clock.now + days * dayMs);
const retention = (mode: string, date: string): string => `<Retention><Mode>${mode}</Mode><RetainUntilDate>${date}</RetainUntilDate></Retention>`;
const governed = (days: number) => ({ "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": inDays(days) });
const put = async (key: string, headers: Record<string, string> = {}): Promise<string> => {
  const answer = await ask("PUT", `/locked/${key}`, { headers, body: "body" });
  assert.equal(answer.status, 200, answer.text);
  return `/locked/${key}?versionId=${answer.headers.get("x-amz-version-id")}`;
};

describe("CreateBucket with Object Lock", () => {
  it("switches versioning on, which then cannot be suspended", async () => {
    assert.equal(xmlChildText((await ask("GET", "/locked?versioning")).xml(), "Status"), "Enabled");
    const suspend = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    assert.deepEqual(await coded("PUT", "/locked?versioning", { body: suspend }), [409, "InvalidBucketState"]);
    assert.equal((await ask("PUT", "/locked?versioning", { body: suspend.replace("Suspended", "Enabled") })).status, 200);
  });
  it("again is quiet; where it would need to change a bucket it is refused", async () => {
    assert.equal((await ask("PUT", "/locked", { headers: { "x-amz-bucket-object-lock-enabled": "true" } })).status, 200);
    assert.deepEqual(await coded("PUT", "/plain", { headers: { "x-amz-bucket-object-lock-enabled": "true" } }), [409, "BucketAlreadyExists"]);
    assert.deepEqual(await coded("PUT", "/other", { headers: { "x-amz-bucket-object-lock-enabled": "yes" } }), [400, "InvalidArgument"]);
  });
});

describe("PutObjectLockConfiguration", () => {
  const config = (rule: string, enabled = "Enabled"): string => `<ObjectLockConfiguration><ObjectLockEnabled>${enabled}</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
  const rule = (inner: string): string => `<Rule><DefaultRetention>${inner}</DefaultRetention></Rule>`;

  it("is given back, and new objects of any kind get the default", async () => {
    await ask("PUT", "/defaults", { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    assert.equal(xmlChildren((await ask("GET", "/defaults?object-lock")).xml(), "Rule").length, 0);
    assert.equal((await ask("PUT", "/defaults?object-lock", { body: config(rule("<Mode>COMPLIANCE</Mode><Years>1</Years>")) })).status, 200);
    const text = (await ask("GET", "/defaults?object-lock")).text;
    assert.match(text, /<ObjectLockEnabled>Enabled<\/ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE<\/Mode><Years>1<\/Years>/);
    await ask("PUT", "/defaults/put", { body: "x" });
    await ask("PUT", "/defaults/copy", { headers: { "x-amz-copy-source": "/plain/k" } });
    const uploadId = xmlChildText((await ask("POST", "/defaults/big?uploads")).xml(), "UploadId");
    const part = await ask("PUT", `/defaults/big?partNumber=1&uploadId=${uploadId}`, { body: "part" });
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await ask("POST", `/defaults/big?uploadId=${uploadId}`, { body: parts })).status, 200);
    for (const key of ["put", "copy", "big"]) {
      const { headers } = await ask("HEAD", `/defaults/${key}`);
      assert.equal(headers.get("x-amz-object-lock-mode"), "COMPLIANCE", key);
      assert.equal(headers.get("x-amz-object-lock-retain-until-date"), "2027-11-21T12:00:00.000Z", key);
    }
  });

  it("refuses every document that is not exactly one", async () => {
    for (const body of [
      config("", "Disabled"),
      "<ObjectLockConfiguration/>",
      "<Other/>",
      config(rule("<Mode>governance</Mode><Days>1</Days>")),
      config(rule("<Days>1</Days>")),
      config(rule("<Mode>GOVERNANCE</Mode>")),
      config(rule("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>")),
      config(rule("<Mode>GOVERNANCE</Mode><Days>1</Days><Days>2</Days>")),
      config(rule("<Mode>GOVERNANCE</Mode><Days>1.5</Days>")),
      config(`${rule("<Mode>GOVERNANCE</Mode><Days>1</Days>")}<Exception>me</Exception>`),
      config("<Rule/>"),
    ]) {
      assert.deepEqual(await coded("PUT", "/locked?object-lock", { body }), [400, "MalformedXML"], body);
    }
    for (const period of ["<Days>0</Days>", "<Years>-1</Years>", "<Days>36501</Days>", "<Years>101</Years>"]) {
      assert.deepEqual(await coded("PUT", "/locked?object-lock", { body: config(rule(`<Mode>GOVERNANCE</Mode>${period}`)) }), [400, "InvalidRetentionPeriod"], period);
    }
    assert.equal(xmlChildren((await ask("GET", "/locked?object-lock")).xml(), "Rule").length, 0);
  });

  it("needs versioning and the bucket's owner", async () => {
    assert.deepEqual(await coded("PUT", "/plain?object-lock", { body: config("") }), [409, "InvalidBucketState"]);
    assert.deepEqual(await coded("GET", "/plain?object-lock"), [404, "ObjectLockConfigurationNotFoundError"]);
    assert.deepEqual(await coded("PUT", "/locked?object-lock", { body: config(""), as: alt }), [403, "AccessDenied"]);
    assert.deepEqual(await coded("GET", "/locked?object-lock", { as: null }), [403, "AccessDenied"]);
  });
});

describe("Object Lock headers", () => {
  it("hold the object from its first moment, and are shown to who says who he is", async () => {
    const target = await put("header", { ...governed(3), "x-amz-object-lock-legal-hold": "ON" });
    const { headers } = await ask("GET", "/locked/header");
    assert.equal(headers.get("x-amz-object-lock-mode"), "GOVERNANCE");
    assert.equal(headers.get("x-amz-object-lock-retain-until-date"), inDays(3));
    assert.equal(headers.get("x-amz-object-lock-legal-hold"), "ON");
    await ask("PUT", `${target.replace("?", "?acl&")}`, { headers: { "x-amz-acl": "public-read" } });
    const anonymous = await ask("HEAD", "/locked/header", { as: null });
    assert.deepEqual([anonymous.status, anonymous.headers.has("x-amz-object-lock-mode")], [200, false]);
    assert.deepEqual(await coded("DELETE", target), [403, "AccessDenied"]);
    assert.deepEqual(await coded("DELETE", target, { headers: bypass }), [403, "AccessDenied"], "a hold is not lifted by the bypass");
  });

  it("come in pairs, with known words and a date ahead; nothing is stored otherwise", async () => {
    const date = inDays(1);
    for (const headers of [
      { "x-amz-object-lock-mode": "GOVERNANCE" },
      { "x-amz-object-lock-retain-until-date": date },
      { "x-amz-object-lock-mode": "governance", "x-amz-object-lock-retain-until-date": date },
      { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "tomorrow" },
      { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": inDays(-1) },
      { "x-amz-object-lock-legal-hold": "YES" },
    ] as Record<string, string>[]) {
      assert.deepEqual(await coded("PUT", "/locked/wrong", { headers, body: "x" }), [400, "InvalidArgument"], JSON.stringify(headers));
    }
    assert.equal((await ask("HEAD", "/locked/wrong")).status, 404);
    assert.deepEqual(await coded("PUT", "/plain/wrong", { headers: governed(1), body: "x" }), [400, "InvalidRequest"]);
    assert.deepEqual(await coded("PUT", "/plain/wrong?partNumber=1&uploadId=x", { headers: governed(1), body: "x" }), [501, "NotImplemented"]);
  });

  it("are taken by copies and uploads, with zones and fractions, and shown as kept", async () => {
    const copied = await ask("PUT", "/locked/copied", {
      headers: { ...governed(1), "x-amz-copy-source": "/plain/k", "x-amz-object-lock-retain-until-date": "2026-12-01T02:00:00.250+02:00" },
    });
    assert.equal(copied.status, 200, copied.text);
    assert.equal((await ask("HEAD", "/locked/copied")).headers.get("x-amz-object-lock-retain-until-date"), "2026-12-01T00:00:01.000Z");
    const again = retention("GOVERNANCE", "2026-12-01T00:00:01.000Z");
    assert.equal((await ask("PUT", "/locked/copied?retention", { body: again })).status, 200, "what is shown can be set again");
    assert.equal((await ask("POST", "/locked/big?uploads", { headers: governed(1) })).status, 200);
    assert.deepEqual(await coded("POST", "/plain/big?uploads", { headers: governed(1) }), [400, "InvalidRequest"]);
  });
});

describe("PutObjectRetention", () => {
  it("sets and lengthens; shortening and changing the mode need the bypass, compliance allows neither", async () => {
    const target = await put("retained");
    const url = target.replace("?", "?retention&");
    const set = (mode: string, days: number, headers = {}) => coded("PUT", url, { body: retention(mode, inDays(days)), headers });
    assert.deepEqual(await coded("GET", url), [404, "NoSuchObjectLockConfiguration"]);
    assert.deepEqual(await set("GOVERNANCE", 10), [200, undefined]);
    assert.deepEqual(await set("GOVERNANCE", 11), [200, undefined]);
    assert.deepEqual(await set("GOVERNANCE", 9), [403, "AccessDenied"]);
    assert.deepEqual(await set("COMPLIANCE", 11), [403, "AccessDenied"]);
    assert.deepEqual(await coded("PUT", url, { body: "<Retention/>" }), [403, "AccessDenied"]);
    assert.deepEqual(await set("GOVERNANCE", 9, bypass), [200, undefined]);
    assert.equal(xmlChildText((await ask("GET", url)).xml(), "RetainUntilDate"), inDays(9));
    assert.deepEqual(await coded("PUT", url, { body: "<Retention/>", headers: bypass }), [200, undefined]);
    assert.deepEqual(await coded("GET", url), [404, "NoSuchObjectLockConfiguration"]);
    assert.deepEqual(await set("COMPLIANCE", 5), [200, undefined]);
    assert.deepEqual(await set("COMPLIANCE", 4, bypass), [403, "AccessDenied"]);
    assert.deepEqual(await set("GOVERNANCE", 6, bypass), [403, "AccessDenied"]);
    assert.deepEqual(await set("COMPLIANCE", 6), [200, undefined]);
    assert.deepEqual(await coded("DELETE", target, { headers: bypass }), [403, "AccessDenied"]);
    world.clock.now += 6 * dayMs;
    assert.deepEqual(await coded("DELETE", target), [204, undefined]);
    world.clock.now -= 6 * dayMs;
  });

  it("refuses documents that are none, dates that are past, buckets without locking, strangers", async () => {
    await put("strict");
    for (const body of [
      "<Retention><Mode>GOVERNANCE</Mode></Retention>",
      retention("HOLD", inDays(1)),
      retention("GOVERNANCE", "soon"),
      "<Retention><Forever/></Retention>",
      "<Other/>",
    ]) {
      assert.deepEqual(await coded("PUT", "/locked/strict?retention", { body }), [400, "MalformedXML"], body);
    }
    assert.deepEqual(await coded("PUT", "/locked/strict?retention", { body: retention("GOVERNANCE", inDays(-1)) }), [400, "InvalidArgument"]);
    assert.deepEqual(await coded("PUT", "/plain/k?retention", { body: retention("GOVERNANCE", inDays(1)) }), [400, "InvalidRequest"]);
    assert.deepEqual(await coded("GET", "/plain/k?retention"), [400, "InvalidRequest"]);
    assert.deepEqual(await coded("PUT", "/locked/strict?retention", { body: retention("GOVERNANCE", inDays(1)), as: alt }), [403, "AccessDenied"]);
    assert.deepEqual(await coded("PUT", "/locked/none?retention", { body: retention("GOVERNANCE", inDays(1)) }), [404, "NoSuchKey"]);
  });
});

describe("PutObjectLegalHold", () => {
  it("holds until it is lifted, and is told from one that never was", async () => {
    const target = await put("held");
    const url = target.replace("?", "?legal-hold&");
    assert.deepEqual(await coded("GET", url), [404, "NoSuchObjectLockConfiguration"]);
    assert.equal((await ask("PUT", url, { body: "<LegalHold><Status>ON</Status></LegalHold>" })).status, 200);
    assert.deepEqual(await coded("DELETE", target, { headers: bypass }), [403, "AccessDenied"]);
    assert.deepEqual(await coded("PUT", url, { body: "<LegalHold><Status>on</Status></LegalHold>" }), [400, "MalformedXML"]);
    assert.equal((await ask("PUT", url, { body: "<LegalHold><Status>OFF</Status></LegalHold>" })).status, 200);
    assert.equal(xmlChildText((await ask("GET", url)).xml(), "Status"), "OFF");
    assert.equal((await ask("DELETE", target)).status, 204);
    assert.deepEqual(await coded("GET", "/plain/k?legal-hold"), [400, "InvalidRequest"]);
  });
});

describe("deleting what is locked", () => {
  it("DeleteObjects refuses each entry by itself, a marker hides it, DeleteBucket stays refused, the bypass removes it", async () => {
    await ask("PUT", "/emptied", { headers: { "x-amz-bucket-object-lock-enabled": "True" } });
    const made = await ask("PUT", "/emptied/k", { headers: governed(1), body: "x" });
    const free = await ask("PUT", "/emptied/free", { body: "x" });
    const id = made.headers.get("x-amz-version-id");
    const object = (key: string, version: string | null | undefined): string => `<Object><Key>${key}</Key><VersionId>${version}</VersionId></Object>`;
    const mixed = await ask("POST", "/emptied?delete", { body: `<Delete>${object("k", id)}${object("free", free.headers.get("x-amz-version-id"))}</Delete>` });
    const result = mixed.xml();
    assert.deepEqual(
      xmlChildren(result, "Deleted").map((one) => xmlChildText(one, "Key")),
      ["free"],
    );
    assert.deepEqual(
      xmlChildren(result, "Error").map((one) => [xmlChildText(one, "Key"), xmlChildText(one, "VersionId"), xmlChildText(one, "Code")]),
      [["k", id, "AccessDenied"]],
    );
    const hidden = await ask("DELETE", "/emptied/k");
    assert.equal(hidden.headers.get("x-amz-delete-marker"), "true");
    assert.equal((await ask("DELETE", `/emptied/k?versionId=${hidden.headers.get("x-amz-version-id")}`)).status, 204);
    assert.deepEqual(await coded("DELETE", "/emptied"), [409, "BucketNotEmpty"]);
    assert.deepEqual(await coded("DELETE", `/emptied/k?versionId=${id}`, { headers: { "x-amz-bypass-governance-retention": "false" } }), [403, "AccessDenied"]);
    const lifted = await ask("POST", "/emptied?delete", { body: `<Delete>${object("k", id)}</Delete>`, headers: bypass });
    assert.equal(xmlChildren(lifted.xml(), "Deleted").length, 1);
    assert.equal((await ask("DELETE", "/emptied")).status, 204);
  });
});
