/** The lists: pages, delimiters, encoding, markers, validation. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type XmlNode, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { openWorld, type World } from "./helper.ts";

let world: World;
const keys = ["a", "a/b", "a/c/d", "b+ &<", "c\u0001", "z", "中文/1", "中文/2"];
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/lists/" });
  for (const key of keys) assert.equal((await world.ask({ method: "PUT", path: `/lists/${encodeURIComponent(key)}`, body: key })).status, 200);
});
after(() => world.close());

const list = (query: Record<string, string>, bucket = "lists") => world.ask({ method: "GET", path: `/${bucket}/`, query });
const named = (root: XmlNode, element: string, name: string) => xmlChildren(root, element).map((node) => xmlChildText(node, name) as string);

test("ListObjects shows every key, bare and encoded", async () => {
  const bare = (await list({})).xml();
  assert.deepEqual(named(bare, "Contents", "Key"), keys);
  assert.equal(xmlChildText(bare, "MaxKeys"), "100");
  assert.equal(xmlChildText(bare, "EncodingType"), undefined);
  const encoded = (await list({ "encoding-type": "url", prefix: "中文/", delimiter: "/" })).xml();
  assert.equal(xmlChildText(encoded, "EncodingType"), "url");
  assert.equal(xmlChildText(encoded, "Prefix"), "%E4%B8%AD%E6%96%87%2F");
  assert.deepEqual(named(encoded, "Contents", "Key").map(decodeURIComponent), ["中文/1", "中文/2"]);
  const first = xmlChildren(bare, "Contents")[0] as XmlNode;
  assert.deepEqual(
    ["ETag", "Type", "Size", "StorageClass", "LastModified"].map((name) => xmlChildText(first, name)),
    ['"0CC175B9C0F1B6A831C399E269772661"', "Normal", "1", "Standard", "2026-11-21T12:00:00.000Z"],
  );
  assert.equal(xmlChildText(xmlChildren(first, "Owner")[0] as XmlNode, "ID"), "1000000000000001");
});

test("pages of every size, with and without a delimiter, give the same whole: both forms of the list", async () => {
  for (const delimiter of ["", "/"]) {
    const whole = (await list({ delimiter })).xml();
    const expected = [...named(whole, "Contents", "Key"), ...named(whole, "CommonPrefixes", "Prefix")].sort();
    for (const size of [1, 2, 3, 7]) {
      for (const v2 of [false, true]) {
        const found: string[] = [];
        let marker: string | undefined = "";
        for (let pages = 0; marker !== undefined; pages++) {
          assert.ok(pages <= keys.length, "the list ends");
          const next: Record<string, string> = v2 ? { "list-type": "2", ...(marker === "" ? {} : { "continuation-token": marker }) } : { marker };
          const root = (await list({ delimiter, "max-keys": String(size), ...next })).xml();
          const page = [...named(root, "Contents", "Key"), ...named(root, "CommonPrefixes", "Prefix")];
          assert.ok(page.length <= size);
          if (v2) assert.equal(xmlChildText(root, "KeyCount"), String(page.length));
          found.push(...page);
          marker = xmlChildText(root, v2 ? "NextContinuationToken" : "NextMarker");
          assert.equal(xmlChildText(root, "IsTruncated"), String(marker !== undefined));
        }
        assert.deepEqual(found.sort(), expected, `delimiter "${delimiter}", ${size} a page, v${v2 ? 2 : 1}`);
      }
    }
  }
});

test("ListObjectsV2: start-after, owners on request, tokens that are none", async () => {
  const after = (await list({ "list-type": "2", "start-after": "c\u0001" })).xml();
  assert.deepEqual(named(after, "Contents", "Key"), ["z", "中文/1", "中文/2"]);
  assert.ok(!(await list({ "list-type": "2" })).text.includes("<Owner>"));
  assert.match((await list({ "list-type": "2", "fetch-owner": "true" })).text, /<Owner><ID>1000000000000001</);
  assert.equal((await list({ "list-type": "2", "continuation-token": "err-token" })).code, "InvalidArgument");
  assert.equal((await list({ "list-type": "3" })).code, "InvalidArgument");
});

test("numbers and texts of a list are checked", async () => {
  const wrong: Record<string, string>[] = [
    { "max-keys": "-1" },
    { "max-keys": "1001" },
    { "max-keys": "ten" },
    { prefix: "p".repeat(1025) },
    { delimiter: "p".repeat(1025) },
    { "encoding-type": "base64" },
  ];
  const kinds: Record<string, string>[] = [{}, { "list-type": "2" }, { versions: "" }];
  for (const query of wrong) {
    for (const kind of kinds) {
      const answer = await list({ ...kind, ...query });
      assert.deepEqual([answer.status, answer.code], [400, "InvalidArgument"], JSON.stringify(query));
    }
  }
  assert.equal((await list({ versions: "", "version-id-marker": "1" })).code, "InvalidArgument");
  assert.equal((await list({}, "nowhere")).code, "NoSuchBucket");
});

test("ListObjectVersions pages through versions of one key, the null version and markers", async () => {
  await world.ask({ method: "PUT", path: "/history/" });
  const put = (key: string, body: string) => world.ask({ method: "PUT", path: `/history/${key}`, body });
  await put("k", "null");
  await put("dir/x", "x");
  await world.ask({ method: "PUT", path: "/history/", query: { versioning: "" }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
  for (const body of ["1", "2", "3"]) await put("k", body);
  await world.ask({ method: "DELETE", path: "/history/k" });
  await put("l", "last");
  const whole = (await list({ versions: "" }, "history")).xml();
  const shown = (root: XmlNode) =>
    root.children
      .filter(({ name }) => name === "Version" || name === "DeleteMarker")
      .map((node) => `${xmlChildText(node, "Key")} ${xmlChildText(node, "VersionId")} ${xmlChildText(node, "IsLatest")}`);
  const expected = shown(whole);
  assert.equal(expected.length, 7);
  assert.match(expected[1] as string, /^k \d+ true$/, "the marker is the latest");
  assert.equal(expected[5], "k null false");
  assert.equal(xmlChildren(whole, "DeleteMarker").length, 1);
  for (const size of [1, 2, 3]) {
    const found: string[] = [];
    let next: Record<string, string> | undefined = {};
    for (let pages = 0; next !== undefined; pages++) {
      assert.ok(pages <= 8, "the list ends");
      const root = (await list({ versions: "", "max-keys": String(size), ...next }, "history")).xml();
      found.push(...shown(root));
      next =
        xmlChildText(root, "IsTruncated") === "true"
          ? { "key-marker": xmlChildText(root, "NextKeyMarker") as string, "version-id-marker": xmlChildText(root, "NextVersionIdMarker") as string }
          : undefined;
    }
    assert.deepEqual(found, expected, `${size} a page`);
  }
  const afterNull = (await list({ versions: "", "key-marker": "k", "version-id-marker": "null" }, "history")).xml();
  assert.deepEqual(
    shown(afterNull).map((line) => line.split(" ")[0]),
    ["l"],
  );
  const prefixes = (await list({ versions: "", delimiter: "/" }, "history")).xml();
  assert.deepEqual(named(prefixes, "CommonPrefixes", "Prefix"), ["dir/"]);
});
