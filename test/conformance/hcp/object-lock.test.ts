/** Object Lock through HCP (9.6 and later): S3's, with HCP's words for what is under retention. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Ask, openWorld, pblack, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld("hcp");
});
after(() => world.close());
const ask = (method: string, target: string, more: Partial<Ask> = {}) => world.ask({ method, target, ...more });

describe("HCP Object Lock", () => {
  it("a delete under retention is a conflict, in a list too, until it lapses", async () => {
    assert.equal((await ask("PUT", "/records", { headers: { "x-amz-bucket-object-lock-enabled": "true" } })).status, 200);
    const until = new Date(world.clock.now + 3_600_000).toISOString();
    const made = await ask("PUT", "/records/k", { body: "x", headers: { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until } });
    const id = made.headers.get("x-amz-version-id");
    assert.equal((await ask("HEAD", "/records/k")).headers.get("x-amz-object-lock-mode"), "COMPLIANCE");
    for (const as of [undefined, pblack]) {
      const refused = await ask("DELETE", `/records/k?versionId=${id}`, { headers: { "x-amz-bypass-governance-retention": "true" }, ...(as ? { as } : {}) });
      assert.deepEqual([refused.status, refused.code], as ? [403, "AccessDenied"] : [409, "OperationAborted"]);
    }
    const list = await ask("POST", "/records?delete", { body: `<Delete><Object><Key>k</Key><VersionId>${id}</VersionId></Object></Delete>` });
    assert.match(list.text, /<Error><Key>k<\/Key><VersionId>\d+<\/VersionId><Code>OperationAborted<\/Code>/);
    const shorter = `<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${new Date(world.clock.now + 60_000).toISOString()}</RetainUntilDate></Retention>`;
    const weakened = await ask("PUT", "/records/k?retention", { body: shorter });
    assert.deepEqual([weakened.status, weakened.code], [403, "AccessDenied"]);
    world.clock.now += 3_600_000;
    assert.equal((await ask("DELETE", `/records/k?versionId=${id}`)).status, 204);
    assert.equal((await ask("DELETE", "/records")).status, 204);
  });

  it("a bucket that is there without locking does not pass for one with it", async () => {
    assert.equal((await ask("PUT", "/without")).status, 200);
    const again = await ask("PUT", "/without", { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    assert.deepEqual([again.status, again.code], [409, "InvalidBucketState"]);
  });

  it("HCP's own retention headers are refused by name, not ignored", async () => {
    for (const name of ["x-hcp-retention", "x-hcp-privileged"])
      assert.deepEqual((await ask("PUT", "/without/k", { body: "x", headers: { [name]: "A+5d" } })).code, "NotImplemented", name);
  });
});
