import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Account, TenantName } from "../../../src/core/model.ts";
import { parsePolicy } from "../../../src/dialects/s3/policy/parse.ts";
import { type Ask, openWorld, ram, type World } from "../helper.ts";

let world: World;
let main: Account;
const ask = (as: Ask["as"], method: string, target: string, headers: Record<string, string> = {}, body?: string) =>
  world.ask({ method, target, headers, ...(as === undefined ? {} : { as }), ...(body === undefined ? {} : { body }) });
const answered = async (...input: Parameters<typeof ask>) => {
  const { status, code } = await ask(...input);
  return status < 300 ? "yes" : code;
};

/** Everything is allowed to the user, where the condition holds. */
async function allow(Condition: Record<string, Record<string, unknown>>, Action: unknown = "s3:*") {
  const raw = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*", Condition }] });
  const root = (await world.core.identity.accountBy("name", "default" as TenantName, "root")) as Account;
  const admin = {
    caller: { kind: "account", account: root, accessKeyId: "k" },
    capability: "admin",
    action: "test",
    signal: new AbortController().signal,
    deadlineMs: performance.now() + 10_000,
  } as const;
  await world.core.identity.setUserPolicy(admin, { account: main.id, user: "ram", name: "p", policy: { raw, model: parsePolicy(Buffer.from(raw), {}) } });
}

