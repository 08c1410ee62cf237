import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Ask, openWorld, other, user } from "./helper.ts";

const name = "x-oss-amphora-purge";
const forced = { headers: { [name]: "box" } };

async function boxWorld(forceDelete = true) {
  const world = await openWorld({ settings: { forceDelete } });
  const ask = (method: string, path: string, more: Partial<Ask> = {}) => world.ask({ method, path, ...more });
  assert.equal((await ask("PUT", "/box/")).status, 200);
  for (const key of ["a/1", "a/2", "b"]) assert.equal((await ask("PUT", `/box/${key}`, { body: "x" })).status, 200);
  assert.equal((await ask("POST", "/box/a/up", { query: { uploads: "" } })).status, 200);
  const keys = async () => [...(await ask("GET", "/box/")).text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1]);
  return { world, ask, keys };
}

describe("Forced deletes", () => {
  it("take what is under a prefix, and a whole bucket, under every signature", async () => {
    for (const scheme of ["v1", "v4", "v1-url", "v4-url"] as const) {
      const { world, ask, keys } = await boxWorld();
      assert.equal((await ask("DELETE", "/box/a/", { ...forced, scheme })).status, 204);
      assert.deepEqual(await keys(), ["b"]);
      assert.ok(!(await ask("GET", "/box/", { query: { uploads: "" } })).text.includes("<UploadId>"));
      assert.equal((await ask("DELETE", "/box/", { scheme })).code, "BucketNotEmpty");
      assert.equal((await ask("DELETE", "/box/", { ...forced, scheme })).status, 204);
      assert.equal((await ask("GET", "/box/")).code, "NoSuchBucket");
      await world.close();
    }
  });

  it("are refused: not switched on, not confirmed, with a version, unsigned, added after signing, by who may only delete, by what is locked", async () => {
    const off = await boxWorld(false);
    for (const path of ["/box/", "/box/a/"])
      assert.deepEqual([(await off.ask("DELETE", path, forced)).status, (await off.ask("DELETE", path, forced)).code], [501, "NotImplemented"]);
    await off.world.close();
    const { world, ask, keys } = await boxWorld();
    for (const path of ["/box/", "/box/a/"]) {
      assert.equal((await ask("DELETE", path, { headers: { [name]: "true" } })).code, "InvalidArgument");
      assert.equal((await ask("DELETE", path, { tamper: ({ headers }) => void (headers[name] = "box") })).code, "SignatureDoesNotMatch");
      for (const as of [null, other, user]) assert.equal((await ask("DELETE", path, { ...forced, as })).status, 403);
    }
    assert.equal((await ask("DELETE", "/box/b", { ...forced, query: { versionId: "null" } })).code, "InvalidArgument");
    const statement = (actions: string[], effect = "Allow") => ({ Effect: effect, Principal: ["*"], Action: actions, Resource: ["acs:oss:*:*:box", "acs:oss:*:*:box/*"] });
    const setPolicy = async (...statements: object[]) =>
      assert.equal((await ask("PUT", "/box/", { query: { policy: "" }, body: JSON.stringify({ Version: "1", Statement: statements }) })).status, 200);
    await setPolicy(statement(["oss:DeleteBucket", "oss:DeleteObject"]));
    for (const path of ["/box/", "/box/a/"]) assert.equal((await ask("DELETE", path, { ...forced, as: user })).status, 403);
    assert.deepEqual(await keys(), ["a/1", "a/2", "b"]);
    await setPolicy(statement(["oss:DeleteObject", "oss:ForceDeleteBucket"]));
    assert.equal((await ask("DELETE", "/box/a/1", { ...forced, as: user })).status, 204);
    // OSS's policies do not bind the owner's account itself.
    await setPolicy(statement(["oss:*"]), statement(["oss:ForceDeleteBucket"], "Deny"));
    assert.equal((await ask("DELETE", "/box/", { ...forced, as: user })).status, 403);
    const body = "<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>";
    await setPolicy(statement(["oss:GetObject"]));
    assert.equal((await ask("POST", "/box/", { query: { worm: "" }, body })).status, 200);
    const refused = await ask("DELETE", "/box/", forced);
    assert.deepEqual([refused.status, refused.code], [409, "FileImmutable"]);
    assert.match(refused.text, /<Key>a\/2<\/Key>/);
    assert.equal((await ask("DELETE", "/box/a/", forced)).code, "FileImmutable");
    assert.deepEqual(await keys(), ["a/2", "b"]);
    await world.close();
  });
});
