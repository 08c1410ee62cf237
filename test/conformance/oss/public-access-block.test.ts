import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Answer, main, openWorld, other, user, type World } from "./helper.ts";

const wanted = (value: string): string => `<PublicAccessBlockConfiguration><BlockPublicAccess>${value}</BlockPublicAccess></PublicAccessBlockConfiguration>`;
const query = { publicAccessBlock: "" };
const shown = ({ text }: Answer): string | undefined => /<BlockPublicAccess>(.*)<\/BlockPublicAccess>/.exec(text)?.[1];

async function opened(): Promise<{ world: World; anyone: () => Promise<number> }> {
  const world = await openWorld();
  await world.ask({ method: "PUT", path: "/open/", headers: { "x-oss-acl": "public-read" } });
  await world.ask({ method: "PUT", path: "/open/k", body: "1" });
  return { world, anyone: async () => (await world.ask({ method: "GET", path: "/open/k", as: null })).status };
}

for (const [what, path] of [
  ["of the account", "/"],
  ["of a bucket", "/open/"],
] as const) {
  describe(`Public access block ${what}`, () => {
    it("refuses public ACLs and ignores those there are, until it is deleted", async () => {
      const { world, anyone } = await opened();
      assert.equal(shown(await world.ask({ method: "GET", path, query })), "false");
      assert.equal(await anyone(), 200);
      assert.equal((await world.ask({ method: "PUT", path, query, body: wanted("true") })).status, 200);
      assert.equal(shown(await world.ask({ method: "GET", path, query })), "true");
      assert.equal(await anyone(), 403);
      for (const [method, target, headers] of [
        ["PUT", "/open/", { "x-oss-acl": "public-read-write" }],
        ["PUT", "/open/k", { "x-oss-object-acl": "public-read" }],
      ] as const) {
        const answer = await world.ask({ method, path: target, query: { acl: "" }, headers });
        assert.deepEqual([answer.status, answer.code], [403, "AccessDenied"]);
      }
      assert.equal((await world.ask({ method: "PUT", path: "/new/", headers: { "x-oss-acl": "public-read" } })).status, path === "/" ? 403 : 200);
      assert.equal((await world.ask({ method: "PUT", path, query, body: wanted("false") })).status, 200);
      assert.equal(await anyone(), 200);
      await world.ask({ method: "PUT", path, query, body: wanted("true") });
      for (let i = 0; i < 2; i++) assert.equal((await world.ask({ method: "DELETE", path, query })).status, 204);
      assert.equal(shown(await world.ask({ method: "GET", path, query })), "false");
      assert.equal(await anyone(), 200);
      await world.close();
    });

    it("is told true or false, by its owner", async () => {
      const { world, anyone } = await opened();
      for (const [written, told] of [
        ["True", "true"],
        ["False", "false"],
      ] as const) {
        assert.equal((await world.ask({ method: "PUT", path, query, body: wanted(written) })).status, 200);
        assert.equal(shown(await world.ask({ method: "GET", path, query })), told);
      }
      for (const body of [wanted("yes"), "<PublicAccessBlockConfiguration/>", "<Other/>", "<PublicAccessBlockConfiguration>", ""])
        assert.deepEqual([(await world.ask({ method: "PUT", path, query, body })).code], ["MalformedXML"], body);
      for (const method of ["GET", "PUT", "DELETE"])
        for (const as of path === "/" ? [null, user] : [null, user, other])
          assert.equal((await world.ask({ method, path, query, as, ...(method === "PUT" ? { body: wanted("true") } : {}) })).status, 403);
      // Another account's own says nothing about this one's buckets.
      if (path === "/") assert.equal((await world.ask({ method: "PUT", path, query, as: other, body: wanted("true") })).status, 200);
      assert.equal(await anyone(), 200);
      assert.equal(shown(await world.ask({ method: "GET", path, query, as: main })), "false");
      await world.close();
    });
  });
}