describe("Condition keys", () => {
  before(async () => {
    world = await openWorld();
    await world.core.identity.apply({ accounts: [{ tenant: "default", name: "root", root: true }] });
    main = (await world.core.identity.accountBy("name", "default" as TenantName, "main")) as Account;
    await ask(undefined, "PUT", "/box", { "x-amz-bucket-object-lock-enabled": "true" });
    await ask(undefined, "PUT", "/box/k", {}, "1");
  });
  after(() => world.close());

  const day = (days: number): string => new Date(world.clock.now + days * 86_400_000).toISOString();
  const retention = (days: number, mode = "GOVERNANCE"): string => `<Retention><Mode>${mode}</Mode><RetainUntilDate>${day(days)}</RetainUntilDate></Retention>`;
  const locked = (days: number): Record<string, string> => ({ "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": day(days) });

  it("s3:object-lock-remaining-retention-days counts from now, in headers and in the document", async () => {
    await allow({ NumericLessThanEqualsIfExists: { "s3:object-lock-remaining-retention-days": "10" } });
    assert.equal(await answered(ram, "PUT", "/box/short", locked(10), "1"), "yes");
    assert.equal(await answered(ram, "PUT", "/box/long", locked(10.5), "1"), "AccessDenied");
    assert.equal(await answered(ram, "PUT", "/box/k?retention", {}, retention(9)), "yes");
    assert.equal(await answered(ram, "PUT", "/box/k?retention", {}, retention(11)), "AccessDenied");
    await allow({ NumericLessThanEquals: { "s3:object-lock-remaining-retention-days": "10" } });
    assert.equal(await answered(ram, "PUT", "/box/k?retention", {}, retention(9)), "yes", "what only the document tells is asked once it was read");
    assert.equal(await answered(ram, "PUT", "/box/k?retention", {}, "<Retention"), "MalformedXML");
  });

  it("s3:object-lock-mode and s3:object-lock-legal-hold, in headers and in documents", async () => {
    await allow({ StringEqualsIfExists: { "s3:object-lock-mode": "GOVERNANCE", "s3:object-lock-legal-hold": "ON" } });
    assert.equal(await answered(ram, "PUT", "/box/g", { ...locked(1), "x-amz-object-lock-legal-hold": "ON" }, "1"), "yes");
    assert.equal(await answered(ram, "PUT", "/box/c", { ...locked(1), "x-amz-object-lock-mode": "COMPLIANCE" }, "1"), "AccessDenied");
    assert.equal(await answered(ram, "PUT", "/box/g?retention", {}, retention(3, "COMPLIANCE")), "AccessDenied");
    assert.equal(await answered(ram, "PUT", "/box/g?retention", {}, retention(3)), "yes");
    assert.equal(await answered(ram, "PUT", "/box/g?legal-hold", {}, "<LegalHold><Status>OFF</Status></LegalHold>"), "AccessDenied");
    assert.equal(await answered(ram, "PUT", "/box/g?legal-hold", {}, "<LegalHold><Status>ON</Status></LegalHold>"), "yes");
  });

  it("s3:LocationConstraint is what CreateBucket's document says", async () => {
    const located = (region: string) => `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
    await allow({ StringLike: { "s3:LocationConstraint": "eu-*" } });
    assert.equal(await answered(ram, "PUT", "/there", {}, located("eu-west-3")), "yes");
    assert.equal(await answered(ram, "PUT", "/elsewhere", {}, located("ap-south-1")), "AccessDenied");
    assert.equal(await answered(ram, "PUT", "/nowhere"), "AccessDenied");
    assert.equal(await answered(null, "PUT", "/nobodys", {}, "<never read"), "AccessDenied");
  });

  it("s3:ResourceAccount is the account of the bucket", async () => {
    for (const [account, expected] of [
      ["000000000001", "yes"],
      ["000000000002", "AccessDenied"],
    ] as const) {
      await allow({ StringEquals: { "s3:ResourceAccount": account } });
      assert.equal(await answered(ram, "GET", "/box/k"), expected);
    }
    await allow({ StringEquals: { "aws:ResourceAccount": `$\{aws:PrincipalAccount}` } });
    assert.equal(await answered(ram, "GET", "/box/k"), "yes");
  });

  it("s3:TlsVersion is that of the connection, where there is one", async () => {
    await allow({ NumericGreaterThanEquals: { "s3:TlsVersion": "1.3" } });
    assert.equal(await answered(ram, "GET", "/box/k"), "AccessDenied");
    for (const [tls, expected] of [
      ["1.2", 403],
      ["1.3", 200],
    ] as const)
      assert.equal((await world.ask({ method: "GET", target: "/box/k", as: ram, tls })).status, expected);
  });

  it("s3:if-none-match and s3:ObjectCreationOperation together make writers ask whether it is there", async () => {
    const raw = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "s3:*", Resource: "*" },
        { Effect: "Deny", Action: "s3:PutObject", Resource: "*", Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } } },
      ],
    });
    await allow({}, "s3:*");
    const policy = raw.replaceAll('"Resource":"*"', '"Principal":"*","Resource":["arn:aws:s3:::box","arn:aws:s3:::box/*"]');
    assert.equal((await ask(undefined, "PUT", "/box?policy", {}, policy)).status, 204);
    const once = { "if-none-match": "*" };
    assert.equal(await answered(ram, "PUT", "/box/once", {}, "1"), "AccessDenied");
    assert.equal(await answered(ram, "PUT", "/box/once", once, "1"), "yes");
    assert.equal(await answered(ram, "PUT", "/box/once", once, "1"), "PreconditionFailed");
    const upload = /<UploadId>([^<]+)</.exec((await ask(ram, "POST", "/box/parts?uploads")).text)?.[1];
    const part = await ask(ram, "PUT", `/box/parts?partNumber=1&uploadId=${upload}`, {}, "1");
    assert.deepEqual([part.status, part.code], [200, undefined], "no step before");
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal(await answered(ram, "POST", `/box/parts?uploadId=${upload}`, {}, list), "AccessDenied");
    assert.equal(await answered(ram, "POST", `/box/parts?uploadId=${upload}`, once, list), "yes");
    await ask(undefined, "DELETE", "/box?policy");
  });

  it("s3:if-match is asked of each entry of a list", async () => {
    await allow({ Null: { "s3:if-match": "false" } }, ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]);
    await ask(undefined, "PUT", "/box/guarded", {}, "1");
    assert.equal(await answered(ram, "DELETE", "/box/guarded"), "AccessDenied");
    const list = `<Delete><Object><Key>k</Key></Object><Object><Key>guarded</Key><ETag>*</ETag></Object></Delete>`;
    const { text } = await ask(ram, "POST", "/box?delete", { "if-match": "*" }, list);
    assert.match(text, /<Error><Key>k<.*<Code>AccessDenied</);
    assert.match(text, /<Deleted><Key>guarded</);
    await ask(undefined, "PUT", "/box/guarded", {}, "1");
    assert.equal(await answered(ram, "DELETE", "/box/guarded", { "if-match": "*" }), "yes");
  });

  it("of what is not here are taken and have no value; what S3 does not know is refused", async () => {
    for (const key of ["s3:BucketTag/team", "s3:AccessPointNetworkOrigin", "aws:PrincipalTag/team", "s3:InventoryAccessibleOptionalFields"]) {
      await allow({ StringEquals: { [key]: "x" } });
      assert.equal(await answered(ram, "GET", "/box/k"), "AccessDenied", key);
      await allow({ Null: { [key]: "true" } });
      assert.equal(await answered(ram, "GET", "/box/k"), "yes", key);
    }
    await assert.rejects(allow({ StringEquals: { "s3:Nonsense": "x" } }));
  });
});
