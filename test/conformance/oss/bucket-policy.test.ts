import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Keys, main, mainUid, openWorld, other, user, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/ruled/" });
  await world.ask({ method: "PUT", path: "/ruled/a/1", body: "one" });
});
after(() => world.close());

const otherUid = "2000000000000002";
const policy = (method: string, body?: string, as: Keys = main) => world.ask({ method, path: "/ruled/", query: { policy: "" }, as, ...(body === undefined ? {} : { body }) });
const text = (...statements: object[]): string => JSON.stringify({ Version: "1", Statement: statements }, null, 1);
const allow = { Effect: "Allow", Principal: [otherUid], Action: ["oss:GetObject"], Resource: ["acs:oss:*:*:ruled/a/*"] };
const put = async (...statements: object[]): Promise<void> => {
  const answer = await policy("PUT", text(...statements));
  assert.equal(answer.status, 200, answer.text);
};
const get = async (as: Keys | null, path = "/ruled/a/1", headers: Record<string, string> = {}): Promise<number> => (await world.ask({ method: "GET", path, as, headers })).status;

test("PutBucketPolicy is kept to the byte, replaced, and gone after DeleteBucketPolicy", async () => {
  assert.equal((await policy("GET")).code, "NoSuchBucketPolicy");
  const written = `${text(allow)}\n`;
  assert.equal((await policy("PUT", written)).status, 200);
  const answer = await policy("GET");
  assert.deepEqual([answer.status, answer.text, answer.headers.get("content-type")], [200, written, "application/json"]);
  assert.equal((await policy("GET", undefined, other)).code, "AccessDenied");
  assert.equal((await policy("DELETE")).status, 204);
  assert.equal((await policy("DELETE")).status, 204);
  assert.equal((await policy("GET")).code, "NoSuchBucketPolicy");
  assert.equal((await world.ask({ method: "GET", path: "/ruled/", query: { policy: "", comp: "callback" } })).code, "BucketCallbackPolicyNotExist");
  assert.equal((await world.ask({ method: "PUT", path: "/ruled/", query: { policy: "", comp: "callback" }, body: written })).code, "NotImplemented");
});

test("PutBucketPolicy gives another account what it names, and a denial outweighs it", async () => {
  await put(allow);
  assert.deepEqual([await get(other), await get(null), await get(other, "/ruled/b")], [200, 403, 403]);
  await put(allow, { Effect: "Deny", Principal: ["*"], Action: ["oss:Get*"], Resource: ["acs:oss:oss-cn-hangzhou:*:ruled/*"] });
  const denied = await world.ask({ method: "GET", path: "/ruled/a/1", as: other });
  assert.deepEqual([denied.status, denied.code, /<EC>([^<]*)/.exec(denied.text)?.[1]], [403, "AccessDenied", "0003-00000202"]);
  assert.equal(await get(main), 200, "everybody without a condition is not the owner");
  const far = { IpAddress: { "acs:SourceIp": ["127.0.0.0/8"] } };
  await put({ Effect: "Deny", Principal: ["*"], Action: ["oss:GetObject"], Resource: ["acs:oss:*:*:ruled/*"], Condition: far });
  assert.equal(await get(main), 403, "with one, the owner is meant too");
  assert.equal((await policy("DELETE")).status, 204);
});

test("PutBucketPolicy names a user of an account, and everybody by an empty list", async () => {
  await put({ ...allow, Principal: [`acs:ram::${mainUid}:user/ram`] });
  assert.deepEqual([await get(user), await get(other)], [200, 403]);
  await put({ ...allow, Principal: [] });
  assert.deepEqual([await get(null), await get(other)], [200, 200]);
  const status = () => world.ask({ method: "GET", path: "/ruled/", query: { policyStatus: "" } });
  assert.match((await status()).text, /<PolicyStatus><IsPublic>true<\/IsPublic><\/PolicyStatus>/);
  await put({ ...allow, Principal: ["*"], Condition: { IpAddress: { "acs:SourceIp": "192.0.2.0/24" } } });
  assert.match((await status()).text, /<IsPublic>false</);
  assert.equal(await get(null), 403);
  // What the vendor says of a statement without principals is not known: it gives nothing.
  const { Principal: _, ...nobody } = allow;
  await put(nobody);
  assert.deepEqual([await get(null), await get(other), await get(user)], [403, 403, 403]);
  await policy("DELETE");
  assert.match((await status()).text, /<IsPublic>false</);
});

