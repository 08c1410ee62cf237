import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { alt, openWorld, type World } from "../helper.ts";

let world: World;
const keys = ["a/1", "a/2", "b", "c d", "c+e", "f/g/h", "Zebra", "\u0001x", "ä"];
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", target: "/list" });
  for (const key of keys) await world.ask({ method: "PUT", target: `/list/${encodeURIComponent(key)}`, body: "1" });
});
after(() => world.close());

const list = async (query: string): Promise<XmlNode> => (await world.ask({ method: "GET", target: `/list${query}` })).xml();
const keysOf = (xml: XmlNode): (string | undefined)[] => xmlChildren(xml, "Contents").map((node) => xmlChildText(node, "Key"));
const prefixesOf = (xml: XmlNode): (string | undefined)[] => xmlChildren(xml, "CommonPrefixes").map((node) => xmlChildText(node, "Prefix"));
const sorted = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));

describe("ListObjects", () => {
  it("gives every key in the order of its bytes, control characters included", async () => {
    const xml = await list("");
    assert.deepEqual(keysOf(xml), sorted);
    assert.deepEqual([xmlChildText(xml, "IsTruncated"), xmlChildText(xml, "MaxKeys"), xmlChildText(xml, "Marker"), xmlChildText(xml, "Prefix")], ["false", "1000", "", ""]);
    const first = xmlChild(xml, "Contents") as XmlNode;
    assert.deepEqual(
      first.children.map(({ name }) => name),
      ["Key", "LastModified", "ETag", "ChecksumAlgorithm", "ChecksumType", "Size", "Owner", "StorageClass"],
    );
    assert.equal(xmlChildText(first, "LastModified"), "2026-11-21T12:00:00.000Z");
    assert.equal(xmlChildText(first, "ETag"), '"c4ca4238a0b923820dcc509a6f75849b"');
  });

  it("folds by a delimiter and resumes after a marker", async () => {
    const first = await list("?delimiter=/&max-keys=3");
    assert.deepEqual([keysOf(first), prefixesOf(first), xmlChildText(first, "NextMarker")], [["\u0001x", "Zebra"], ["a/"], "a/"]);
    const second = await list("?delimiter=/&max-keys=3&marker=a/");
    assert.deepEqual([keysOf(second), prefixesOf(second)], [["b", "c d", "c+e"], []]);
    const third = await list("?delimiter=/&marker=c%2Be");
    assert.deepEqual([keysOf(third), prefixesOf(third), xmlChildText(third, "IsTruncated"), xmlChildText(third, "NextMarker")], [["ä"], ["f/"], "false", undefined]);
    assert.deepEqual(keysOf(await list("?prefix=a/")), ["a/1", "a/2"]);
    assert.deepEqual(prefixesOf(await list("?prefix=f/&delimiter=/")), ["f/g/"]);
  });

  it("escapes when asked with encoding-type=url", async () => {
    const xml = await list("?encoding-type=url&prefix=c");
    assert.deepEqual([keysOf(xml), xmlChildText(xml, "EncodingType")], [["c%20d", "c%2Be"], "url"]);
    assert.deepEqual(keysOf(await list("?encoding-type=url&prefix=a/")), ["a/1", "a/2"]);
    assert.equal((await world.ask({ method: "GET", target: "/list?encoding-type=base64" })).code, "InvalidArgument");
  });

  it("judges max-keys", async () => {
    assert.deepEqual(keysOf(await list("?max-keys=0")), []);
    assert.equal(xmlChildText(await list("?max-keys=0"), "IsTruncated"), "false");
    assert.equal(xmlChildText(await list("?max-keys=5000"), "MaxKeys"), "1000");
    for (const bad of ["blah", "-1", "1.5", "99999999999"]) assert.equal((await world.ask({ method: "GET", target: `/list?max-keys=${bad}` })).code, "InvalidArgument", bad);
  });

  it("is for who may list", async () => {
    for (const as of [alt, null]) assert.equal((await world.ask({ method: "GET", target: "/list", as })).code, "AccessDenied");
    assert.equal((await world.ask({ method: "GET", target: "/missing" })).code, "NoSuchBucket");
  });
});

describe("ListObjectsV2", () => {
  it("pages by tokens, and shows owners when asked", async () => {
    const seen: (string | undefined)[] = [];
    let token = "";
    for (let page = 0; page < 20; page++) {
      const xml = await list(`?list-type=2&max-keys=2${token}`);
      assert.equal(xmlChildText(xml, "KeyCount"), String(keysOf(xml).length));
      assert.equal(xmlChild(xmlChild(xml, "Contents") as XmlNode, "Owner"), undefined);
      seen.push(...keysOf(xml));
      const next = xmlChildText(xml, "NextContinuationToken");
      if (next === undefined) break;
      token = `&continuation-token=${encodeURIComponent(next)}`;
    }
    assert.deepEqual(seen, sorted);
    const owned = await list("?list-type=2&fetch-owner=true&max-keys=1");
    assert.notEqual(xmlChild(xmlChild(owned, "Contents") as XmlNode, "Owner"), undefined);
    const after = await list("?list-type=2&start-after=f");
    assert.deepEqual([keysOf(after), xmlChildText(after, "StartAfter")], [["f/g/h", "ä"], "f"]);
    assert.equal((await world.ask({ method: "GET", target: "/list?list-type=2&continuation-token=%25" })).code, "InvalidArgument");
  });

  it("counts prefixes among its keys", async () => {
    const xml = await list("?list-type=2&delimiter=/");
    assert.deepEqual([xmlChildText(xml, "KeyCount"), prefixesOf(xml)], ["8", ["a/", "f/"]]);
  });
});
