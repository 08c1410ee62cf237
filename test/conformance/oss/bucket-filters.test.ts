import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, openWorld, other, type World } from "./helper.ts";

let world: World;
const ask = (method: string, path: string, query: Record<string, string> = {}, body?: string, more: { as?: typeof other; headers?: Record<string, string> } = {}) =>
  world.ask({ method, path, query, ...(body === undefined ? {} : { body }), ...more });
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const told = ({ status, code }: Answer) => [status, code];
const tags = (pairs: Record<string, string>): string =>
  `<Tagging><TagSet>${Object.entries(pairs)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join("")}</TagSet></Tagging>`;
const group = (id: string): string => `<BucketResourceGroupConfiguration><ResourceGroupId>${id}</ResourceGroupId></BucketResourceGroupConfiguration>`;

describe("ListBuckets", () => {
  const list = async (query: Record<string, string>, headers: Record<string, string> = {}) => {
    const page = (await ask("GET", "/", query, undefined, { headers })).xml();
    const buckets = xmlChildren(xmlChild(page, "Buckets") ?? page, "Bucket");
    return { names: buckets.map((one) => xmlChildText(one, "Name")), groups: buckets.map((one) => xmlChildText(one, "ResourceGroupId")), next: xmlChildText(page, "NextMarker") };
  };
  before(async () => {
    for (const name of ["one", "two", "three"]) await ask("PUT", `/${name}/`);
    await ask("PUT", "/one/", { tagging: "" }, tags({ team: "red", "k 1": "v" }));
    await ask("PUT", "/two/", { tagging: "" }, tags({ team: "blue" }));
    await ask("PUT", "/two/", { resourceGroup: "" }, group("rg-aaa"));
    await ask("PUT", "/three/", { resourceGroup: "" }, group("rg-default"));
  });

  it("gives those with a tag, its value said or not, or with all of a list of tags", async () => {
    assert.deepEqual((await list({ "tag-key": "team" })).names, ["one", "two"]);
    assert.deepEqual((await list({ "tag-key": "team", "tag-value": "red" })).names, ["one"]);
    assert.deepEqual((await list({ "tag-key": "team", "tag-value": "green" })).names, []);
    assert.deepEqual((await list({ tagging: "team:red,k 1:v" })).names, ["one"]);
    assert.deepEqual((await list({ tagging: '"team":"blue","k 1":"v"' })).names, []);
    assert.deepEqual(await list({ "tag-key": "team", "max-keys": "1" }).then(({ names, next }) => [names, next]), [["one"], "one"]);
    assert.deepEqual((await list({ "tag-key": "team", marker: "one" })).names, ["two"]);
    assert.ok((await ask("GET", "/", { tagging: "team:red" })).text.includes(tags({ team: "red", "k 1": "v" })), "and tells their tags");
    assert.ok(!(await ask("GET", "/")).text.includes("<Tagging>"));
    const wrong: Record<string, string>[] = [{ "tag-value": "red" }, { tagging: "team" }];
    for (const query of wrong) assert.deepEqual(told(await ask("GET", "/", query)), [400, "InvalidArgument"]);
  });

  it("gives those of a resource group, and tells each one's", async () => {
    assert.deepEqual(await list({}), { names: ["one", "three", "two"], groups: ["rg-default", "rg-default", "rg-aaa"], next: undefined });
    assert.deepEqual((await list({}, { "x-oss-resource-group-id": "rg-aaa" })).names, ["two"]);
    assert.deepEqual((await list({}, { "x-oss-resource-group-id": "rg-default" })).names, ["one", "three"]);
    assert.deepEqual((await list({ "tag-key": "team" }, { "x-oss-resource-group-id": "rg-default" })).names, ["one"]);
    assert.deepEqual(told(await ask("GET", "/", {}, undefined, { headers: { "x-oss-resource-group-id": "everything" } })), [400, "InvalidArgument"]);
  });
});

describe("PutBucketStorageCapacity, GetBucketStorageCapacity", () => {
  const capacity = (text: string): string => `<BucketUserQos><StorageCapacity>${text}</StorageCapacity></BucketUserQos>`;
  const put = (text: string, more: { as?: typeof other } = {}) => ask("PUT", "/full/", { qos: "" }, capacity(text), more);
  before(() => ask("PUT", "/full/"));

  it("is as much as there is room for, until it is said", async () => {
    const shown = async () => (await ask("GET", "/full/", { qos: "" })).text.replace(/^<\?xml.*?\?>\n?/, "");
    assert.equal(await shown(), capacity("-1"));
    for (const text of ["100", "-1", "0"]) {
      assert.deepEqual(told(await put(text)), [200, undefined]);
      assert.equal(await shown(), capacity(text));
    }
    for (const text of ["-2", "much", "1.5"]) assert.deepEqual(told(await put(text)), [400, "InvalidArgument"], text);
    assert.deepEqual(told(await ask("PUT", "/full/", { qos: "" }, "<Other/>")), [400, "MalformedXML"]);
    assert.deepEqual(told(await put("1", { as: other })), [403, "AccessDenied"]);
  });

  it("refuses every write beyond it, and takes them when it is lifted", async () => {
    await put("-1");
    await ask("POST", "/full/grown", { append: "", position: "0" }, "1");
    await ask("PUT", "/full/there", {}, "12345");
    const id = xmlChildText((await ask("POST", "/full/m", { uploads: "" })).xml(), "UploadId") ?? "";
    const part = await ask("PUT", "/full/m", { uploadId: id, partNumber: "1" }, "part");
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    await put("0");
    const writes = [
      () => ask("PUT", "/full/k", {}, "1"),
      () => ask("PUT", "/full/c", {}, undefined, { headers: { "x-oss-copy-source": "/full/there" } }),
      () => ask("POST", "/full/grown", { append: "", position: "1" }, "2"),
      () => ask("POST", "/full/m", { uploadId: id }, parts),
    ];
    for (const write of writes) assert.deepEqual(told(await write()), [403, "QuotaExceeded"]);
    assert.deepEqual(told(await ask("PUT", "/full/empty", {}, "")), [200, undefined]);
    await put("1");
    for (const write of writes) assert.equal((await write()).status, 200);
  });
});
