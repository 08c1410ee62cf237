import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/kept/" });
});
afterEach(() => world.close());

const dayMs = 86_400_000;
const period = (root: string, days: number | string): string => `<${root}><RetentionPeriodInDays>${days}</RetentionPeriodInDays></${root}>`;
const initiate = (days: number | string) => world.ask({ method: "POST", path: "/kept/", query: { worm: "" }, body: period("InitiateWormConfiguration", days) });
const complete = (wormId: string) => world.ask({ method: "POST", path: "/kept/", query: { wormId } });
const extend = (wormId: string, days: number) => world.ask({ method: "POST", path: "/kept/", query: { wormId, wormExtend: "" }, body: period("ExtendWormConfiguration", days) });
const abort = () => world.ask({ method: "DELETE", path: "/kept/", query: { worm: "" } });
const state = async () => {
  const { text } = await world.ask({ method: "GET", path: "/kept/", query: { worm: "" } });
  return [...text.matchAll(/<(WormId|State|RetentionPeriodInDays|CreationDate)>([^<]*)</g)].map((found) => found[2]);
};
const put = (path: string, body = "1") => world.ask({ method: "PUT", path, body });
const remove = (path: string) => world.ask({ method: "DELETE", path });

test("InitiateBucketWorm holds at once, and can be aborted or completed; a completed one is extended and never aborted", async () => {
  assert.equal((await world.ask({ method: "GET", path: "/kept/", query: { worm: "" } })).code, "NoSuchWORMConfiguration");
  const id = (await initiate(1)).headers.get("x-oss-worm-id") ?? "";
  assert.match(id, /^[0-9A-F]{32}$/);
  assert.deepEqual(await state(), [id, "InProgress", "1", "2026-11-21T12:00:00.000Z"]);
  assert.equal((await initiate(2)).code, "WORMConfigurationAlreadyExists");
  assert.deepEqual([(await extend(id, 2)).status, (await extend(id, 2)).code], [400, "InvalidWORMConfiguration"]);
  assert.equal((await complete("00")).code, "NoSuchWORMConfiguration");
  assert.equal((await abort()).status, 204);
  assert.equal((await abort()).code, "NoSuchWORMConfiguration");
  const next = (await initiate(3)).headers.get("x-oss-worm-id") ?? "";
  assert.notEqual(next, id);
  assert.equal((await complete(next)).status, 200);
  assert.deepEqual((await state()).slice(0, 3), [next, "Locked", "3"]);
  assert.deepEqual([(await abort()).status, (await abort()).code], [403, "WORMConfigurationLocked"]);
  assert.equal((await complete(next)).code, "WORMConfigurationLocked");
  assert.equal((await extend(next, 3)).code, "InvalidWORMConfiguration");
  assert.equal((await extend("00", 4)).code, "NoSuchWORMConfiguration");
  assert.equal((await extend(next, 4)).status, 200);
  assert.deepEqual((await state()).slice(0, 3), [next, "Locked", "4"]);
});

test("InitiateBucketWorm refuses what is no period, and who does not own the bucket", async () => {
  for (const days of [0, 25_551]) assert.deepEqual([(await initiate(days)).status, (await initiate(days)).code], [400, "InvalidWORMConfiguration"]);
  for (const days of ["", "1.5", "a"]) assert.equal((await initiate(days)).code, "MalformedXML");
  assert.equal((await world.ask({ method: "POST", path: "/kept/", query: { worm: "" }, body: "<Worm/>" })).code, "MalformedXML");
  assert.equal((await world.ask({ method: "POST", path: "/kept/", query: { worm: "" }, body: period("InitiateWormConfiguration", 1), as: other })).code, "AccessDenied");
  assert.equal((await world.ask({ method: "DELETE", path: "/kept/", query: { wormId: "x" } })).code, "NotImplemented", "never the bucket's own DELETE");
});

test("a bucket under retention takes new objects, and gives none back before its age: no delete, overwrite, append, copy, completion or batch", async () => {
  await put("/kept/old", "first");
  await world.ask({ method: "POST", path: "/kept/grown", query: { append: "", position: "0" }, body: "1" });
  await complete((await initiate(10)).headers.get("x-oss-worm-id") ?? "");
  assert.equal((await put("/kept/new")).status, 200);
  const immutable = async (answer: ReturnType<World["ask"]>) => {
    const { status, code } = await answer;
    assert.deepEqual([status, code], [409, "FileImmutable"]);
  };
  for (const path of ["/kept/old", "/kept/new"]) {
    await immutable(remove(path));
    await immutable(put(path, "again"));
    await immutable(world.ask({ method: "PUT", path, headers: { "x-oss-copy-source": "/kept/old", "x-oss-metadata-directive": "REPLACE" } }));
  }
  const begun = await world.ask({ method: "POST", path: "/kept/old", query: { uploads: "" } });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)?.[1] ?? "";
  await world.ask({ method: "PUT", path: "/kept/old", query: { partNumber: "1", uploadId }, body: "1" });
  await immutable(world.ask({ method: "POST", path: "/kept/old", query: { uploadId }, headers: { "x-oss-complete-all": "yes" } }));
  assert.equal((await world.ask({ method: "DELETE", path: "/kept/old", query: { uploadId } })).status, 204, "an upload is no object yet");
  assert.equal((await world.ask({ method: "GET", path: "/kept/old" })).text, "first");
  const body = "<Delete><Object><Key>old</Key></Object><Object><Key>absent</Key></Object></Delete>";
  await world.ask({ method: "POST", path: "/kept/", query: { delete: "" }, body });
  assert.equal((await world.ask({ method: "GET", path: "/kept/old" })).status, 200);
  assert.equal((await world.ask({ method: "DELETE", path: "/kept/" })).code, "BucketNotEmpty");
  // Versioning makes markers above it, and the version below stays.
  await world.ask({ method: "PUT", path: "/kept/", query: { versioning: "" }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
  assert.equal((await remove("/kept/old")).status, 204);
  await immutable(world.ask({ method: "DELETE", path: "/kept/old", query: { versionId: "null" } }));
  world.clock.now += 10 * dayMs;
  assert.equal((await world.ask({ method: "DELETE", path: "/kept/old", query: { versionId: "null" } })).status, 204);
});

test("a period that nobody completes lapses after a day, and another can be begun", async () => {
  await put("/kept/a");
  await initiate(10);
  assert.equal((await remove("/kept/a")).code, "FileImmutable");
  world.clock.now += dayMs;
  assert.deepEqual(await state(), []);
  assert.equal((await remove("/kept/a")).status, 204);
  await put("/kept/b");
  assert.equal((await initiate(1)).status, 200);
  assert.equal((await remove("/kept/b")).code, "FileImmutable");
  assert.equal((await abort()).status, 204);
  assert.equal((await remove("/kept/b")).status, 204);
  assert.equal((await world.ask({ method: "DELETE", path: "/kept/" })).status, 204);
  await world.ask({ method: "PUT", path: "/kept/" });
  assert.deepEqual(await state(), [], "a new bucket of that name has none");
});
