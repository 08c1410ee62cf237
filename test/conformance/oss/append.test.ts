import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { crc64xz } from "../../../src/lib/crc.ts";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/logs/" });
});
after(() => world.close());

const append = (key: string, position: number | string, body: string, headers: Record<string, string> = {}) =>
  world.ask({ method: "POST", path: `/logs/${key}`, query: { append: "", position: String(position) }, body, headers });
const seal = (key: string, position: number) => world.ask({ method: "POST", path: `/logs/${key}`, query: { seal: "", position: String(position) } });
const crcOf = (text: string): string => crc64xz(Buffer.from(text)).toString();

test("appends grow an object, each answered with the next position and the checksum of the whole", async () => {
  const first = await append("a.log", 0, "one ", { "content-type": "text/x-log", "x-oss-meta-who": "me" });
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("x-oss-next-append-position"), "4");
  assert.equal(first.headers.get("x-oss-hash-crc64ecma"), crcOf("one "));
  const second = await append("a.log", 4, "two", { "x-oss-meta-who": "another" });
  assert.equal(second.headers.get("x-oss-next-append-position"), "7");
  assert.equal(second.headers.get("x-oss-hash-crc64ecma"), crcOf("one two"));
  assert.notEqual(second.headers.get("etag"), first.headers.get("etag"));
  const read = await world.ask({ method: "GET", path: "/logs/a.log" });
  assert.equal(read.text, "one two");
  assert.deepEqual(
    ["x-oss-object-type", "x-oss-next-append-position", "content-type", "x-oss-meta-who", "content-md5"].map((name) => read.headers.get(name)),
    ["Appendable", "7", "text/x-log", "me", undefined],
  );
  assert.match((await world.ask({ method: "GET", path: "/logs/" })).text, /<Type>Appendable<\/Type><Size>7</);
});

test("an append elsewhere than at the end, or to what was not begun so, changes nothing", async () => {
  await append("b.log", 0, "begun");
  for (const position of [0, 4, 6]) {
    const wrong = await append("b.log", position, "x");
    assert.deepEqual([wrong.status, wrong.code, wrong.headers.get("x-oss-next-append-position")], [409, "PositionNotEqualToLength", "5"]);
  }
  assert.equal((await append("fresh.log", 1, "x")).code, "PositionNotEqualToLength");
  await world.ask({ method: "PUT", path: "/logs/put.log", body: "put" });
  const put = await append("put.log", 3, "x");
  assert.deepEqual([put.status, put.code], [409, "ObjectNotAppendable"]);
  for (const position of ["-1", "x", "1.5", ""]) assert.equal((await append("b.log", position, "x")).code, "InvalidArgument");
  assert.equal((await world.ask({ method: "POST", path: "/logs/b.log", query: { append: "" }, body: "x" })).code, "MissingArgument");
  assert.equal((await world.ask({ method: "POST", path: "/logs/b.log", query: { append: "", position: "5" }, body: "x", as: other })).code, "AccessDenied");
  assert.equal((await append("b.log", 5, "x", { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" })).code, "InvalidDigest");
  assert.equal((await world.ask({ method: "GET", path: "/logs/b.log" })).text, "begun");
  assert.equal((await world.ask({ method: "GET", path: "/logs/put.log" })).text, "put");
});

test("only the first append gives tags; later ones are not looked at", async () => {
  const many = Array.from({ length: 15 }, (_, n) => `k${n}=v`).join("&");
  assert.equal((await append("c.log", 0, "1", { "x-oss-tagging": "a=1" })).status, 200);
  assert.equal((await append("c.log", 1, "2", { "x-oss-tagging": many })).status, 200);
  assert.match((await world.ask({ method: "GET", path: "/logs/c.log", query: { tagging: "" } })).text, /<Tag><Key>a<\/Key><Value>1<\/Value><\/Tag><\/TagSet>/);
  assert.equal((await append("d.log", 0, "1", { "x-oss-tagging": many })).status, 400);
});

test("a sealed object takes nothing more, and says since when", async () => {
  await append("e.log", 0, "all");
  const wrong = await seal("e.log", 2);
  assert.deepEqual([wrong.code, wrong.headers.get("x-oss-next-append-position")], ["PositionNotEqualToLength", "3"]);
  const sealed = await seal("e.log", 3);
  assert.equal(sealed.status, 200);
  const since = sealed.headers.get("x-oss-sealed-time");
  assert.ok(since);
  assert.equal((await append("e.log", 3, "more")).code, "ObjectNotAppendable");
  assert.equal((await seal("e.log", 3)).headers.get("x-oss-sealed-time"), since);
  const head = await world.ask({ method: "HEAD", path: "/logs/e.log" });
  assert.equal(head.headers.get("x-oss-sealed-time"), since);
  assert.equal((await world.ask({ method: "GET", path: "/logs/e.log" })).text, "all");
  assert.equal((await seal("put.log", 3)).code, "ObjectNotAppendable");
  assert.equal((await seal("nothing", 0)).code, "NoSuchKey");
});

test("how it is encrypted is said when it is begun: later appends and the parts of uploads have no say in it", async () => {
  const header = "x-oss-server-side-encryption";
  assert.equal((await append("sealed.log", 0, "one", { [header]: "AES256" })).headers.get(header), "AES256");
  assert.equal((await append("sealed.log", 3, "two", { [header]: "SM4" })).headers.get(header), "AES256");
  assert.equal((await world.ask({ method: "GET", path: "/logs/sealed.log" })).text, "onetwo");
  const begun = await world.ask({ method: "POST", path: "/logs/up", query: { uploads: "" }, headers: { [header]: "AES256" } });
  const query = { partNumber: "1", uploadId: /<UploadId>([0-9A-F]{32})</.exec(begun.text)?.[1] as string };
  const refused = await world.ask({ method: "PUT", path: "/logs/up", query, body: "x", headers: { [header]: "AES256" } });
  assert.deepEqual([refused.status, refused.code], [400, "InvalidArgument"]);
  assert.equal((await world.ask({ method: "PUT", path: "/logs/up", query, body: "x" })).headers.get(header), "AES256");
});
