import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { TenantName } from "../../../src/core/model.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { alt, type Keys, main, mainCanonicalId, openWorld, ram, type World } from "../helper.ts";

const everyone = "http://acs.amazonaws.com/groups/global/AllUsers";
const accounts = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

let world: World;
let altId: string;
before(async () => {
  world = await openWorld();
  altId = (await world.core.identity.accountBy("name", "default" as TenantName, "alt"))?.canonicalId ?? "";
});
after(() => world.close());

const ask = (method: string, target: string, headers: Record<string, string> = {}, body?: string, as: Keys | null = main) =>
  world.ask({ method, target, headers, as, ...(body === undefined ? {} : { body }) });
const ok = async (...args: Parameters<typeof ask>) => {
  const answer = await ask(...args);
  assert.ok(answer.status < 300, `${args[0]} ${args[1]}: ${answer.status} ${answer.text}`);
  return answer;
};
/** `who PERMISSION` of each grant, in the order of the document. */
async function grantsAt(target: string): Promise<string[]> {
  const list = xmlChild((await ok("GET", target)).xml(), "AccessControlList") as XmlNode;
  const names = new Map([
    [mainCanonicalId, "main"],
    [altId, "alt"],
    [everyone, "everyone"],
    [accounts, "accounts"],
    [logDelivery, "log"],
  ]);
  return xmlChildren(list, "Grant").map((grant) => {
    const grantee = xmlChild(grant, "Grantee") as XmlNode;
    const id = xmlChildText(grantee, "ID");
    if (id !== undefined) assert.equal(xmlChildText(grantee, "DisplayName"), names.get(id));
    return `${names.get(id ?? xmlChildText(grantee, "URI") ?? "")} ${xmlChildText(grant, "Permission")}`;
  });
}
type Who = { id: string } | { uri: string } | { email: string };
const grantee = (who: Who): string =>
  "id" in who
    ? `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${who.id}</ID></Grantee>`
    : "uri" in who
      ? `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>${who.uri}</URI></Grantee>`
      : `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="AmazonCustomerByEmail"><EmailAddress>${who.email}</EmailAddress></Grantee>`;
const policy = (grants: [Who, string][], owner = mainCanonicalId): string =>
  `<AccessControlPolicy><Owner><ID>${owner}</ID></Owner><AccessControlList>${grants
    .map(([who, permission]) => `<Grant>${grantee(who)}<Permission>${permission}</Permission></Grant>`)
    .join("")}</AccessControlList></AccessControlPolicy>`;
const own: [Who, string] = [{ id: mainCanonicalId }, "FULL_CONTROL"];

describe("Grants in documents", () => {
  it("are by id, e-mail and group, and read back as set", async () => {
    await ok("PUT", "/doc");
    await ok("PUT", "/doc/k", {}, "1");
    const grants: [Who, string][] = [[{ email: "alt@amphora.test" }, "READ"], [{ uri: logDelivery }, "WRITE"], [{ uri: accounts }, "READ_ACP"], own];
    for (const target of ["/doc?acl", "/doc/k?acl"]) {
      await ok("PUT", target, {}, policy(grants));
      assert.deepEqual(await grantsAt(target), ["alt READ", "log WRITE", "accounts READ_ACP", "main FULL_CONTROL"]);
      const written = (await ok("GET", target)).text;
      await ok("PUT", target, { "x-amz-acl": "private" });
      await ok("PUT", target, {}, written);
      assert.equal((await ok("GET", target)).text, written, "what was read is what can be written");
      await ok("PUT", target, {}, policy([]));
      assert.deepEqual(await grantsAt(target), [], "the owner's own can be taken away, and its right to the ACL stays");
      await ok("PUT", target, {}, policy([own]));
      assert.deepEqual(await grantsAt(target), ["main FULL_CONTROL"]);
    }
  });

  it("must name who exists, and be no more than a hundred", async () => {
    await ok("PUT", "/bad");
    await ok("PUT", "/bad/k", {}, "1");
    const refused: [string, string][] = [
      [policy([[{ id: "f".repeat(64) }, "READ"]]), "InvalidArgument"],
      [policy([[{ id: "" }, "READ"]]), "InvalidArgument"],
      [policy([[{ email: "nobody@amphora.test" }, "READ"]]), "UnresolvableGrantByEmailAddress"],
      [policy([[{ uri: "http://acs.amazonaws.com/groups/global/Nobody" }, "READ"]]), "InvalidArgument"],
      [policy([[{ id: altId }, "EVERYTHING"]]), "MalformedACLError"],
      [policy(Array.from({ length: 101 }, () => own)), "MalformedACLError"],
      [policy([own], altId), "InvalidArgument"],
      ["<AccessControlPolicy/>", "MalformedACLError"],
      ["<AccessControlPolicy><Owner>", "MalformedXML"],
    ];
    for (const target of ["/bad?acl", "/bad/k?acl"]) {
      for (const [document, code] of refused) assert.deepEqual([(await ask("PUT", target, {}, document)).status, (await ask("PUT", target, {}, document)).code], [400, code]);
      assert.equal((await ask("PUT", target)).code, "MissingSecurityHeader");
      assert.equal((await ask("PUT", target, { "x-amz-acl": "private" }, policy([own]))).code, "UnexpectedContent");
      assert.deepEqual(await grantsAt(target), ["main FULL_CONTROL"]);
      await ok("PUT", target, {}, policy(Array.from({ length: 99 }, (): [Who, string] => [{ id: altId }, "READ"]).concat([own])));
    }
  });
});

