import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Answer, openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/tagged/" });
});
after(() => world.close());

const put = (path: string, headers: Record<string, string> = {}, body = "1") => world.ask({ method: "PUT", path, headers, body });
const tags = (method: string, path: string, options: { body?: string; version?: string; value?: string } = {}) =>
  world.ask({
    method,
    path,
    query: { tagging: options.value ?? "", ...(options.version === undefined ? {} : { versionId: options.version }) },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
const tagging = (names: Record<string, string>): string =>
  `<Tagging><TagSet>${Object.entries(names)
    .map(([name, value]) => `<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`)
    .join("")}</TagSet></Tagging>`;
const shown = (answer: Answer): string[] => [...answer.text.matchAll(/<Key>([^<]*)<\/Key><Value>([^<]*)<\/Value>/g)].map((found) => `${found[1]}=${found[2]}`);
const many = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

test("object tags come with the object, are counted on reads, are replaced and go", async () => {
  assert.equal((await put("/tagged/a", { "x-oss-tagging": "team=red&stage=a%20b" })).status, 200);
  assert.deepEqual(shown(await tags("GET", "/tagged/a")), ["team=red", "stage=a b"]);
  for (const method of ["GET", "HEAD"]) assert.equal((await world.ask({ method, path: "/tagged/a" })).headers.get("x-oss-tagging-count"), "2");
  assert.equal((await tags("PUT", "/tagged/a", { body: tagging({ one: "1" }) })).status, 200);
  assert.deepEqual(shown(await tags("GET", "/tagged/a")), ["one=1"]);
  assert.equal((await tags("DELETE", "/tagged/a")).status, 204);
  assert.deepEqual(shown(await tags("GET", "/tagged/a")), []);
  assert.equal((await world.ask({ method: "HEAD", path: "/tagged/a" })).headers.get("x-oss-tagging-count"), undefined);
});

test("object tags are bounded, and refused before anything is stored", async () => {
  for (const bad of [many(11), { ["k".repeat(129)]: "v" }, { k: "v".repeat(257) }, { "": "v" }]) {
    assert.deepEqual([(await tags("PUT", "/tagged/a", { body: tagging(bad) })).status, (await tags("PUT", "/tagged/a", { body: tagging(bad) })).code], [400, "InvalidTag"]);
  }
  assert.equal((await tags("PUT", "/tagged/a", { body: "<Tagging/>" })).code, "MalformedXML");
  assert.equal((await put("/tagged/not", { "x-oss-tagging": "a=1&a=2" })).code, "InvalidTag");
  assert.equal((await world.ask({ method: "HEAD", path: "/tagged/not" })).status, 404);
});

test("a copy keeps its source's tags unless told otherwise; a multipart upload begins with its own", async () => {
  await put("/tagged/from", { "x-oss-tagging": "a=b" });
  const copy = (headers: Record<string, string>) => world.ask({ method: "PUT", path: "/tagged/to", headers: { "x-oss-copy-source": "/tagged/from", ...headers } });
  await copy({ "x-oss-tagging": "c=d" });
  assert.deepEqual(shown(await tags("GET", "/tagged/to")), ["a=b"]);
  await copy({ "x-oss-tagging-directive": "Replace", "x-oss-tagging": "c=d" });
  assert.deepEqual(shown(await tags("GET", "/tagged/to")), ["c=d"]);
  await copy({ "x-oss-tagging-directive": "Replace" });
  assert.deepEqual(shown(await tags("GET", "/tagged/to")), []);
  assert.equal((await copy({ "x-oss-tagging-directive": "Merge" })).code, "InvalidArgument");
  const begun = await world.ask({ method: "POST", path: "/tagged/big", query: { uploads: "" }, headers: { "x-oss-tagging": "p=q" } });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)?.[1] ?? "";
  assert.equal((await world.ask({ method: "PUT", path: "/tagged/big", query: { partNumber: "1", uploadId }, body: "1" })).status, 200);
  assert.equal((await world.ask({ method: "POST", path: "/tagged/big", query: { uploadId }, headers: { "x-oss-complete-all": "yes" } })).status, 200);
  assert.deepEqual(shown(await tags("GET", "/tagged/big")), ["p=q"]);
});

test("object tags are of one version", async () => {
  await world.ask({ method: "PUT", path: "/versions/" });
  await world.ask({ method: "PUT", path: "/versions/", query: { versioning: "" }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
  const version = (await put("/versions/a")).headers.get("x-oss-version-id") ?? "";
  await put("/versions/a", { "x-oss-tagging": "new=2" });
  const answer = await tags("PUT", "/versions/a", { version, body: tagging({ old: "1" }) });
  assert.deepEqual([answer.status, answer.headers.get("x-oss-version-id")], [200, version]);
  assert.deepEqual(shown(await tags("GET", "/versions/a", { version })), ["old=1"]);
  assert.deepEqual(shown(await tags("GET", "/versions/a")), ["new=2"]);
});

test("bucket tags: an empty set without them, read back as written, removed by name or all", async () => {
  assert.match((await tags("GET", "/tagged/")).text, /<TagSet><\/TagSet>/);
  const text = `${tagging({ a: "1", b: "2", c: "3", d: "4" })}\n`;
  assert.equal((await tags("PUT", "/tagged/", { body: text })).status, 200);
  assert.equal((await tags("GET", "/tagged/")).text, text);
  assert.equal((await tags("DELETE", "/tagged/", { value: "a,c,unheard" })).status, 204);
  assert.deepEqual(shown(await tags("GET", "/tagged/")), ["b=2", "d=4"]);
  assert.equal((await tags("DELETE", "/tagged/", { value: "b,d" })).status, 204);
  assert.deepEqual(shown(await tags("GET", "/tagged/")), []);
  await tags("PUT", "/tagged/", { body: tagging(many(20)) });
  assert.equal((await tags("PUT", "/tagged/", { body: tagging(many(21)) })).code, "InvalidTag");
  assert.equal(shown(await tags("GET", "/tagged/")).length, 20);
  assert.equal((await tags("DELETE", "/tagged/")).status, 204);
  assert.deepEqual(shown(await tags("GET", "/tagged/")), []);
  assert.equal((await world.ask({ method: "GET", path: "/tagged/", query: { tagging: "" }, as: other })).code, "AccessDenied");
});
