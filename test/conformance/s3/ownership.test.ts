import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alt, openWorld, type World } from "../helper.ts";

const asker =
  (world: World) =>
  (method: string, target: string, body?: string, headers: Record<string, string> = {}) =>
    world.ask({ method, target, headers, ...(body === undefined ? {} : { body }) });
const controls = (word: string): string => `<OwnershipControls><Rule><ObjectOwnership>${word}</ObjectOwnership></Rule></OwnershipControls>`;
const blocks = (...flags: string[]): string => `<PublicAccessBlockConfiguration>${flags.map((flag) => `<${flag}>TRUE</${flag}>`).join("")}</PublicAccessBlockConfiguration>`;

describe("Bucket ownership controls", () => {
  it("are set with the bucket or later, shown, and removed", async () => {
    const world = await openWorld();
    const ask = asker(world);
    await ask("PUT", "/plain");
    assert.deepEqual([(await ask("GET", "/plain?ownershipControls")).status, (await ask("GET", "/plain?ownershipControls")).code], [404, "OwnershipControlsNotFoundError"]);
    for (const word of ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]) {
      const name = word.toLowerCase();
      assert.equal((await ask("PUT", `/${name}`, undefined, { "x-amz-object-ownership": word })).status, 200);
      assert.match((await ask("GET", `/${name}?ownershipControls`)).text, new RegExp(`<Rule><ObjectOwnership>${word}</ObjectOwnership></Rule>`));
      assert.equal((await ask("PUT", "/plain?ownershipControls", controls(word))).status, 200);
      assert.match((await ask("GET", "/plain?ownershipControls")).text, new RegExp(word));
    }
    for (let i = 0; i < 2; i++) assert.equal((await ask("DELETE", "/plain?ownershipControls")).status, 204);
    assert.equal((await ask("GET", "/plain?ownershipControls")).code, "OwnershipControlsNotFoundError");
    assert.equal((await ask("PUT", "/plain?ownershipControls", controls("Nobody"))).code, "MalformedXML");
    assert.equal((await ask("PUT", "/plain?ownershipControls", "<OwnershipControls/>")).code, "MalformedXML");
    assert.equal((await ask("PUT", "/odd", undefined, { "x-amz-object-ownership": "Nobody" })).code, "InvalidArgument");
    assert.equal((await ask("PUT", "/plain/key", "1", { "x-amz-object-ownership": "ObjectWriter" })).status, 501);
    await world.close();
  });

  it("BucketOwnerEnforced leaves no room for ACLs", async () => {
    const world = await openWorld();
    const ask = asker(world);
    await ask("PUT", "/open", undefined, { "x-amz-acl": "public-read" });
    assert.deepEqual(
      [(await ask("PUT", "/open?ownershipControls", controls("BucketOwnerEnforced"))).status, (await ask("PUT", "/open?ownershipControls", controls("BucketOwnerEnforced"))).code],
      [400, "InvalidBucketAclWithObjectOwnership"],
    );
    await ask("PUT", "/open?acl", undefined, { "x-amz-acl": "private" });
    await ask("PUT", "/open/before", "1", { "x-amz-acl": "public-read" });
    assert.equal((await world.ask({ method: "GET", target: "/open/before", as: alt })).status, 200);
    assert.equal((await ask("PUT", "/open?ownershipControls", controls("BucketOwnerEnforced"))).status, 200);
    assert.equal((await world.ask({ method: "GET", target: "/open/before", as: alt })).code, "AccessDenied");
    for (const [method, target, headers] of [
      ["PUT", "/open/a", {}],
      ["POST", "/open/a?uploads", {}],
      ["PUT", "/open/a", { "x-amz-copy-source": "/open/before" }],
    ] as const) {
      assert.equal((await ask(method, target, undefined, headers)).status, 200);
      assert.equal((await ask(method, target, undefined, { ...headers, "x-amz-acl": "bucket-owner-full-control" })).status, 200);
      const refused = await ask(method, target, undefined, { ...headers, "x-amz-acl": "private" });
      assert.deepEqual([refused.status, refused.code], [400, "AccessControlListNotSupported"]);
    }
    for (const target of ["/open?acl", "/open/before?acl"]) {
      assert.equal((await ask("PUT", target, undefined, { "x-amz-acl": "private" })).code, "AccessControlListNotSupported");
      assert.equal((await ask("GET", target)).status, 200);
    }
    await world.close();
  });

  it("of new buckets are as the server says, by itself BucketOwnerEnforced; HCP's buckets have none", async () => {
    for (const [setting, shown] of [
      ["BucketOwnerEnforced", "BucketOwnerEnforced"],
      ["ObjectWriter", "ObjectWriter"],
      [undefined, "BucketOwnerEnforced"],
    ] as const) {
      const world = await openWorld("s3", setting === undefined ? { defaultOwnership: undefined as never } : { defaultOwnership: setting });
      const ask = asker(world);
      await ask("PUT", "/fresh");
      assert.match((await ask("GET", "/fresh?ownershipControls")).text, new RegExp(shown));
      await ask("PUT", "/chosen", undefined, { "x-amz-object-ownership": "BucketOwnerPreferred" });
      assert.match((await ask("GET", "/chosen?ownershipControls")).text, /BucketOwnerPreferred/);
      const open = await ask("PUT", "/opened", undefined, { "x-amz-acl": "public-read" });
      assert.equal(open.code, shown === "BucketOwnerEnforced" ? "InvalidBucketAclWithObjectOwnership" : undefined);
      await world.close();
    }
    const hcp = await openWorld("hcp", { defaultOwnership: "BucketOwnerEnforced" });
    await asker(hcp)("PUT", "/fresh");
    assert.equal((await asker(hcp)("GET", "/fresh?ownershipControls")).status, 404);
    assert.equal((await asker(hcp)("PUT", "/fresh/a", "1", { "x-amz-acl": "public-read" })).status, 200);
    await hcp.close();
  });
});

