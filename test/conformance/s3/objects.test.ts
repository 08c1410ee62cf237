import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Ask, alt, openWorld, ram, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  for (const name of ["bbb", "versioned", "public"]) await put(`/${name}`, "", name === "public" ? { "x-amz-acl": "public-read" } : {});
  await put("/versioned?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
});
after(() => world.close());

const put = (target: string, body: string, headers: Record<string, string> = {}, more: Partial<Ask> = {}) => world.ask({ method: "PUT", target, body, headers, ...more });
const get = (target: string, headers: Record<string, string> = {}, more: Partial<Ask> = {}) => world.ask({ method: "GET", target, headers, ...more });
const head = (target: string, headers: Record<string, string> = {}) => world.ask({ method: "HEAD", target, headers });
const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const base64 = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("base64");

describe("PutObject and GetObject", () => {
  it("keep bytes, content headers and metadata", async () => {
    const headers = {
      "content-type": "text/plain",
      "cache-control": "no-cache",
      "content-disposition": "attachment",
      "content-encoding": "aws-chunked, gzip",
      "content-language": "de",
      expires: "0",
      "x-amz-meta-One": "1",
      "x-amz-meta-empty": "",
    };
    const stored = await put("/bbb/a%20key", "hello", headers);
    assert.equal(stored.status, 200);
    assert.equal(stored.headers.get("etag"), `"${md5("hello")}"`);
    assert.equal(stored.headers.get("x-amz-version-id"), undefined);
    const answer = await get("/bbb/a%20key");
    assert.equal(answer.text, "hello");
    const expected = {
      "content-type": "text/plain",
      "cache-control": "no-cache",
      "content-disposition": "attachment",
      "content-encoding": "gzip",
      "content-language": "de",
      expires: "0",
      "x-amz-meta-one": "1",
      "x-amz-meta-empty": "",
      "content-length": "5",
      "accept-ranges": "bytes",
      etag: `"${md5("hello")}"`,
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(answer.headers.get(name), value, name);
    const found = await head("/bbb/a%20key");
    assert.deepEqual([found.status, found.headers.get("content-length"), found.text], [200, "5", ""]);
  });

  it("answer metadata beyond ASCII as what reads headers reads it", async () => {
    const utf8 = (text: string): string => Buffer.from(text).toString("latin1");
    const shown = async (value: string) => {
      await put("/bbb/words", "1", { "x-amz-meta-m": value });
      return (await head("/bbb/words")).headers.get("x-amz-meta-m");
    };
    assert.equal(await shown(utf8("Hello World\xe9")), "Hello World\xe9");
    assert.equal(await shown("Hello World\xe9"), "Hello World\xe9", "what is no UTF-8 stays as it came");
    assert.equal(await shown(utf8("\u{4f60}\u{597d} \xe9")), "=?UTF-8?B?5L2g5aW9IMOp?=");
    assert.equal(await shown("=?UTF-8?Q?=C3=A9?="), "=?UTF-8?Q?=C3=A9?=");
    assert.equal(await shown(utf8("\u{1f600}".repeat(12))), `=?UTF-8?B?${Buffer.from("\u{1f600}".repeat(11)).toString("base64")}?= =?UTF-8?B?8J+YgA==?=`);
    await put("/bbb/words", "1", { "x-amz-meta-m": "a\x01", "x-amz-meta-n": "b" });
    const answer = await head("/bbb/words");
    assert.deepEqual([answer.headers.get("x-amz-meta-m"), answer.headers.get("x-amz-meta-n"), answer.headers.get("x-amz-missing-meta")], [undefined, "b", "1"]);
  });

  it("has S3's own type when none was given", async () => {
    await put("/bbb/untyped", "1");
    assert.equal((await get("/bbb/untyped")).headers.get("content-type"), "binary/octet-stream");
  });

  it("serves ranges, ignores malformed ones, refuses those outside", async () => {
    await put("/bbb/range", "0123456789");
    for (const [range, text, content] of [
      ["bytes=2-4", "234", "bytes 2-4/10"],
      ["bytes=7-", "789", "bytes 7-9/10"],
      ["bytes=-3", "789", "bytes 7-9/10"],
      ["bytes=8-99", "89", "bytes 8-9/10"],
    ] as const) {
      const answer = await get("/bbb/range", { range });
      assert.deepEqual([answer.status, answer.text, answer.headers.get("content-range"), answer.headers.get("content-length")], [206, text, content, String(text.length)]);
      const same = await head("/bbb/range", { range });
      assert.deepEqual([same.status, same.headers.get("content-range"), same.headers.get("content-length")], [206, content, String(text.length)]);
    }
    for (const range of ["bytes=5-2", "lines=1-2", "bytes=0-1,4-5"]) assert.equal((await get("/bbb/range", { range })).status, 200, range);
    const outside = await get("/bbb/range", { range: "bytes=10-" });
    assert.deepEqual([outside.status, outside.code, outside.headers.get("content-range")], [416, "InvalidRange", "bytes */10"]);
    assert.equal((await head("/bbb/range", { range: "bytes=10-" })).status, 416);
  });

  it("judges conditions", async () => {
    await put("/bbb/conditional", "1");
    const etag = `"${md5("1")}"`;
    const past = new Date(world.clock.now - 60_000).toUTCString();
    const future = new Date(world.clock.now + 60_000).toUTCString();
    const status = async (headers: Record<string, string>) => (await get("/bbb/conditional", headers)).status;
    assert.equal(await status({ "if-match": etag }), 200);
    assert.equal(await status({ "if-match": '"other"' }), 412);
    assert.equal(await status({ "if-none-match": '"other"' }), 200);
    assert.equal(await status({ "if-modified-since": past }), 200);
    assert.equal(await status({ "if-unmodified-since": future }), 200);
    assert.equal(await status({ "if-unmodified-since": past }), 412);
    assert.equal(await status({ "if-modified-since": "yesterday" }), 200);
    for (const [name, value] of [
      ["if-none-match", etag],
      ["if-modified-since", future],
    ] as const) {
      const answer = await get("/bbb/conditional", { [name]: value });
      assert.deepEqual([answer.status, answer.text, answer.headers.get("etag")], [304, "", etag]);
    }
    assert.match((await get("/bbb/conditional", { "if-match": '"other"' })).text, /<Condition>If-Match<\/Condition>/);
  });

  it("replaces response headers for those who signed, and for nobody else", async () => {
    await put("/bbb/overridden", "1", { "x-amz-acl": "public-read" });
    const query = "response-content-type=a%2Fb&response-content-disposition=attachment%3B%20filename%3Dx&response-expires=1";
    const answer = await get(`/bbb/overridden?${query}`);
    assert.deepEqual([answer.headers.get("content-type"), answer.headers.get("content-disposition"), answer.headers.get("expires")], ["a/b", "attachment; filename=x", "1"]);
    const anonymous = await get(`/bbb/overridden?${query}`, {}, { as: null });
    assert.deepEqual([anonymous.status, anonymous.code], [400, "InvalidRequest"]);
    assert.equal((await get("/bbb/overridden", {}, { as: null })).status, 200);
    assert.equal((await get("/bbb/overridden?response-content-type=a%0d%0ax:1")).status, 400);
  });

  it("answers what is missing", async () => {
    const key = await get("/bbb/none");
    assert.deepEqual([key.status, key.code], [404, "NoSuchKey"]);
    assert.match(key.text, /<Key>none<\/Key>/);
    assert.equal((await get("/missing/none")).code, "NoSuchBucket");
    assert.equal((await head("/bbb/none")).status, 404);
    assert.equal((await get("/bbb/none", {}, { as: alt })).status, 403);
    assert.equal((await get("/public/none", {}, { as: null })).status, 404);
  });

  it("writes error documents to the byte", async () => {
    const answer = await get("/bbb/none");
    const id = answer.headers.get("x-amz-request-id");
    const host = answer.headers.get("x-amz-id-2");
    assert.equal(
      answer.text,
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>none</Key><RequestId>${id}</RequestId><HostId>${host}</HostId></Error>`,
    );
    assert.equal(answer.headers.get("content-type"), "application/xml");
  });

  it("cannot parse every path", async () => {
    const answer = await get("/bbb/%AE%8A-");
    assert.deepEqual([answer.status, answer.code, answer.message], [400, "InvalidURI", "Couldn&apos;t parse the specified URI.".replace("&apos;", "'")]);
  });

  it("refuses keys and metadata that are too long", async () => {
    assert.deepEqual((await put(`/bbb/${"k".repeat(1025)}`, "1")).code, "KeyTooLongError");
    assert.equal((await put(`/bbb/${"k".repeat(1024)}`, "1")).status, 200);
    assert.equal((await put("/bbb/meta", "1", { "x-amz-meta-a": "v".repeat(2048) })).code, "MetadataTooLarge");
    assert.equal((await put("/bbb/meta", "1", { "x-amz-meta-a": "v".repeat(2047) })).status, 200);
  });

  it("wants to be told the length", async () => {
    const answer = await put("/bbb/unsized", "1", {}, { tamper: ({ headers }) => delete headers["content-length"] });
    assert.deepEqual([answer.status, answer.code], [411, "MissingContentLength"]);
    assert.equal((await head("/bbb/unsized")).status, 404);
  });

  it("refuses headers that would change what is stored, by name, and stores nothing", async () => {
    for (const [name, value] of Object.entries({
      "x-amz-storage-class": "GLACIER",
    })) {
      const answer = await put("/bbb/refused", "1", { [name]: value });
      assert.deepEqual([answer.status, answer.code], [501, "NotImplemented"], name);
    }
    assert.equal((await put("/bbb/refused", "1", { "x-amz-storage-class": "COLD" })).code, "InvalidStorageClass");
    assert.equal((await put("/bbb/refused", "1", { "x-amz-server-side-encryption-customer-algorithm": "AES256" })).code, "InvalidArgument");
    assert.notEqual((await put("/bbb/refused", "1", { "x-oss-forbid-overwrite": "true" })).status, 200);
    assert.equal((await head("/bbb/refused")).status, 404);
  });

  it("keeps a storage class", async () => {
    await put("/bbb/infrequent", "1", { "x-amz-storage-class": "STANDARD_IA" });
    assert.equal((await head("/bbb/infrequent")).headers.get("x-amz-storage-class"), "STANDARD_IA");
  });
});

describe("Digests of a body", () => {
  const body = "the body";
  it("Content-MD5", async () => {
    assert.equal((await put("/bbb/md5", body, { "content-md5": base64("md5", body) })).status, 200);
    const wrong = await put("/bbb/md5-wrong", body, { "content-md5": base64("md5", "other") });
    assert.deepEqual([wrong.status, wrong.code], [400, "BadDigest"]);
    for (const bad of ["", "abc", "not base64"]) assert.equal((await put("/bbb/md5-wrong", body, { "content-md5": bad })).code, "InvalidDigest", bad);
    assert.equal((await head("/bbb/md5-wrong")).status, 404);
  });

  it("x-amz-content-sha256", async () => {
    const answer = await put("/bbb/sha-wrong", body, { "x-amz-content-sha256": createHash("sha256").update("other").digest("hex") });
    assert.deepEqual([answer.status, answer.code], [400, "XAmzContentSHA256Mismatch"]);
    assert.equal((await head("/bbb/sha-wrong")).status, 404);
    assert.equal((await put("/bbb/unsigned", body, { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" })).status, 200);
  });

  // The check values that every table of CRCs gives for "123456789".
  for (const [algorithm, hex] of [
    ["crc32", "cbf43926"],
    ["crc32c", "e3069283"],
    ["crc64nvme", "ae8b14860a799888"],
  ] as const) {
    it(`x-amz-checksum-${algorithm} is that of the tables`, async () => {
      const value = Buffer.from(hex, "hex").toString("base64");
      const name = `x-amz-checksum-${algorithm}`;
      assert.equal((await put(`/bbb/${algorithm}`, "123456789", { [name]: value })).headers.get(name), value);
      assert.equal((await put(`/bbb/${algorithm}`, "123456780", { [name]: value })).code, "BadDigest");
      assert.equal((await get(`/bbb/${algorithm}`)).text, "123456789");
    });
  }

  for (const [algorithm, value] of [
    ["sha1", base64("sha1", body)],
    ["sha256", base64("sha256", body)],
  ] as const) {
    it(`x-amz-checksum-${algorithm} is verified, kept and shown when asked for`, async () => {
      const name = `x-amz-checksum-${algorithm}`;
      const stored = await put(`/bbb/${algorithm}`, body, { [name]: value });
      assert.deepEqual([stored.status, stored.headers.get(name), stored.headers.get("x-amz-checksum-type")], [200, value, "FULL_OBJECT"]);
      assert.equal((await head(`/bbb/${algorithm}`)).headers.get(name), undefined);
      assert.equal((await head(`/bbb/${algorithm}`, { "x-amz-checksum-mode": "ENABLED" })).headers.get(name), value);
      assert.equal((await get(`/bbb/${algorithm}`, { "x-amz-checksum-mode": "ENABLED", range: "bytes=0-1" })).headers.get(name), undefined);
      const wrong = await put("/bbb/checksum-wrong", "other", { [name]: value });
      assert.deepEqual([wrong.status, wrong.code], [400, "BadDigest"]);
      assert.equal((await head("/bbb/checksum-wrong")).status, 404);
    });
  }

  it("takes one checksum only", async () => {
    assert.equal((await put("/bbb/two", body, { "x-amz-checksum-sha1": base64("sha1", body), "x-amz-checksum-sha256": base64("sha256", body) })).code, "InvalidRequest");
  });

  it("refuses a body that is shorter or longer than announced", async () => {
    for (const length of ["7", "9"]) {
      const answer = await put(
        "/bbb/length",
        body,
        {},
        {
          tamper: ({ headers }) => {
            headers["content-length"] = length;
          },
        },
      );
      assert.equal(answer.status, 400);
    }
    assert.equal((await head("/bbb/length")).status, 404);
  });
});

describe("Conditional writes", () => {
  it("If-None-Match and If-Match", async () => {
    assert.equal((await put("/bbb/cond", "1", { "if-match": "*" })).code, "NoSuchKey");
    assert.equal((await put("/bbb/cond", "1", { "if-none-match": "*" })).status, 200);
    const again = await put("/bbb/cond", "2", { "if-none-match": "*" });
    assert.deepEqual([again.status, again.code], [412, "PreconditionFailed"]);
    assert.equal((await put("/bbb/cond", "2", { "if-none-match": `"${md5("1")}"` })).status, 412);
    assert.equal((await put("/bbb/cond", "2", { "if-match": '"other"' })).status, 412);
    assert.equal((await put("/bbb/cond", "2", { "if-match": `"${md5("1")}"` })).status, 200);
    assert.equal((await get("/bbb/cond")).text, "2");
  });
});

describe("Versions", () => {
  it("are written, read by id, hidden by a marker and removed", async () => {
    const first = (await put("/versioned/k", "1")).headers.get("x-amz-version-id") ?? "";
    const second = (await put("/versioned/k", "22")).headers.get("x-amz-version-id") ?? "";
    assert.match(first, /^\d+$/);
    assert.notEqual(first, second);
    assert.equal((await get(`/versioned/k?versionId=${first}`)).text, "1");
    const removed = await world.ask({ method: "DELETE", target: "/versioned/k" });
    const marker = removed.headers.get("x-amz-version-id") ?? "";
    assert.equal(removed.headers.get("x-amz-delete-marker"), "true");
    const hidden = await get("/versioned/k");
    assert.deepEqual([hidden.status, hidden.code, hidden.headers.get("x-amz-delete-marker"), hidden.headers.get("x-amz-version-id")], [404, "NoSuchKey", "true", marker]);
    const named = await get(`/versioned/k?versionId=${marker}`);
    assert.deepEqual([named.status, named.code, named.headers.get("allow")], [405, "MethodNotAllowed", "DELETE"]);
    const lifted = await world.ask({ method: "DELETE", target: `/versioned/k?versionId=${marker}` });
    assert.deepEqual([lifted.status, lifted.headers.get("x-amz-delete-marker"), lifted.headers.get("x-amz-version-id")], [204, "true", marker]);
    assert.equal((await get("/versioned/k")).text, "22");
    const gone = await world.ask({ method: "DELETE", target: `/versioned/k?versionId=${second}` });
    assert.deepEqual([gone.status, gone.headers.get("x-amz-delete-marker"), gone.headers.get("x-amz-version-id")], [204, undefined, second]);
    assert.equal((await get("/versioned/k")).text, "1");
    assert.equal((await get(`/versioned/k?versionId=${second}`)).code, "NoSuchVersion");
    for (const bad of ["abc", "1.5", "99999999999999999", "-1"]) assert.equal((await get(`/versioned/k?versionId=${bad}`)).code, "InvalidArgument", bad);
  });

  it("are listed newest first, in pages that resume inside a key", async () => {
    for (const text of ["1", "2", "3"]) await put("/versioned/listed", text);
    await world.ask({ method: "DELETE", target: "/versioned/listed" });
    const seen: string[] = [];
    let marker = "";
    for (let page = 0; page < 10; page++) {
      const list = (await get(`/versioned?versions&prefix=listed&max-keys=1${marker}`)).xml();
      assert.equal(list.name, "ListVersionsResult");
      for (const node of list.children)
        if (node.name === "Version" || node.name === "DeleteMarker") seen.push(`${node.name} ${xmlChildText(node, "IsLatest")} ${xmlChildText(node, "Size") ?? ""}`);
      if (xmlChildText(list, "IsTruncated") === "false") break;
      marker = `&key-marker=${xmlChildText(list, "NextKeyMarker")}&version-id-marker=${xmlChildText(list, "NextVersionIdMarker")}`;
    }
    assert.deepEqual(seen, ["DeleteMarker true ", "Version false 1", "Version false 1", "Version false 1"]);
    assert.equal((await get("/versioned?versions&version-id-marker=1")).code, "InvalidArgument");
  });

  it("of a suspended bucket are null", async () => {
    await put("/suspended", "");
    await put("/suspended/k", "before");
    const page = (await get("/suspended?versions")).xml();
    assert.equal(xmlChildText(xmlChild(page, "Version") as never, "VersionId"), "null");
    await put("/suspended?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    await put("/suspended/k", "during");
    await put("/suspended?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
    assert.equal((await get("/suspended/k?versionId=null")).text, "before");
    await put("/suspended/k", "after");
    assert.equal((await get("/suspended/k?versionId=null")).text, "after");
    assert.equal((await get("/suspended/k")).headers.get("x-amz-version-id"), "null");
    const versions = xmlChildren((await get("/suspended?versions")).xml(), "Version").map((node) => xmlChildText(node, "VersionId"));
    assert.equal(versions.length, 2);
    assert.equal(versions[0], "null");
    const rest = (await get("/suspended?versions&max-keys=1")).xml();
    const next = xmlChildText(rest, "NextVersionIdMarker") ?? "";
    for (const marker of [next, "null"]) {
      const second = xmlChildren((await get(`/suspended?versions&key-marker=k&version-id-marker=${marker}`)).xml(), "Version").map((node) => xmlChildText(node, "VersionId"));
      assert.deepEqual(second, versions.slice(1), marker);
    }
  });
});

describe("DeleteObjects", () => {
  it("answers for each key, quietly when asked", async () => {
    for (const name of ["d1", "d2", "d3"]) await put(`/bbb/${name}`, "1");
    const ask = (xml: string) => world.ask({ method: "POST", target: "/bbb?delete", body: `<Delete>${xml}</Delete>` });
    const answer = await ask("<Object><Key>d1</Key></Object><Object><Key>never</Key></Object><Object><Key>d2</Key><VersionId>nonsense</VersionId></Object>");
    assert.deepEqual([answer.status, answer.operation], [200, "DeleteObjects"]);
    const keys = (name: string) => xmlChildren(answer.xml(), name).map((node) => xmlChildText(node, "Key"));
    assert.deepEqual(keys("Deleted"), ["d1", "never"]);
    assert.deepEqual(keys("Error"), ["d2"]);
    assert.equal((await head("/bbb/d2")).status, 200);
    const quiet = await ask("<Quiet>true</Quiet><Object><Key>d2</Key></Object>");
    assert.equal(quiet.xml().children.length, 0);
    assert.equal((await head("/bbb/d2")).status, 404);
    assert.equal((await ask("")).code, "MalformedXML");
    assert.equal((await ask("<Object><Key>d3</Key></Object>".repeat(1001))).code, "MalformedXML");
    assert.equal((await head("/bbb/d3")).status, 200);
    const stranger = await world.ask({ method: "POST", target: "/bbb?delete", body: "<Delete><Object><Key>d3</Key></Object></Delete>", as: alt });
    assert.equal((await head("/bbb/d3")).status, 200);
    assert.match(stranger.text, /AccessDenied/);
  });

  it("tells markers it made and versions it removed", async () => {
    const version = (await put("/versioned/dm", "1")).headers.get("x-amz-version-id");
    const ask = async (xml: string) =>
      xmlChild((await world.ask({ method: "POST", target: "/versioned?delete", body: `<Delete><Object>${xml}</Object></Delete>` })).xml(), "Deleted");
    const made = await ask("<Key>dm</Key>");
    assert.equal(made && xmlChildText(made, "DeleteMarker"), "true");
    const marker = made && xmlChildText(made, "DeleteMarkerVersionId");
    const lifted = await ask(`<Key>dm</Key><VersionId>${marker}</VersionId>`);
    assert.deepEqual(lifted && [xmlChildText(lifted, "VersionId"), xmlChildText(lifted, "DeleteMarkerVersionId")], [marker, marker]);
    const removed = await ask(`<Key>dm</Key><VersionId>${version}</VersionId>`);
    assert.deepEqual(removed && [xmlChildText(removed, "VersionId"), xmlChildText(removed, "DeleteMarker")], [version, undefined]);
  });
});

describe("CopyObject", () => {
  it("copies bytes and metadata, or replaces the metadata", async () => {
    await put("/bbb/src%2Fa+b", "source", { "content-type": "text/x", "x-amz-meta-m": "1", "x-amz-acl": "public-read" });
    const copied = await put("/bbb/dst", "", { "x-amz-copy-source": "/bbb/src%2Fa+b" });
    assert.equal(copied.status, 200);
    assert.equal(xmlChildText(copied.xml(), "ETag"), `"${md5("source")}"`);
    const answer = await get("/bbb/dst");
    assert.deepEqual([answer.text, answer.headers.get("content-type"), answer.headers.get("x-amz-meta-m")], ["source", "text/x", "1"]);
    assert.equal((await get("/bbb/dst", {}, { as: null })).status, 403);
    await put("/bbb/dst2", "", { "x-amz-copy-source": "bbb%2Fsrc%2Fa%2Bb", "x-amz-metadata-directive": "REPLACE", "x-amz-meta-n": "2" });
    const replaced = await get("/bbb/dst2");
    assert.deepEqual(
      [replaced.text, replaced.headers.get("content-type"), replaced.headers.get("x-amz-meta-m"), replaced.headers.get("x-amz-meta-n")],
      ["source", "binary/octet-stream", undefined, "2"],
    );
  });

  it("refuses a copy onto itself that changes nothing, and takes one that does", async () => {
    await put("/bbb/self", "1", { "x-amz-meta-m": "1" });
    const same = await put("/bbb/self", "", { "x-amz-copy-source": "bbb/self" });
    assert.deepEqual([same.status, same.code], [400, "InvalidRequest"]);
    assert.equal((await put("/bbb/self", "", { "x-amz-copy-source": "bbb/self", "x-amz-metadata-directive": "REPLACE", "x-amz-meta-m": "2" })).status, 200);
    assert.equal((await head("/bbb/self")).headers.get("x-amz-meta-m"), "2");
  });

  it("names versions of the source, and judges its conditions", async () => {
    const version = (await put("/versioned/from", "old")).headers.get("x-amz-version-id");
    await put("/versioned/from", "new");
    const copied = await put("/bbb/old", "", { "x-amz-copy-source": `/versioned/from?versionId=${version}` });
    assert.equal(copied.headers.get("x-amz-copy-source-version-id"), version);
    assert.equal((await get("/bbb/old")).text, "old");
    const etag = `"${md5("new")}"`;
    const status = async (headers: Record<string, string>) => (await put("/bbb/conditional-copy", "", { "x-amz-copy-source": "/versioned/from", ...headers })).status;
    assert.equal(await status({ "x-amz-copy-source-if-match": '"x"' }), 412);
    assert.equal(await status({ "x-amz-copy-source-if-none-match": etag }), 412);
    assert.equal(await status({ "x-amz-copy-source-if-match": etag }), 200);
    for (const source of ["nothing", "/bbb/", "bbb", "/bbb/%ZZ"]) assert.equal((await put("/bbb/x", "", { "x-amz-copy-source": source })).code, "InvalidArgument", source);
    assert.equal((await put("/bbb/x", "", { "x-amz-copy-source": "/missing/k" })).code, "NoSuchBucket");
    assert.equal((await put("/bbb/x", "", { "x-amz-copy-source": "/bbb/missing" })).code, "NoSuchKey");
    assert.equal((await put("/public/x", "", { "x-amz-copy-source": "/bbb/old" }, { as: alt })).status, 403);
  });
});

describe("Object ACLs", () => {
  it("decide who reads", async () => {
    await put("/bbb/acl", "1");
    const status = async (as: Ask["as"]) => (await get("/bbb/acl", {}, as === undefined ? {} : { as })).status;
    assert.deepEqual([await status(undefined), await status(alt), await status(ram), await status(null)], [200, 403, 403, 403]);
    await put("/bbb/acl?acl", "", { "x-amz-acl": "authenticated-read" });
    assert.deepEqual([await status(alt), await status(null)], [200, 403]);
    await put("/bbb/acl?acl", "", { "x-amz-acl": "public-read" });
    assert.equal(await status(null), 200);
    assert.match((await get("/bbb/acl?acl")).text, /AllUsers<\/URI><\/Grantee><Permission>READ/);
    assert.equal((await get("/bbb/acl?acl", {}, { as: alt })).status, 403);
    assert.equal((await put("/bbb/acl?acl", "", { "x-amz-acl": "private" }, { as: alt })).status, 403);
  });
});

describe("GetObjectAttributes", () => {
  it("answers what is asked for and nothing else", async () => {
    await put("/bbb/attributes", "123", { "x-amz-checksum-sha256": base64("sha256", "123") });
    const answer = (await get("/bbb/attributes?attributes", { "x-amz-object-attributes": "ETag,ObjectSize,Checksum" })).xml();
    assert.deepEqual(
      answer.children.map(({ name }) => name),
      ["ETag", "Checksum", "ObjectSize"],
    );
    assert.deepEqual([xmlChildText(answer, "ETag"), xmlChildText(answer, "ObjectSize")], [md5("123"), "3"]);
    assert.equal((await get("/bbb/attributes?attributes", { "x-amz-object-attributes": "Colour" })).code, "InvalidArgument");
    assert.equal((await get("/bbb/attributes?attributes")).code, "InvalidArgument");
  });
});

describe("PreflightRequest", () => {
  it("is refused while there are no CORS rules, whatever the URL is signed with", async () => {
    const options = (headers: Record<string, string>, target = "/bbb/k") => world.ask({ method: "OPTIONS", target, headers, as: null });
    assert.deepEqual((await options({})).code, "BadRequest");
    const asked = { origin: "http://a.example", "access-control-request-method": "PUT" };
    const answer = await options(asked, "/bbb/k?X-Amz-Signature=1&X-Amz-Algorithm=x");
    assert.deepEqual([answer.status, answer.code, answer.message], [403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."]);
    assert.equal((await options(asked, "/missing/k")).code, "NoSuchBucket");
  });
});