describe("Grants in headers", () => {
  const all = () => ({
    "x-amz-grant-read": `id="${altId}", uri="${everyone}"`,
    "x-amz-grant-write": `emailAddress="alt@amphora.test"`,
    "x-amz-grant-read-acp": `id=${altId}`,
    "x-amz-grant-write-acp": `id=${altId}`,
    "x-amz-grant-full-control": `id=${mainCanonicalId}`,
  });
  const shown = ["alt READ", "everyone READ", "alt WRITE", "alt READ_ACP", "alt WRITE_ACP", "main FULL_CONTROL"];

  it("are taken by every operation that makes something or sets an ACL", async () => {
    await ok("PUT", "/heads", all());
    assert.deepEqual(await grantsAt("/heads?acl"), shown);
    await ok("PUT", "/heads?acl", { "x-amz-acl": "private" });
    await ok("PUT", "/heads?acl", all());
    assert.deepEqual(await grantsAt("/heads?acl"), shown);
    await ok("PUT", "/heads/put", all(), "1");
    await ok("PUT", "/heads/copy", { ...all(), "x-amz-copy-source": "/heads/put" });
    await ok("PUT", "/heads/plain", { "x-amz-copy-source": "/heads/put" });
    assert.deepEqual(await grantsAt("/heads/plain?acl"), ["main FULL_CONTROL"], "an ACL is never copied");
    await ok("PUT", "/heads/plain?acl", all());
    const id = xmlChildText((await ok("POST", "/heads/parts?uploads", all())).xml(), "UploadId");
    const etag = (await ok("PUT", `/heads/parts?partNumber=1&uploadId=${id}`, {}, "1")).headers.get("etag");
    await ok("POST", `/heads/parts?uploadId=${id}`, {}, `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`);
    for (const key of ["put", "copy", "plain", "parts"]) assert.deepEqual(await grantsAt(`/heads/${key}?acl`), shown, key);
    await ok("PUT", "/heads/put", {}, "2");
    assert.deepEqual(await grantsAt("/heads/put?acl"), ["main FULL_CONTROL"], "an overwritten object has a new ACL");
  });

  it("are refused beside a canned ACL, malformed, or of nobody, before anything is stored", async () => {
    await ok("PUT", "/refusing");
    const makes = (headers: Record<string, string>) => [
      ask("PUT", "/refused", headers),
      ask("PUT", "/refusing?acl", headers),
      ask("PUT", "/refusing/k", headers, "1"),
      ask("POST", "/refusing/k?uploads", headers),
    ];
    for (const [headers, code] of [
      [{ "x-amz-acl": "private", "x-amz-grant-read": `id=${altId}` }, "InvalidRequest"],
      [{ "x-amz-grant-read": "alt" }, "InvalidArgument"],
      [{ "x-amz-grant-read": `name="${altId}"` }, "InvalidArgument"],
      [{ "x-amz-grant-read": `id="${altId}",` }, "InvalidArgument"],
      [{ "x-amz-grant-read": "id=1" }, "InvalidArgument"],
      [{ "x-amz-grant-read": `uri="${everyone}s"` }, "InvalidArgument"],
      [{ "x-amz-grant-full-control": 'emailAddress="nobody@amphora.test"' }, "UnresolvableGrantByEmailAddress"],
      [{ "x-amz-grant-read": Array.from({ length: 101 }, () => `id=${altId}`).join(",") }, "MalformedACLError"],
    ] as [Record<string, string>, string][])
      for (const answer of await Promise.all(makes(headers))) assert.deepEqual([answer.status, answer.code], [400, code], JSON.stringify(headers).slice(0, 100));
    assert.equal((await ask("HEAD", "/refused")).status, 404);
    assert.equal((await ask("HEAD", "/refusing/k")).status, 404);
    assert.equal(xmlChildren((await ok("GET", "/refusing?uploads")).xml(), "Upload").length, 0);
    assert.equal((await ask("GET", "/refusing/k", { "x-amz-grant-read": "id=1" })).status, 404, "reads have nothing to do with it");
    assert.equal((await ask("DELETE", "/refusing/k", { "x-amz-grant-read": "id=1" })).status, 501);
  });

  it("log-delivery-write is a bucket's, and grants the group", async () => {
    await ok("PUT", "/logs", { "x-amz-acl": "log-delivery-write" });
    const grants = ["main FULL_CONTROL", "log WRITE", "log READ_ACP"];
    assert.deepEqual(await grantsAt("/logs?acl"), grants);
    await ok("PUT", "/logs?acl", { "x-amz-acl": "private" });
    await ok("PUT", "/logs?acl", { "x-amz-acl": "log-delivery-write" });
    assert.deepEqual(await grantsAt("/logs?acl"), grants);
    assert.equal((await ask("PUT", "/logs/k", { "x-amz-acl": "log-delivery-write" }, "1")).code, "InvalidArgument");
    for (const as of [alt, null]) assert.equal((await ask("GET", "/logs?acl", {}, undefined, as)).code, "AccessDenied");
  });

  it("CreateBucket again is quiet only with the same grants", async () => {
    await ok("PUT", "/again", all());
    await ok("PUT", "/again", all());
    assert.equal((await ask("PUT", "/again")).status, 409);
    await ok("PUT", "/again-private", { "x-amz-grant-full-control": `id=${mainCanonicalId}` });
    await ok("PUT", "/again-private");
  });
});

