import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/cold/" });
});
after(() => world.close());

const put = (key: string, storageClass: string) => world.ask({ method: "PUT", path: `/cold/${key}`, body: "ice", headers: { "x-oss-storage-class": storageClass } });
const restore = (key: string, body?: string, more: object = {}) =>
  world.ask({ method: "POST", path: `/cold/${key}`, query: { restore: "" }, ...(body === undefined ? {} : { body }), ...more });
const request = (days: number | string, tier?: string): string =>
  `<RestoreRequest><Days>${days}</Days>${tier === undefined ? "" : `<JobParameters><Tier>${tier}</Tier></JobParameters>`}</RestoreRequest>`;
const read = async (key: string) => {
  const { status, code, text } = await world.ask({ method: "GET", path: `/cold/${key}` });
  return [status, code ?? text];
};
const shut = [403, "InvalidObjectState"];

test("what is archived is read only after it was restored, and until its days are over", async () => {
  await put("a", "Archive");
  assert.deepEqual(await read("a"), shut);
  assert.equal((await world.ask({ method: "HEAD", path: "/cold/a" })).status, 200);
  assert.equal((await world.ask({ method: "PUT", path: "/cold/copy", headers: { "x-oss-copy-source": "/cold/a" } })).code, "InvalidObjectState");
  const begun = await restore("a", request(2));
  assert.equal(begun.status, 202);
  assert.equal((await world.ask({ method: "HEAD", path: "/cold/a" })).headers.get("x-oss-restore"), 'ongoing-request="true"');
  assert.match(
    (await world.ask({ method: "GET", path: "/cold/" })).text,
    /<RestoreInfo>ongoing-request="true"<\/RestoreInfo>|<RestoreInfo>ongoing-request=&quot;true&quot;<\/RestoreInfo>/,
  );
  assert.deepEqual(await read("a"), shut);
  const twice = await restore("a");
  assert.deepEqual([twice.status, twice.code, twice.headers.get("x-oss-ec")], [409, "RestoreAlreadyInProgress", "0016-00000701"]);
  const early = await world.ask({ method: "POST", path: "/cold/a", query: { cleanRestoredObject: "" } });
  assert.deepEqual([early.status, early.code], [409, "ArchiveRestoreNotFinished"]);
  world.clock.now += 60_000;
  assert.deepEqual(await read("a"), [200, "ice"]);
  assert.match(
    (await world.ask({ method: "HEAD", path: "/cold/a" })).headers.get("x-oss-restore") ?? "",
    /^ongoing-request="false", expiry-date="\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"$/,
  );
  assert.equal((await restore("a", request(5))).status, 200, "for longer");
  assert.equal((await world.ask({ method: "PUT", path: "/cold/copy", headers: { "x-oss-copy-source": "/cold/a", "x-oss-storage-class": "Standard" } })).status, 200);
  assert.deepEqual(await read("copy"), [200, "ice"]);
  assert.equal((await world.ask({ method: "POST", path: "/cold/a", query: { cleanRestoredObject: "" } })).status, 200);
  assert.deepEqual(await read("a"), shut);
  assert.equal((await restore("a", request(3))).status, 202);
  world.clock.now += 60_000 + 3 * 86_400_000 - 1;
  assert.deepEqual(await read("a"), [200, "ice"]);
  world.clock.now += 1;
  assert.deepEqual(await read("a"), shut, "its days are over");
});

test("tiers are those of colder classes, and are told", async () => {
  for (const tier of ["Expedited", "Standard", "Bulk"]) {
    await put(tier, "ColdArchive");
    const begun = await restore(tier, request(5, tier));
    assert.deepEqual([begun.status, begun.headers.get("x-oss-object-restore-priority")], [202, tier]);
  }
  await put("b", "Archive");
  assert.equal((await restore("b", request(5, "Bulk"))).code, "MalformedXML");
  assert.equal((await restore("b", request(8))).code, "InvalidArgument");
  await put("c", "DeepColdArchive");
  for (const body of [request(1, "Fast"), request(0), request("x"), request(366)]) assert.equal((await restore("c", body)).code, "InvalidArgument", body);
  assert.equal((await restore("c", "<Other/>")).code, "MalformedXML");
  assert.deepEqual(await read("c"), shut);
});

test("what is no archive's, not there or somebody else's is not restored", async () => {
  await put("warm", "IA");
  const warm = await restore("warm");
  assert.deepEqual([warm.status, warm.code, warm.headers.get("x-oss-ec")], [400, "OperationNotSupported", "0016-00000702"]);
  assert.equal((await restore("nothing")).code, "NoSuchKey");
  assert.equal((await restore("b", undefined, { as: other })).code, "AccessDenied");
  assert.deepEqual(await read("b"), shut);
});
