import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, mainUid, openWorld, other, user, type World } from "./helper.ts";

const otherUid = "2000000000000002";
let world: World;
type More = { as?: typeof other | null; point?: string; host?: string; headers?: Record<string, string>; scheme?: "v1" | "v4-url" };
const ask = (method: string, path: string, query: Record<string, string> = {}, body?: string, { point, headers, ...more }: More = {}) =>
  world.ask({
    method,
    path,
    query,
    ...(body === undefined ? {} : { body }),
    headers: { ...headers, ...(point === undefined ? {} : { "x-oss-access-point-name": point }) },
    ...more,
  });
before(async () => {
  world = await openWorld();
  for (const bucket of ["lake", "pond"]) await ask("PUT", `/${bucket}/`);
  await ask("PUT", "/lake/dir/k", {}, "hello");
});
after(() => world.close());

const told = ({ status, code }: Answer) => [status, code];
const text = (name: string, origin = "internet", more = ""): string =>
  `<CreateAccessPointConfiguration><AccessPointName>${name}</AccessPointName><NetworkOrigin>${origin}</NetworkOrigin>${more}</CreateAccessPointConfiguration>`;
const make = (name: string, more?: string, bucket = "lake") => ask("PUT", `/${bucket}/`, { accessPoint: "" }, more ?? text(name));
const aliasOf = async (name: string, bucket = "lake"): Promise<string> =>
  xmlChildText((await ask("GET", `/${bucket}/`, { accessPoint: "" }, undefined, { point: name })).xml(), "Alias") ?? "";
const remove = (name: string, bucket = "lake") => ask("DELETE", `/${bucket}/`, { accessPoint: "" }, undefined, { point: name });
const policyOf = (name: string, effect: string, actions: string[], principal = otherUid, key = "*"): string => {
  const arn = `acs:oss:cn-hangzhou:${mainUid}:accesspoint/${name}`;
  return JSON.stringify({ Version: "1", Statement: [{ Effect: effect, Action: actions, Principal: [principal], Resource: [arn, `${arn}/object/${key}`] }] });
};
const putPolicy = (name: string, policy: string) => ask("PUT", "/lake/", { accessPointPolicy: "" }, policy, { point: name });

