import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BucketName, ObjectKey, TenantName } from "../../../src/core/model.ts";
import { type Ask, alt, main, mainCanonicalId, openWorld, type World } from "../helper.ts";

let world: World;
const enforced = { "x-amz-object-ownership": "BucketOwnerEnforced" };
before(async () => {
  world = await openWorld("s3", { region: "us-east-1" });
  for (const target of ["/source", "/closed"]) await world.ask({ method: "PUT", target });
  await world.ask({ method: "PUT", target: "/logs", headers: { "x-amz-acl": "log-delivery-write" } });
  await world.ask({ method: "PUT", target: "/enforced", headers: enforced });
  await world.ask({ method: "PUT", target: "/others", as: alt });
});
after(() => world.close());

const xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const status = (inner: string): string => `<BucketLoggingStatus ${xmlns}>${inner}</BucketLoggingStatus>`;
const to = (target: string, more = ""): string => status(`<LoggingEnabled><TargetBucket>${target}</TargetBucket><TargetPrefix>p/</TargetPrefix>${more}</LoggingEnabled>`);
const put = (body: string, as: Ask["as"] = main) => world.ask({ method: "PUT", target: "/source?logging", body, as });
const get = () => world.ask({ method: "GET", target: "/source?logging" });
const grant = (grantee: string, permission = "READ"): string =>
  `<TargetGrants><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ${grantee}</Grantee><Permission>${permission}</Permission></Grant></TargetGrants>`;
const address = { tenant: "default" as TenantName, bucket: "source" as BucketName };

