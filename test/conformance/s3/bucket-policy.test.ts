import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Account, TenantName } from "../../../src/core/model.ts";
import { type Ask, alt, openWorld, ram, type World } from "../helper.ts";

type Parts = Record<string, unknown>;
const policy = (...statements: Parts[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const everybody = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::box/*" };

async function bucketWorld() {
  const world = await openWorld();
  const ask = (method: string, target: string, body?: string, more: Partial<Ask> = {}) => world.ask({ method, target, ...(body === undefined ? {} : { body }), ...more });
  await ask("PUT", "/box");
  await ask("PUT", "/box/k", "bytes");
  const put = async (document: string) => (await ask("PUT", "/box?policy", document)).status;
  const status = async (as: Ask["as"], method: string, target: string, body?: string, headers: Record<string, string> = {}) =>
    (await ask(method, target, body, { ...(as === undefined ? {} : { as }), headers })).status;
  return { world, ask, put, status };
}
const closing = async (world: World) => await world.close();

describe("Bucket policy", () => {
  it("is given back to the byte, replaced, and removed", async () => {
    const { world, ask, put } = await bucketWorld();
    assert.deepEqual([(await ask("GET", "/box?policy")).status, (await ask("GET", "/box?policy")).code], [404, "NoSuchBucketPolicy"]);
    const text = `{ "Version":"2012-10-17",\n "Statement" : ${JSON.stringify([everybody])} }\n`;
    assert.equal(await put(text), 204);
    assert.equal((await ask("GET", "/box?policy")).text, text);
    for (let i = 0; i < 2; i++) assert.equal((await ask("DELETE", "/box?policy")).status, 204);
    assert.equal((await ask("GET", "/box?policy")).code, "NoSuchBucketPolicy");
    await closing(world);
  });

  it("allows whom it names what it names, and a denial outweighs the owner's own right", async () => {
    const { world, ask, put, status } = await bucketWorld();
    assert.equal(await status(alt, "GET", "/box/k"), 403);
    assert.equal(await put(policy(everybody)), 204);
    assert.equal(await status(alt, "GET", "/box/k"), 200);
    assert.equal(await status(null, "GET", "/box/k"), 200);
    assert.equal(await status(null, "GET", "/box"), 403, "only what it says");
    assert.equal(await status(alt, "PUT", "/box/k", "1"), 403);
    assert.equal(await put(policy({ ...everybody, Effect: "Deny", Action: ["s3:*"], Resource: ["arn:aws:s3:::box", "arn:aws:s3:::box/*"] })), 204);
    assert.equal(await status(undefined, "GET", "/box/k"), 403);
    assert.equal(await status(undefined, "GET", "/box?cors"), 403);
    assert.equal((await ask("GET", "/box?policy")).status, 200, "its policy is the owner's in every case");
    assert.equal((await ask("DELETE", "/box?policy")).status, 204);
    assert.equal(await status(undefined, "GET", "/box/k"), 200);
    await closing(world);
  });

  it("tells missing objects to who may list them, decides each entry of a list, and knows versions as other actions", async () => {
    const { world, ask, put, status } = await bucketWorld();
    await put(policy({ ...everybody, Action: "s3:ListBucket", Resource: "arn:aws:s3:::box", Condition: { StringLike: { "s3:prefix": "public/*" } } }));
    assert.equal(await status(alt, "GET", "/box?prefix=public/x"), 200);
    assert.equal(await status(alt, "GET", "/box?prefix=private/x"), 403);
    assert.equal(await status(alt, "HEAD", "/box/public/none"), 404);
    assert.equal(await status(alt, "HEAD", "/box/private/none"), 403);
    await ask("PUT", "/box/open", "1");
    await put(policy({ ...everybody, Action: "s3:DeleteObject", Resource: "arn:aws:s3:::box/open" }));
    const list = "<Delete><Object><Key>k</Key></Object><Object><Key>open</Key></Object></Delete>";
    const answer = await ask("POST", "/box?delete", list, { as: alt, headers: {} });
    assert.match(answer.text, /<Deleted><Key>open<\/Key><\/Deleted>/);
    assert.match(answer.text, /<Error><Key>k<\/Key><Code>AccessDenied<\/Code>/);
    await put(policy(everybody));
    assert.equal(await status(alt, "GET", "/box/k?versionId=null"), 403);
    await put(policy({ ...everybody, Action: "s3:GetObjectVersion" }));
    assert.deepEqual([await status(alt, "GET", "/box/k?versionId=null"), await status(alt, "GET", "/box/k")], [200, 403]);
    await closing(world);
  });

  it("weighs tags, headers and addresses", async () => {
    const { world, ask, put, status } = await bucketWorld();
    await ask("PUT", "/box/red", "1", { headers: { "x-amz-tagging": `color=red&note=${"n".repeat(200)}` } });
    await put(policy({ ...everybody, Condition: { StringEquals: { "s3:ExistingObjectTag/color": "red" } } }));
    assert.deepEqual([await status(alt, "GET", "/box/red"), await status(alt, "GET", "/box/k")], [200, 403]);
    await put(policy({ ...everybody, Action: "s3:PutObject", Condition: { StringEquals: { "s3:RequestObjectTag/color": "red", "s3:x-amz-acl": "private" } } }));
    assert.equal(await status(alt, "PUT", "/box/new", "1", { "x-amz-tagging": "color=red", "x-amz-acl": "private" }), 200);
    assert.equal(await status(alt, "PUT", "/box/new", "1", { "x-amz-tagging": "color=blue", "x-amz-acl": "private" }), 403);
    assert.equal(await status(alt, "PUT", "/box/new", "1", { "x-amz-tagging": "color=red" }), 403);
    await put(policy(everybody, { ...everybody, Effect: "Deny", Condition: { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } } }));
    assert.equal(await status(alt, "GET", "/box/k"), 403);
    await put(policy({ ...everybody, Action: "s3:PutObject" }, { ...everybody, Action: "s3:PutObjectAcl", Effect: "Deny" }));
    assert.deepEqual([await status(alt, "PUT", "/box/acl", "1"), await status(alt, "PUT", "/box/acl", "1", { "x-amz-acl": "private" })], [200, 403]);
    await closing(world);
  });

  it("is seen by the public access block and in the policy status", async () => {
    const { world, ask, put, status } = await bucketWorld();
    const isPublic = async () => /<IsPublic>(\w+)</.exec((await ask("GET", "/box?policyStatus")).text)?.[1];
    assert.equal(await isPublic(), "false");
    const ofAlt = { ...everybody, Principal: { AWS: "arn:aws:iam::000000000002:root" } };
    await put(policy(ofAlt));
    assert.equal(await isPublic(), "false");
    await put(policy({ ...everybody, Condition: { IpAddress: { "aws:SourceIp": ["10.0.0.0/8"] } } }));
    assert.equal(await isPublic(), "false");
    await put(policy({ ...everybody, Condition: { IpAddress: { "aws:SourceIp": ["0.0.0.0/0"] } } }));
    assert.equal(await isPublic(), "true");
    await put(policy(everybody));
    assert.equal(await isPublic(), "true");
    const block = (flag: string) => ask("PUT", "/box?publicAccessBlock", `<PublicAccessBlockConfiguration><${flag}>true</${flag}></PublicAccessBlockConfiguration>`);
    await block("RestrictPublicBuckets");
    assert.deepEqual([await status(null, "GET", "/box/k"), await status(alt, "GET", "/box/k"), await status(undefined, "GET", "/box/k")], [403, 403, 200]);
    await block("BlockPublicPolicy");
    assert.deepEqual([(await ask("PUT", "/box?policy", policy(everybody))).code, await put(policy(ofAlt))], ["AccessDenied", 204]);
    await closing(world);
  });

  it("is refused in the vendor's words when it is none", async () => {
    const { world, ask } = await bucketWorld();
    const one = (parts: Parts) => policy({ ...everybody, ...parts });
    const rows: [string, RegExp][] = [
      ["", /first byte must be '\{'/],
      [" {}", /first byte must be '\{'/],
      ["{", /invalid Json/],
      ['{"Version":"2012-10-17","Version":"2012-10-17"}', /Duplicate field Version/],
      [`{"__proto__":1,"Statement":[]}`, /Unknown field __proto__/],
      [`{"Statement":${"[".repeat(5000)}}`, /invalid Json/],
      ['{"Version":"2013"}', /valid version string/],
      ['{"Version":"2012-10-17"}', /Missing required field Statement/],
      [one({ Extra: 1 }), /Unknown field Extra/],
      [one({ Effect: "allow" }), /Invalid effect: allow/],
      [one({ Principal: undefined }), /Missing required field Principal/],
      [one({ Principal: { AWS: "somebody" } }), /Invalid principal in policy/],
      [one({ Principal: undefined, NotPrincipal: { AWS: "000000000002" } }), /Allow with NotPrincipal is not allowed/],
      [one({ Action: undefined }), /Missing required field Action/],
      [one({ Action: "s3:Fly" }), /Policy has invalid action/],
      [one({ NotAction: "s3:GetObject" }), /cannot contain both/],
      [one({ Resource: "arn:aws:s3:::other/*" }), /Policy has invalid resource/],
      [one({ Condition: { StringSortOf: { "s3:prefix": "x" } } }), /Invalid Condition type : StringSortOf/],
      [one({ Condition: { StringEquals: { "s3:nonsense": "x" } } }), /invalid condition key/],
      [one({ Condition: { constructor: { "s3:prefix": "x" } } }), /Invalid Condition type/],
      [one({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.300" } } }), /Invalid IP/],
      [policy({ ...everybody, Sid: "a" }, { ...everybody, Sid: "a" }), /must be unique/],
    ];
    for (const [document, words] of rows) {
      const answer = await ask("PUT", "/box?policy", document);
      assert.deepEqual([answer.status, answer.code], [400, "MalformedPolicy"], document.slice(0, 80));
      assert.match(answer.text, words);
    }
    const large = await ask("PUT", "/box?policy", one({ Sid: "x".repeat(20 * 1024) }));
    assert.deepEqual([large.status, large.code], [400, "PolicyTooLarge"]);
    assert.equal((await ask("GET", "/box?policy")).code, "NoSuchBucketPolicy", "nothing was stored");
    await closing(world);
  });

  it("gives a user of the owner's account what it names it for, and users of others nothing by itself", async () => {
    const { world, put, status } = await bucketWorld();
    assert.equal(await status(ram, "GET", "/box/k"), 403);
    const { accountId } = (await world.core.identity.accountBy("name", "default" as TenantName, "main")) as Account;
    await put(policy({ ...everybody, Principal: { AWS: `arn:aws:iam::${accountId}:user/ram` } }));
    assert.equal(await status(ram, "GET", "/box/k"), 200);
    await put(policy({ ...everybody, Principal: { AWS: `arn:aws:iam::${accountId}:root` } }));
    assert.equal(await status(ram, "GET", "/box/k"), 403, "the account is named, its users have to be allowed by their own policies");
    await put(policy({ ...everybody, Resource: `arn:aws:s3:::box/$\{aws:username}` }));
    assert.equal(await status(ram, "GET", "/box/k"), 403);
    await status(undefined, "PUT", "/box/ram", "1");
    assert.deepEqual([await status(ram, "GET", "/box/ram"), await status(alt, "GET", "/box/ram")], [200, 403]);
    await closing(world);
  });

  it("opens a website to visitors, by the page they come from", async () => {
    const { world, ask, put } = await bucketWorld();
    await ask("PUT", "/box/index.html", "home");
    await ask("PUT", "/box?website", "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>");
    const visit = async (referer: string) =>
      (await world.ask({ method: "GET", target: "/", headers: { referer }, as: null, host: "box.website.localhost:9000", door: "website" })).status;
    assert.equal(await visit("https://ours.test/a"), 403);
    await put(policy({ ...everybody, Condition: { StringLike: { "aws:Referer": "https://ours.test/*" } } }));
    assert.deepEqual([await visit("https://ours.test/a"), await visit("https://theirs.test/a")], [200, 403]);
    await closing(world);
  });
});
