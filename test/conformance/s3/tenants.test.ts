import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Ask, alt, type Keys, openWorld, type World } from "../helper.ts";

/** Of tenant europe. */
const eu: Keys = { id: "eukey", secret: "eu-secret-0123456789" };
let world: World;
const ask = (as: Ask["as"], method: string, target: string, body?: string, headers: Record<string, string> = {}) =>
  world.ask({ method, target, headers, ...(as === undefined ? {} : { as }), ...(body === undefined ? {} : { body }) });
const allow = (action: string, resource: string, principal: unknown = "*") =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: principal, Action: action, Resource: `arn:aws:s3:::${resource}` }] });

describe("tenant:bucket", () => {
  before(async () => {
    world = await openWorld();
    await world.core.identity.apply({
      tenants: [],
      accounts: [{ tenant: "europe", name: "eu", accountId: "000000000009", displayName: "eu", keys: [{ accessKeyId: eu.id, secretAccessKey: eu.secret }] }],
    });
    await ask(undefined, "PUT", "/home");
    await ask(undefined, "PUT", "/home/k", "of default");
    await ask(eu, "PUT", "/home");
    await ask(eu, "PUT", "/home/k", "of europe");
  });
  after(() => world.close());

  it("names a bucket of that tenant, and nothing before the colon the tenant of requests that name none", async () => {
    assert.equal((await ask(eu, "GET", "/home/k")).text, "of europe", "without a name it is the key's own tenant");
    assert.equal((await ask(eu, "GET", "/europe%3Ahome/k")).text, "of europe");
    assert.equal((await ask(undefined, "GET", "/:home/k")).text, "of default");
    assert.equal((await ask(undefined, "GET", "/default:home/k")).text, "of default");
    assert.equal((await ask(undefined, "GET", "/asia:home/k")).code, "NoSuchBucket");
  });

  it("opens nothing: another tenant's bucket lets in whom its policy names", async () => {
    for (const [as, target] of [
      [eu, "/:home/k"],
      [undefined, "/europe:home/k"],
      [null, "/europe:home/k"],
    ] as const)
      assert.equal((await ask(as, "GET", target)).code, "AccessDenied", target);
    await ask(undefined, "PUT", "/home?acl", undefined, { "x-amz-acl": "public-read-write" });
    assert.equal((await ask(eu, "GET", "/:home")).code, "AccessDenied", "an ACL's everybody ends with the tenant");
    assert.equal((await ask(eu, "PUT", "/:home/new", "1")).code, "AccessDenied");
    assert.equal((await ask(eu, "PUT", "/default:fresh")).code, "AccessDenied", "nobody makes buckets elsewhere");

    assert.equal((await ask(undefined, "PUT", "/home?policy", allow("s3:GetObject", "home/*", { AWS: "000000000009" }))).status, 204);
    assert.equal((await ask(eu, "GET", "/:home/k")).text, "of default");
    assert.equal((await ask(eu, "GET", "/:home")).code, "AccessDenied", "only what it says");
    assert.equal((await ask(eu, "DELETE", "/:home/k")).code, "AccessDenied");
    assert.equal((await ask(alt, "GET", "/home/k")).code, "AccessDenied");
    await ask(undefined, "DELETE", "/home?policy");
    assert.equal((await ask(eu, "GET", "/:home/k")).code, "AccessDenied");
  });

  it("is the source of a copy; a source without a tenant is the caller's", async () => {
    await ask(undefined, "PUT", "/home?policy", allow("s3:*Object*", "home/*", { AWS: "000000000009" }));
    assert.equal((await ask(eu, "PUT", "/home/copied", undefined, { "x-amz-copy-source": ":home/k" })).status, 200);
    assert.equal((await ask(eu, "GET", "/home/copied")).text, "of default");
    const given = { "x-amz-copy-source": "home/k", "x-amz-acl": "bucket-owner-full-control" };
    assert.equal((await ask(eu, "PUT", "/:home/given", undefined, given)).status, 200);
    assert.equal((await ask(undefined, "GET", "/home/given")).text, "of europe");
    assert.match((await ask(undefined, "GET", "/home?list-type=2&fetch-owner=true")).text, /<DisplayName>eu</);
    assert.equal((await ask(eu, "GET", "/:home/given")).code, "AccessDenied", "a policy gives nothing of what its bucket's owner does not own");
  });

  it("is no way to make a bucket whose name has a colon", async () => {
    assert.equal((await ask(undefined, "PUT", "/default:own")).status, 200);
    assert.match((await ask(undefined, "GET", "/")).text, /<Name>own<\/Name>/);
    assert.equal((await ask(undefined, "PUT", "/default:a:b:c")).code, "InvalidBucketName");
  });
});