describe("CreateAccessPoint, GetAccessPoint, ListAccessPoints, DeleteAccessPoint", () => {
  it("makes a point, tells of it, lists it for the bucket and the account, and removes it", async () => {
    const made = (await make("ap-01")).xml();
    const alias = xmlChildText(made, "Alias") ?? "";
    const arn = `acs:oss:cn-hangzhou:${mainUid}:accesspoint/ap-01`;
    assert.deepEqual([made.name, xmlChildText(made, "AccessPointArn")], ["CreateAccessPointResult", arn]);
    assert.match(alias, /^ap-01-[0-9a-f]{32}-ossalias$/);
    const shown = (await ask("GET", "/lake/", { accessPoint: "" }, undefined, { point: "ap-01" })).xml();
    assert.deepEqual(
      ["AccessPointName", "Bucket", "AccountId", "NetworkOrigin", "AccessPointArn", "CreationDate", "Alias", "Status"].map((name) => xmlChildText(shown, name)),
      ["ap-01", "lake", mainUid, "internet", arn, "2026-11-21T12:00:00.000Z", alias, "enable"],
    );
    assert.ok(xmlChildText(xmlChild(shown, "Endpoints") ?? shown, "PublicEndpoint")?.endsWith(".oss-cn-hangzhou.oss-accesspoint.aliyuncs.com"));
    await make("ap-02", text("ap-02", "vpc", "<VpcConfiguration><VpcId>vpc-1</VpcId></VpcConfiguration>"), "pond");
    const names = async (path: string, query: Record<string, string> = {}) => {
      const page = (await ask("GET", path, { accessPoint: "", ...query })).xml();
      const points = xmlChildren(xmlChild(page, "AccessPoints") ?? page, "AccessPoint");
      return { names: points.map((one) => xmlChildText(one, "AccessPointName")), more: xmlChildText(page, "IsTruncated"), next: xmlChildText(page, "NextContinuationToken") ?? "" };
    };
    assert.deepEqual((await names("/lake/")).names, ["ap-01"]);
    assert.deepEqual((await names("/")).names, ["ap-01", "ap-02"]);
    const first = await names("/", { "max-keys": "1" });
    assert.deepEqual([first.names, first.more], [["ap-01"], "true"]);
    assert.deepEqual(await names("/", { "continuation-token": first.next }), { names: ["ap-02"], more: "false", next: "" });
    assert.deepEqual(told(await ask("DELETE", "/lake/", { accessPoint: "" }, undefined, { point: "ap-09" })), [404, "NoSuchAccessPoint"]);
    assert.deepEqual(told(await remove("ap-01")), [204, undefined]);
    assert.deepEqual(told(await ask("GET", "/lake/", { accessPoint: "" }, undefined, { point: "ap-01" })), [404, "NoSuchAccessPoint"]);
    assert.deepEqual(told(await ask("GET", `/${alias}/dir/k`)), [404, "NoSuchBucket"]);
    assert.deepEqual((await names("/")).names, ["ap-02"]);
    await remove("ap-02", "pond");
  });

  it("refuses names that are none or taken in the account, other documents, and who does not own the bucket", async () => {
    await make("taken");
    assert.deepEqual(told(await make("taken")), [409, "AccessPointAlreadyExist"]);
    assert.deepEqual(told(await make("taken", undefined, "pond")), [409, "AccessPointAlreadyExist"]);
    for (const name of ["ab", "Upper", "-ap", "ap-", "a".repeat(20), "a_b"]) assert.deepEqual(told(await make(name)), [400, "InvalidArgument"], name);
    for (const body of [text("ap-03", "moon"), text("ap-03", "vpc")]) assert.deepEqual(told(await make("", body)), [400, "InvalidArgument"]);
    assert.deepEqual(told(await make("", "<Other/>")), [400, "MalformedXML"]);
    assert.deepEqual(told(await ask("DELETE", "/lake/", { accessPoint: "" })), [400, "MissingArgument"]);
    for (const as of [other, user]) {
      assert.deepEqual(told(await ask("PUT", "/lake/", { accessPoint: "" }, text("ap-04"), { as })), [403, "AccessDenied"]);
      assert.deepEqual(told(await ask("GET", "/lake/", { accessPoint: "" }, undefined, { as, point: "taken" })), [403, "AccessDenied"]);
    }
    await remove("taken");
  });

  it("keeps its bucket from being deleted", async () => {
    await make("keeper", undefined, "pond");
    const refused = await ask("DELETE", "/pond/");
    assert.deepEqual(told(refused), [409, "BucketNotEmpty"]);
    assert.match(refused.text, /<Blockers>1 access point<\/Blockers>/);
    await remove("keeper", "pond");
    assert.deepEqual(told(await ask("DELETE", "/pond/")), [204, undefined]);
    await ask("PUT", "/pond/");
  });
});

