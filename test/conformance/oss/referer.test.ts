import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Ask, openWorld, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/hot/", headers: { "x-oss-acl": "public-read" } });
  await world.ask({ method: "PUT", path: "/hot/a", body: "1" });
});
after(() => world.close());

const referer = (method: string, body?: string, path = "/hot/") => world.ask({ method, path, query: { referer: "" }, ...(body === undefined ? {} : { body }) });
const list = (name: string, ...patterns: string[]): string => `<${name}>${patterns.map((pattern) => `<Referer>${pattern}</Referer>`).join("")}</${name}>`;
const configuration = (allowEmpty: boolean, more: string): string => `<RefererConfiguration><AllowEmptyReferer>${allowEmpty}</AllowEmptyReferer>${more}</RefererConfiguration>`;
const read = async (from: string | undefined, more: Partial<Ask> = {}) => {
  const { status, code } = await world.ask({ method: "GET", path: "/hot/a", as: null, headers: from === undefined ? {} : { referer: from }, ...more });
  return [status, code];
};
const denied = [403, "AccessDenied"];
const shown = [200, undefined];

test("referers are as by default, put, and read back as written", async () => {
  assert.match((await referer("GET")).text, /<AllowEmptyReferer>true<\/AllowEmptyReferer>.*<RefererList><\/RefererList>/);
  assert.equal((await referer("PUT", configuration(false, list("RefererList", "a")))).status, 200);
  assert.match((await referer("GET")).text, /false<\/AllowEmptyReferer><AllowTruncateQueryString>true<.*<Referer>a</, "defaults are said");
  const text = configuration(true, `<AllowTruncateQueryString>false</AllowTruncateQueryString>${list("RefererList", "http://*.a.test", "中文")}`);
  assert.equal((await referer("PUT", text)).status, 200);
  assert.equal((await referer("GET")).text, text);
});

test("referers that cannot be meant are refused, and what was there stays", async () => {
  const before = (await referer("GET")).text;
  for (const body of [
    "<RefererConfiguration/>",
    "<Other/>",
    configuration(true, "<AllowTruncateQueryString>maybe</AllowTruncateQueryString>"),
    configuration(true, "<RefererLists/>"),
    configuration(true, list("RefererList", "a") + list("RefererList", "b")),
    configuration(true, "<RefererList><Referrer>a</Referrer></RefererList>"),
  ])
    assert.deepEqual([(await referer("PUT", body)).code, body], ["MalformedXML", body]);
  assert.equal((await referer("PUT", configuration(true, list("RefererList", "a".repeat(300))))).code, "InvalidArgument");
  assert.equal((await referer("GET")).text, before);
});

test("requests that no header signs are judged, others are not", async () => {
  await referer("PUT", configuration(false, list("RefererList", "http://a.test", "http://b.*") + list("RefererBlacklist", "http://a.test/bad")));
  assert.deepEqual(await read("http://a.test/page?x"), shown);
  assert.deepEqual(await read("http://b.test"), shown);
  assert.deepEqual(await read("http://a.test/bad"), denied);
  assert.deepEqual(await read("http://c.test"), denied);
  assert.deepEqual(await read(undefined), denied);
  assert.match((await world.ask({ method: "GET", path: "/hot/a", as: null })).text, /You are denied by bucket referer policy/);
  for (const scheme of ["v1-url", "v4-url"] as const) {
    assert.deepEqual(await read(undefined, { scheme, as: undefined as never }), denied, scheme);
    const asked = await world.ask({ method: "GET", path: "/hot/a", scheme, headers: { referer: "http://a.test/" } });
    assert.equal(asked.status, 200, scheme);
  }
  for (const scheme of ["v1", "v4"] as const) assert.equal((await world.ask({ method: "GET", path: "/hot/a", scheme })).status, 200, scheme);
  assert.equal((await world.ask({ method: "GET", path: "/hot/", as: null })).status, 403, "lists too");
});

test("empty lists end it, and so does the bucket", async () => {
  await referer("PUT", configuration(true, list("RefererList")));
  assert.deepEqual(await read(undefined), shown);
  await referer("PUT", configuration(false, list("RefererList", "http://a.test")));
  assert.deepEqual(await read(undefined), denied);
  await world.ask({ method: "DELETE", path: "/hot/a" });
  await world.ask({ method: "DELETE", path: "/hot/" });
  await world.ask({ method: "PUT", path: "/hot/", headers: { "x-oss-acl": "public-read" } });
  await world.ask({ method: "PUT", path: "/hot/a", body: "1" });
  assert.deepEqual(await read(undefined), shown);
});