describe("What grants give", () => {
  type Try = [name: string, method: string, target: string, headers?: Record<string, string>, body?: string];
  const onBucket: Try[] = [
    ["list", "GET", "/rights"],
    ["versions", "GET", "/rights?versions"],
    ["write", "PUT", "/rights/new", {}, "1"],
    ["upload", "POST", "/rights/new?uploads"],
    ["delete", "DELETE", "/rights/gone"],
    ["readAcl", "GET", "/rights?acl"],
    ["versioning", "GET", "/rights?versioning"],
    ["deleteBucket", "DELETE", "/rights"],
  ];
  const onObject: Try[] = [
    ["get", "GET", "/rights/k"],
    ["head", "HEAD", "/rights/k"],
    ["copy", "PUT", "/alts/copy", { "x-amz-copy-source": "/rights/k" }],
    ["readAcl", "GET", "/rights/k?acl"],
    ["tags", "GET", "/rights/k?tagging"],
  ];
  const may = async (tries: Try[], as: Keys | null): Promise<string> => {
    const allowed: string[] = [];
    for (const [name, method, target, headers, body] of tries) if ((await ask(method, target, headers, body, as)).status < 300) allowed.push(name);
    return allowed.join(" ");
  };
  before(async () => {
    await ok("PUT", "/rights");
    await ok("PUT", "/rights/k", {}, "1");
    await ok("PUT", "/alts", {}, undefined, alt);
  });

  it("on a bucket: each permission its operations and no other, to an account", async () => {
    for (const [permission, allowed] of [
      ["READ", "list versions"],
      ["WRITE", "write upload delete"],
      ["READ_ACP", "readAcl"],
      ["WRITE_ACP", ""],
      ["FULL_CONTROL", "list versions write upload delete readAcl"],
    ] as const) {
      await ok("PUT", "/rights?acl", {}, policy([own, [{ id: altId }, permission]]));
      assert.equal(await may(onBucket, alt), allowed, permission);
      for (const as of [null, ram]) assert.equal(await may(onBucket, as), "", permission);
      const sets = await ask("PUT", "/rights?acl", {}, policy([own, [{ id: altId }, permission]]), alt);
      assert.equal(sets.status, permission === "WRITE_ACP" || permission === "FULL_CONTROL" ? 200 : 403, permission);
      assert.equal((await ask("GET", "/rights/k", {}, undefined, alt)).code, "AccessDenied", "the object has its own");
    }
  });

  it("on an object: each permission its operations and no other, to an account", async () => {
    await ok("PUT", "/rights?acl", { "x-amz-acl": "private" });
    for (const [permission, allowed] of [
      ["READ", "get head copy"],
      ["WRITE", ""],
      ["READ_ACP", "readAcl"],
      ["WRITE_ACP", ""],
      ["FULL_CONTROL", "get head copy readAcl"],
    ] as const) {
      await ok("PUT", "/rights/k?acl", {}, policy([own, [{ id: altId }, permission]]));
      assert.equal(await may(onObject, alt), allowed, permission);
      for (const as of [null, ram]) assert.equal(await may(onObject, as), "", permission);
      const sets = await ask("PUT", "/rights/k?acl", {}, policy([own, [{ id: altId }, permission]]), alt);
      assert.equal(sets.status, permission === "WRITE_ACP" || permission === "FULL_CONTROL" ? 200 : 403, permission);
      assert.equal((await ask("PUT", "/rights/k", {}, "2", alt)).code, "AccessDenied", "writing is the bucket's to give");
    }
  });

  it("to groups: everybody, every account, and nobody who only asks", async () => {
    for (const [uri, anonymous, account] of [
      [everyone, "get head readAcl", "get head copy readAcl"],
      [accounts, "", "get head copy readAcl"],
      [logDelivery, "", ""],
    ] as const) {
      const grants: [Who, string][] = [own, [{ uri }, "READ"], [{ uri }, "READ_ACP"]];
      await ok("PUT", "/rights/k?acl", {}, policy(grants));
      assert.deepEqual([await may(onObject, null), await may(onObject, alt)], [anonymous, account], uri);
      await ok("PUT", "/rights?acl", {}, policy(grants));
      const listed = (name: string) => (name === "" ? "" : "list versions readAcl");
      assert.deepEqual([await may(onBucket, null), await may(onBucket, alt)], [listed(anonymous), listed(account)], uri);
    }
    await ok("PUT", "/rights?acl", { "x-amz-acl": "private" });
  });

  it("of one version are its own", async () => {
    await ok("PUT", "/rights?versioning", {}, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    const old = (await ok("PUT", "/rights/v", {}, "old")).headers.get("x-amz-version-id");
    await ok("PUT", "/rights/v", {}, "new");
    await ok("PUT", `/rights/v?acl&versionId=${old}`, {}, policy([own, [{ id: altId }, "READ"]]));
    assert.equal((await ask("GET", `/rights/v?versionId=${old}`, {}, undefined, alt)).text, "old");
    assert.equal((await ask("GET", "/rights/v", {}, undefined, alt)).code, "AccessDenied");
    assert.deepEqual(await grantsAt("/rights/v?acl"), ["main FULL_CONTROL"]);
    assert.deepEqual(await grantsAt(`/rights/v?acl&versionId=${old}`), ["main FULL_CONTROL", "alt READ"]);
  });

  it("survive long metadata, tags and a change of the object's tags", async () => {
    await ok("PUT", "/rights/long", { "x-amz-meta-long": "x".repeat(1500), "x-amz-grant-read": `id=${altId}` }, "1");
    await ok("PUT", "/rights/long?tagging", {}, "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>");
    const got = await ask("GET", "/rights/long", {}, undefined, alt);
    assert.deepEqual([got.status, got.headers.get("x-amz-meta-long")?.length], [200, 1500]);
  });
});

describe("Grants under ownership controls and public access blocks", () => {
  const controls = (word: string): string => `<OwnershipControls><Rule><ObjectOwnership>${word}</ObjectOwnership></Rule></OwnershipControls>`;
  const block = (flag: string): string => `<PublicAccessBlockConfiguration><${flag}>true</${flag}></PublicAccessBlockConfiguration>`;

  it("BucketOwnerEnforced takes none but what holds anyway", async () => {
    await ok("PUT", "/enforced", { "x-amz-object-ownership": "BucketOwnerEnforced" });
    const grant = { "x-amz-grant-read": `id=${altId}` };
    assert.equal((await ask("PUT", "/enforced/k", grant, "1")).code, "AccessControlListNotSupported");
    assert.equal((await ask("PUT", "/enforced?acl", grant)).code, "AccessControlListNotSupported");
    assert.equal((await ask("PUT", "/enforced?acl", {}, policy([own]))).code, "AccessControlListNotSupported");
    await ok("PUT", "/enforced/k", { "x-amz-grant-full-control": `id=${mainCanonicalId}` }, "1");
    assert.equal((await ask("PUT", "/enforced/k?acl", {}, policy([own]))).code, "AccessControlListNotSupported");
    assert.equal((await ask("PUT", "/never", { ...grant, "x-amz-object-ownership": "BucketOwnerEnforced" })).code, "InvalidBucketAclWithObjectOwnership");
    await ok("PUT", "/granted", grant);
    assert.equal((await ask("PUT", "/granted?ownershipControls", {}, controls("BucketOwnerEnforced"))).code, "InvalidBucketAclWithObjectOwnership");
    await ok("PUT", "/granted/k", grant, "1");
    await ok("PUT", "/granted?acl", {}, policy([]));
    await ok("PUT", "/granted?ownershipControls", {}, controls("BucketOwnerEnforced"));
    assert.equal((await ask("GET", "/granted/k", {}, undefined, alt)).code, "AccessDenied");
    for (const target of ["/granted?acl", "/granted/k?acl"]) assert.deepEqual(await grantsAt(target), ["main FULL_CONTROL"]);
  });

  it("BucketOwnerPreferred: full control granted by its grants is the canned ACL", async () => {
    await ok("PUT", "/preferred", { "x-amz-object-ownership": "BucketOwnerPreferred", "x-amz-grant-write": `id=${altId}` });
    const owner = async (key: string) => xmlChildText(xmlChild((await ok("GET", `/preferred/${key}?acl`)).xml(), "Owner") as XmlNode, "ID");
    await ok("PUT", "/preferred/given", { "x-amz-grant-full-control": `id=${altId},id=${mainCanonicalId}` }, "1", alt);
    assert.equal(await owner("given"), mainCanonicalId);
    await ok("PUT", "/preferred/readable", { "x-amz-grant-read-acp": `id=${mainCanonicalId}` }, "1", alt);
    assert.equal(await owner("readable"), altId);
    assert.equal((await ask("GET", "/preferred/readable")).code, "AccessDenied");
  });

  it("a block refuses grants to everybody and every account, or ignores them, and leaves the others", async () => {
    await ok("PUT", "/blocked");
    await ok("PUT", "/blocked/k", { "x-amz-grant-read": `id=${altId},uri=${everyone}` }, "1");
    await ok("PUT", "/blocked?publicAccessBlock", {}, block("BlockPublicAcls"));
    for (const uri of [everyone, accounts]) {
      assert.equal((await ask("PUT", "/blocked/new", { "x-amz-grant-read": `uri=${uri}` }, "1")).code, "AccessDenied");
      assert.equal((await ask("PUT", "/blocked?acl", {}, policy([[{ uri }, "READ_ACP"]]))).code, "AccessDenied");
    }
    await ok("PUT", "/blocked/new", { "x-amz-grant-read": `id=${altId},uri=${logDelivery}` }, "1");
    assert.equal((await ask("GET", "/blocked/k", {}, undefined, null)).status, 200, "what there is stays");
    await ok("PUT", "/blocked?publicAccessBlock", {}, block("IgnorePublicAcls"));
    assert.equal((await ask("GET", "/blocked/k", {}, undefined, null)).status, 403);
    assert.equal((await ask("GET", "/blocked/k", {}, undefined, alt)).status, 200);
    assert.deepEqual(await grantsAt("/blocked/k?acl"), ["alt READ", "everyone READ"]);
  });
});