describe("PublicAccessBlock", () => {
  it("is absent, put, shown with all its flags, acted upon, and removed", async () => {
    const world = await openWorld();
    const ask = asker(world);
    await ask("PUT", "/blocked", undefined, { "x-amz-acl": "public-read" });
    await ask("PUT", "/blocked/a", "1", { "x-amz-acl": "public-read" });
    const stranger = (target: string) => world.ask({ method: "GET", target, as: alt });
    assert.deepEqual(
      [(await ask("GET", "/blocked?publicAccessBlock")).status, (await ask("GET", "/blocked?publicAccessBlock")).code],
      [404, "NoSuchPublicAccessBlockConfiguration"],
    );
    assert.equal((await ask("PUT", "/blocked?publicAccessBlock", blocks("BlockPublicAcls", "BlockPublicPolicy"))).status, 200);
    assert.match(
      (await ask("GET", "/blocked?publicAccessBlock")).text,
      /<BlockPublicAcls>true<\/BlockPublicAcls><IgnorePublicAcls>false<\/IgnorePublicAcls><BlockPublicPolicy>true<\/BlockPublicPolicy><RestrictPublicBuckets>false<\//,
    );
    for (const acl of ["public-read", "public-read-write", "authenticated-read"]) {
      assert.equal((await ask("PUT", "/blocked/x", "1", { "x-amz-acl": acl })).code, "AccessDenied");
      assert.equal((await ask("PUT", "/blocked?acl", undefined, { "x-amz-acl": acl })).code, "AccessDenied");
      assert.equal((await ask("PUT", "/blocked/a?acl", undefined, { "x-amz-acl": acl })).code, "AccessDenied");
    }
    assert.equal((await ask("PUT", "/blocked/x", "1", { "x-amz-acl": "private" })).status, 200);
    for (const target of ["/blocked", "/blocked/a"]) assert.equal((await stranger(target)).status, 200);
    await ask("PUT", "/blocked?publicAccessBlock", blocks("IgnorePublicAcls"));
    assert.equal((await ask("PUT", "/blocked?acl", undefined, { "x-amz-acl": "public-read" })).status, 200, "set, and without effect");
    for (const target of ["/blocked", "/blocked/a"]) assert.equal((await stranger(target)).code, "AccessDenied");
    assert.equal((await ask("DELETE", "/blocked?publicAccessBlock")).status, 204);
    assert.equal((await ask("GET", "/blocked?publicAccessBlock")).code, "NoSuchPublicAccessBlockConfiguration");
    for (const target of ["/blocked", "/blocked/a"]) assert.equal((await stranger(target)).status, 200);
    assert.equal((await ask("PUT", "/blocked?publicAccessBlock", blocks("Nothing"))).code, "MalformedXML");
    assert.equal((await ask("PUT", "/blocked?publicAccessBlock", blocks("IgnorePublicAcls").replace("TRUE", "maybe"))).code, "MalformedXML");
    await world.close();
  });
});