test("PutBucketPolicy judges the conditions of OSS: prefix, transport, agent, ACL and tags of a write, tags of an object, versions", async () => {
  const list = (prefix: string) => world.ask({ method: "GET", path: "/ruled/", query: { prefix }, as: other });
  const condition = (Action: string, Condition: object, Effect = "Allow") => ({
    Effect,
    Principal: [otherUid],
    Action,
    Resource: ["acs:oss:*:*:ruled", "acs:oss:*:*:ruled/*"],
    Condition,
  });
  await put(condition("oss:ListObjects", { StringLike: { "oss:Prefix": "a/*" } }));
  assert.deepEqual([(await list("a/x")).status, (await list("b")).status], [200, 403]);
  await put(condition("oss:GetObject", { Bool: { "acs:SecureTransport": "false" }, StringEquals: { "acs:UserAgent": "probe" } }));
  assert.deepEqual([await get(other, "/ruled/a/1", { "user-agent": "probe" }), await get(other)], [200, 403]);
  const write = (headers: Record<string, string>) => world.ask({ method: "PUT", path: "/ruled/by-other", as: other, headers, body: "1" });
  await put(condition("oss:PutObject", { StringNotEquals: { "oss:x-oss-object-acl": "public-read" } }));
  assert.deepEqual([(await write({ "x-oss-object-acl": "public-read" })).status, (await write({})).status], [403, 200]);
  await put(condition("oss:PutObject", { StringEquals: { "oss:RequestObjectTag/team": "red" } }));
  assert.deepEqual([(await write({ "x-oss-tagging": "team=blue" })).status, (await write({ "x-oss-tagging": "team=red" })).status], [403, 200]);
  await put({ ...condition("oss:PutObject", {}), Condition: undefined }, { ...condition("oss:PutObjectTagging", {}, "Deny"), Condition: undefined });
  assert.deepEqual([(await write({ "x-oss-tagging": "team=red" })).status, (await write({})).status], [403, 200]);
  await world.ask({ method: "PUT", path: "/ruled/a/1", query: { tagging: "" }, body: "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>" });
  await put(condition("oss:GetObject", { StringEquals: { "oss:ExistingObjectTag/team": "red" } }));
  assert.equal(await get(other), 200);
  await put(condition("oss:GetObject", { StringEquals: { "acs:AccessId": [other.id] } }), { ...condition("oss:GetObjectVersion", {}, "Deny"), Condition: undefined });
  assert.equal(await get(other), 200);
  assert.equal((await world.ask({ method: "GET", path: "/ruled/a/1", query: { versionId: "null" }, as: other })).status, 403, "of a version it is another action");
  await policy("DELETE");
});

test("PutBucketPolicy tells putting a configuration from taking it away", async () => {
  const tags = (method: string, body?: string) => world.ask({ method, path: "/ruled/", query: { tagging: "" }, as: user, ...(body === undefined ? {} : { body }) });
  const sets = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
  await put({ Effect: "Allow", Principal: [`acs:ram::${mainUid}:user/ram`], Action: ["oss:DeleteBucketTagging"], Resource: ["acs:oss:*:*:ruled"] });
  assert.deepEqual([(await tags("PUT", sets)).status, (await tags("DELETE")).status], [403, 204]);
  await put({ Effect: "Allow", Principal: [`acs:ram::${mainUid}:user/ram`], Action: ["oss:PutBucketTagging"], Resource: ["acs:oss:*:*:ruled"] });
  assert.deepEqual([(await tags("PUT", sets)).status, (await tags("DELETE")).status], [200, 403]);
  await policy("DELETE");
});

test("PutBucketPolicy refuses what is no policy of this bucket, and keeps the one there is", async () => {
  await put(allow);
  const one = (change: object): string => text({ ...allow, ...change });
  const bad: [why: string, body: string][] = [
    ["no JSON", "{"],
    ["not an object", "[]"],
    ["another version", JSON.stringify({ Version: "2012-10-17", Statement: [allow] })],
    ["no version", JSON.stringify({ Statement: [allow] })],
    ["no statement", JSON.stringify({ Version: "1", Statement: [] })],
    ["unknown element", JSON.stringify({ Version: "1", Statement: [allow], Id: "x" })],
    ["the same name twice", '{"Version":"1","Version":"1","Statement":[]}'],
    ["effect", one({ Effect: "Perhaps" })],
    ["effect missing", one({ Effect: undefined })],
    ["principal", one({ Principal: ["somebody"] })],
    ["principal as in S3", one({ Principal: { AWS: "*" } })],
    ["both principals", one({ NotPrincipal: ["*"] })],
    ["action of another service", one({ Action: ["s3:GetObject"] })],
    ["no action", one({ Action: [] })],
    ["resource of another service", one({ Resource: ["arn:aws:s3:::ruled/*"] })],
    ["another bucket", one({ Resource: ["acs:oss:*:*:other/*"] })],
    ["another region", one({ Resource: ["acs:oss:oss-cn-beijing:*:ruled/*"] })],
    ["operator", one({ Condition: { ArnLike: { "acs:SourceIp": "*" } } })],
    ["key", one({ Condition: { StringEquals: { "oss:BucketTag/a": "b" } } })],
    ["address", one({ Condition: { IpAddress: { "acs:SourceIp": "300.1.1.1" } } })],
    ["date", one({ Condition: { DateLessThan: { "acs:CurrentTime": "tomorrow" } } })],
    ["too long", `${text(allow)}${" ".repeat(17_000)}`],
  ];
  for (const [why, body] of bad) {
    const answer = await policy("PUT", body);
    assert.deepEqual([answer.status, answer.code], [400, "InvalidPolicyDocument"], why);
  }
  assert.equal((await policy("GET")).text, text(allow));
});

test("PutBucketPolicy takes a resource of another owner's, and nothing here is meant by it", async () => {
  const theirs = { Resource: [`acs:oss:*:${otherUid}:ruled/*`, `acs:oss:*:${otherUid}:*/*`] };
  await put({ ...allow, ...theirs }, { Effect: "Deny", Principal: [mainUid], Action: ["oss:GetObject"], ...theirs });
  assert.deepEqual([await get(other), await get(main)], [403, 200]);
  await put(allow);
});

test("PutBucketPolicy that opens the bucket to everybody is refused where public access is blocked", async () => {
  const block = (on: boolean) =>
    world.ask({
      method: "PUT",
      path: "/ruled/",
      query: { publicAccessBlock: "" },
      body: `<PublicAccessBlockConfiguration><BlockPublicAccess>${on}</BlockPublicAccess></PublicAccessBlockConfiguration>`,
    });
  assert.equal((await block(true)).status, 200);
  assert.equal((await policy("PUT", text({ ...allow, Principal: ["*"] }))).code, "AccessDenied");
  assert.equal((await policy("PUT", text(allow))).status, 200);
  await block(false);
  await policy("DELETE");
});
