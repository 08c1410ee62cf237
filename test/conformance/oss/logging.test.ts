import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Ask, openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  for (const path of ["/source/", "/logs/"]) await world.ask({ method: "PUT", path });
  await world.ask({ method: "PUT", path: "/others/", as: other });
});
after(() => world.close());

const ask = (method: string, body?: string, more: Partial<Ask> = {}) =>
  world.ask({ method, path: "/source/", query: { logging: "" }, ...(body === undefined ? {} : { body }), ...more });
const to = (target: string, more = "<TargetPrefix>log-</TargetPrefix>"): string =>
  `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${target}</TargetBucket>${more}</LoggingEnabled></BucketLoggingStatus>`;

test("logging is put, told as written, ended by an empty document or by DELETE, which may come twice", async () => {
  assert.match((await ask("GET")).text, /<BucketLoggingStatus><\/BucketLoggingStatus>/);
  for (const document of [to("logs"), to("logs", ""), to("source"), to("logs", "<TargetPrefix>a</TargetPrefix><LoggingRole>AliyunOSSLoggingDefaultRole</LoggingRole>")]) {
    assert.equal((await ask("PUT", document)).status, 200, document);
    assert.equal((await ask("GET")).text, document);
  }
  assert.equal((await ask("PUT", "<BucketLoggingStatus/>")).status, 200);
  assert.match((await ask("GET")).text, /<BucketLoggingStatus><\/BucketLoggingStatus>/);
  await ask("PUT", to("logs"));
  assert.deepEqual([(await ask("DELETE")).status, (await ask("DELETE")).status], [204, 204]);
  assert.match((await ask("GET")).text, /<BucketLoggingStatus><\/BucketLoggingStatus>/);
  assert.equal((await world.ask({ method: "GET", path: "/source/", query: { bucketInfo: "" } })).status, 200, "the bucket is still there");
});

test("logging is refused in OSS's words, and then nothing has changed", async () => {
  await ask("PUT", to("logs"));
  const refused: [string, string][] = [
    ["<Other/>", "MalformedXML"],
    ["<BucketLoggingStatus><Other/></BucketLoggingStatus>", "MalformedXML"],
    [to(""), "MalformedXML"],
    [to("logs", "<Other/>"), "MalformedXML"],
    [to("absent"), "InvalidTargetBucketForLogging"],
    [to("others"), "InvalidTargetBucketForLogging"],
    [to("logs", `<TargetPrefix>${"p".repeat(257)}</TargetPrefix>`), "InvalidArgument"],
    [to("logs", "<TargetPrefix>/p</TargetPrefix>"), "InvalidArgument"],
    [to("logs", "<LoggingRole>acs:ram::1:role/a</LoggingRole>"), "InvalidArgument"],
  ];
  for (const [document, code] of refused) {
    const answer = await ask("PUT", document);
    assert.deepEqual([answer.status, answer.code], [400, code], document);
  }
  assert.match((await ask("PUT", to("logs", `<TargetPrefix>${"p".repeat(257)}</TargetPrefix>`))).text, /<EC>0032-00000006<\/EC>/);
  assert.match((await ask("PUT", to("absent"))).text, /<EC>0032-00000008<\/EC>/);
  for (const method of ["GET", "DELETE"]) assert.equal((await ask(method, undefined, { as: other })).code, "AccessDenied");
  assert.equal((await ask("PUT", to("logs"), { as: other })).code, "AccessDenied");
  assert.equal((await ask("GET")).text, to("logs"));
});