describe("Bucket logging", () => {
  it("is an empty document until there is one, is kept as it was written, and is ended by an empty one", async () => {
    assert.match((await get()).text, /<BucketLoggingStatus [^>]*><\/BucketLoggingStatus>$/);
    const documents = [
      to("logs"),
      to("logs", "<TargetObjectKeyFormat><SimplePrefix/></TargetObjectKeyFormat>"),
      to("logs", "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>"),
      to("logs", grant(`xsi:type="CanonicalUser"><ID>${mainCanonicalId}</ID>`, "FULL_CONTROL")),
      to("enforced"),
    ];
    for (const document of documents) {
      assert.equal((await put(document)).status, 200, document);
      assert.equal((await get()).text, document);
    }
    assert.equal((await put(status(""))).status, 200);
    assert.match((await get()).text, /<BucketLoggingStatus [^>]*><\/BucketLoggingStatus>$/);
  });

  it("is refused in S3's words, and then nothing has changed", async () => {
    assert.equal((await put(to("logs"))).status, 200);
    const malformed = [
      status("<LoggingEnabled><TargetPrefix>p</TargetPrefix></LoggingEnabled>"),
      status("<LoggingEnabled><TargetBucket>logs</TargetBucket></LoggingEnabled>"),
      status("<Other/>"),
      "<Other/>",
      "<BucketLoggingStatus",
      to("logs", "<TargetObjectKeyFormat/>"),
      to("logs", "<TargetObjectKeyFormat><SimplePrefix/><PartitionedPrefix/></TargetObjectKeyFormat>"),
      to("logs", "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>Noon</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>"),
      to("logs", "<Other/>"),
      to("logs", "<TargetBucket>logs</TargetBucket>"),
    ];
    for (const document of malformed) assert.equal((await put(document)).code, "MalformedXML", document);
    const refused: [string, string, RegExp][] = [
      [to("absent"), "InvalidTargetBucketForLogging", /does not exist/],
      [to("others"), "InvalidTargetBucketForLogging", /owner for the bucket to be logged and the target bucket must be the same/],
      [to("closed"), "InvalidTargetBucketForLogging", /log-delivery group WRITE and READ_ACP/],
      [to("enforced", grant(`xsi:type="CanonicalUser"><ID>${mainCanonicalId}</ID>`)), "InvalidTargetBucketForLogging", /bucket owner enforced/],
      [to("logs", grant('xsi:type="CanonicalUser"><ID>nobody</ID>')), "InvalidArgument", /Invalid id/],
      [to("logs", grant('xsi:type="Group"><URI>http://nowhere</URI>')), "InvalidArgument", /Invalid group uri/],
      [to("logs", grant(`xsi:type="CanonicalUser"><ID>${mainCanonicalId}</ID>`, "SOME")), "MalformedACLError", /not well-formed/],
      [to("logs").replace("p/", "p".repeat(801)), "InvalidArgument", /TargetPrefix/],
    ];
    for (const [document, code, words] of refused) {
      const answer = await put(document);
      assert.deepEqual([answer.status, answer.code], [400, code], document);
      assert.match(answer.message ?? "", words);
    }
    assert.equal((await put(to("logs"), alt)).code, "AccessDenied");
    assert.equal((await world.ask({ method: "GET", target: "/source?logging", as: alt })).code, "AccessDenied");
    assert.equal((await get()).text, to("logs"));
    assert.equal((await world.ask({ method: "DELETE", target: "/source?logging" })).status, 501, "S3 has no DELETE of it, and a bucket is not lost by one");
    assert.equal((await world.ask({ method: "HEAD", target: "/source" })).status, 200);
  });

  it("writes into a bucket that lets the server in: by its ACL, or by a policy that names source and account", async () => {
    const deliver = async (target: string, sources = ["arn:aws:s3:::source", "000000000001"]): Promise<string> => {
      assert.equal((await put(to(target))).status, 200);
      const plan = await world.core.logging.plan(address);
      assert.ok(plan);
      const facts = (name: string) => (name === "source.resource" ? [sources[0] ?? ""] : name === "source.account" ? [sources[1] ?? ""] : undefined);
      const key = `p/log-${target}` as ObjectKey;
      try {
        await world.core.logging.deliver({ plan, key, lines: Buffer.from("one line\n"), facts });
      } catch (error) {
        return String((error as { detail?: { why?: string } }).detail?.why);
      }
      return (await world.ask({ method: "GET", target: `/${target}/${key}` })).text;
    };
    assert.equal(await deliver("logs"), "one line\n");
    assert.equal(await deliver("enforced"), "permission", "its ACL does not count");
    const policy = (effect: string, resource: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: effect,
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: ["s3:PutObject"],
            Resource: `arn:aws:s3:::${resource}`,
            Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::source" }, StringEquals: { "aws:SourceAccount": "000000000001" } },
          },
        ],
      });
    const policied = async (bucket: string, body: string) => assert.equal((await world.ask({ method: "PUT", target: `/${bucket}?policy`, body })).status, 204);
    await policied("enforced", policy("Allow", "enforced/p/*"));
    assert.equal(await deliver("enforced"), "one line\n");
    assert.equal(await deliver("enforced", ["arn:aws:s3:::elsewhere", "000000000001"]), "permission");
    assert.equal(await deliver("enforced", ["arn:aws:s3:::source", "000000000002"]), "permission");
    await policied("logs", policy("Deny", "logs/*"));
    assert.equal(await deliver("logs"), "permission", "a denial outweighs the ACL");
    await world.ask({ method: "DELETE", target: "/logs?policy" });
    assert.equal(await deliver("logs"), "one line\n");
  });

  it("gives the grantees of the configuration their part of each log", async () => {
    await world.ask({ method: "PUT", target: "/granted", headers: { "x-amz-acl": "log-delivery-write" } });
    assert.equal((await put(to("granted", grant('xsi:type="AmazonCustomerByEmail"><EmailAddress>alt@amphora.test</EmailAddress>')))).status, 200);
    const plan = await world.core.logging.plan(address);
    assert.ok(plan);
    await world.core.logging.deliver({ plan, key: "p/granted" as ObjectKey, lines: Buffer.from("x\n"), facts: () => undefined });
    assert.equal((await world.ask({ method: "GET", target: "/granted/p/granted", as: alt })).text, "x\n");
    assert.equal((await world.ask({ method: "GET", target: "/granted/p/granted", as: null })).status, 403);
  });

  it("does not outlive the target, nor the bucket's generation", async () => {
    await world.ask({ method: "PUT", target: "/brief", headers: { "x-amz-acl": "log-delivery-write" } });
    assert.equal((await put(to("brief"))).status, 200);
    assert.equal((await world.ask({ method: "DELETE", target: "/brief" })).status, 204, "a target can be deleted");
    const plan = await world.core.logging.plan(address);
    assert.ok(plan);
    await assert.rejects(
      Promise.resolve(world.core.logging.deliver({ plan, key: "k" as ObjectKey, lines: Buffer.from("x\n"), facts: () => undefined })),
      (error: { kind?: string; detail?: { why?: string } }) => error.kind === "logTargetInvalid" && error.detail?.why === "missing",
    );
    await world.ask({ method: "DELETE", target: "/source" });
    await world.ask({ method: "PUT", target: "/source" });
    assert.equal(await world.core.logging.plan(address), undefined);
    assert.match((await get()).text, /<BucketLoggingStatus [^>]*><\/BucketLoggingStatus>$/);
  });
});