describe("An alias", () => {
  it("stands for the bucket in paths and hosts, for every signature, but says nothing of the bucket itself", async () => {
    await make("reader");
    const alias = await aliasOf("reader");
    for (const scheme of [undefined, "v1", "v4-url"] as const) assert.equal((await ask("GET", `/${alias}/dir/k`, {}, undefined, scheme ? { scheme } : {})).text, "hello");
    assert.deepEqual(told(await ask("PUT", `/${alias}/new`, {}, "x")), [200, undefined]);
    assert.equal((await ask("GET", "/new", {}, undefined, { host: `${alias}.oss-cn-hangzhou.aliyuncs.com` })).text, "x");
    assert.equal(xmlChildren((await ask("GET", `/${alias}/`, { prefix: "n" })).xml(), "Contents").length, 1);
    assert.deepEqual(told(await ask("DELETE", `/${alias}/new`)), [204, undefined]);
    for (const [method, query] of [
      ["DELETE", {}],
      ["GET", { acl: "" }],
      ["PUT", { acl: "" }],
      ["GET", { accessPoint: "" }],
    ] as const)
      assert.deepEqual(told(await ask(method, `/${alias}/`, query, undefined, { headers: method === "PUT" ? { "x-oss-acl": "private" } : {} })), [403, "AccessDenied"], method);
    await remove("reader");
  });

  it("lets in who is denied nothing by the point's policy, and others where the point and the bucket both do", async () => {
    await make("gate");
    const alias = await aliasOf("gate");
    const get = (as: typeof other | null, path = `/${alias}/dir/k`) => ask("GET", path, {}, undefined, { as, headers: { "x-oss-range-behavior": "standard" } });
    assert.deepEqual(told(await ask("GET", "/lake/", { accessPointPolicy: "" }, undefined, { point: "gate" })), [404, "NoSuchAccessPointPolicy"]);
    const let1 = policyOf("gate", "Allow", ["oss:GetObject"]);
    assert.deepEqual(told(await putPolicy("gate", let1)), [200, undefined]);
    assert.equal((await ask("GET", "/lake/", { accessPointPolicy: "" }, undefined, { point: "gate" })).text, let1);
    assert.deepEqual(told(await get(other)), [403, "AccessDenied"]);
    const bucketPolicy = { Version: "1", Statement: [{ Effect: "Allow", Action: ["oss:GetObject"], Principal: [otherUid], Resource: [`acs:oss:*:${mainUid}:lake/*`] }] };
    await ask("PUT", "/lake/", { policy: "" }, JSON.stringify(bucketPolicy));
    assert.deepEqual([(await get(other)).text, (await get(other, "/lake/dir/k")).text], ["hello", "hello"]);
    await ask("DELETE", "/lake/", { accessPointPolicy: "" }, undefined, { point: "gate" });
    assert.deepEqual(told(await get(other)), [403, "AccessDenied"]);
    assert.equal((await get(other, "/lake/dir/k")).text, "hello");
    await putPolicy("gate", policyOf("gate", "Deny", ["oss:GetObject"], mainUid, "dir/*"));
    const main = { id: "main-key", secret: "main-secret" };
    assert.deepEqual(told(await get(main)), [403, "AccessDenied"]);
    assert.equal((await get(main, "/lake/dir/k")).text, "hello");
    assert.deepEqual(told(await ask("PUT", `/${alias}/dir/k2`, {}, "x")), [200, undefined]);
    for (const wrong of ["{}", policyOf("other", "Allow", ["oss:GetObject"]), JSON.stringify(bucketPolicy)])
      assert.deepEqual(told(await putPolicy("gate", wrong)), [400, "InvalidPolicyDocument"], wrong);
    await ask("DELETE", "/lake/", { policy: "" });
    await remove("gate");
  });

  it("lets nobody in who has not signed while the point is closed, and takes no public policy", async () => {
    await ask("PUT", "/lake/", { acl: "" }, undefined, { headers: { "x-oss-acl": "public-read" } });
    await make("shut");
    const alias = await aliasOf("shut");
    const visit = () => ask("GET", `/${alias}/dir/k`, {}, undefined, { as: null, headers: { "x-oss-range-behavior": "standard" } });
    const open = policyOf("shut", "Allow", ["oss:GetObject"], "*");
    assert.deepEqual(told(await visit()), [403, "AccessDenied"]);
    assert.deepEqual(told(await putPolicy("shut", open)), [200, undefined]);
    assert.equal((await visit()).text, "hello");
    const block = (method: string, body?: string) => ask(method, "/lake/", { publicAccessBlock: "" }, body, { point: "shut" });
    const text = (is: boolean): string => `<PublicAccessBlockConfiguration><BlockPublicAccess>${is}</BlockPublicAccess></PublicAccessBlockConfiguration>`;
    assert.ok((await block("GET")).text.includes("<BlockPublicAccess>false"));
    assert.deepEqual(told(await block("PUT", text(true))), [200, undefined]);
    assert.ok((await block("GET")).text.includes("<BlockPublicAccess>true"));
    assert.ok((await ask("GET", "/lake/", { publicAccessBlock: "" })).text.includes("<BlockPublicAccess>false"));
    assert.deepEqual(told(await visit()), [403, "AccessDenied"]);
    assert.deepEqual(told(await putPolicy("shut", open)), [403, "AccessDenied"]);
    assert.deepEqual(told(await block("DELETE")), [204, undefined]);
    assert.equal((await visit()).text, "hello");
    await remove("shut");
  });

  it("of a private network lets nobody in", async () => {
    await make("", text("inner", "vpc", "<VpcConfiguration><VpcId>vpc-1</VpcId></VpcConfiguration>"));
    assert.deepEqual(told(await ask("GET", `/${await aliasOf("inner")}/dir/k`)), [403, "AccessDenied"]);
    await remove("inner");
  });
});
