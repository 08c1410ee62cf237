import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Ask, alt, openWorld, ram } from "../helper.ts";

const user = "arn:aws:iam::000000000001:user/ram";
const lockedUntil = (now: number): Record<string, string> => ({
  "x-amz-object-lock-mode": "GOVERNANCE",
  "x-amz-object-lock-retain-until-date": new Date(now + 86_400_000).toISOString(),
});

async function lockedBucket() {
  const world = await openWorld();
  const ask = (as: Ask["as"], method: string, target: string, headers: Record<string, string> = {}, body?: string) =>
    world.ask({ method, target, headers, ...(as === undefined ? {} : { as }), ...(body === undefined ? {} : { body }) });
  await ask(undefined, "PUT", "/box", { "x-amz-bucket-object-lock-enabled": "true" });
  const allow = async (actions: string[], principal: string = user, more: Record<string, unknown> = {}) => {
    const statement = { Effect: "Allow", Principal: { AWS: principal }, Action: actions.map((name) => `s3:${name}`), Resource: "arn:aws:s3:::box/*", ...more };
    const answer = await ask(undefined, "PUT", "/box?policy", {}, JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
    assert.equal(answer.status, 204, answer.text);
  };
  const put = async (headers: Record<string, string>, as: Ask["as"] = ram) => (await ask(as, "PUT", "/box/k", headers, "1")).status;
  return { world, ask, allow, put };
}

describe("Permissions of a write", () => {
  it("to say more than bytes each have an action of their own", async () => {
    const { world, ask, allow, put } = await lockedBucket();
    const until = lockedUntil(world.clock.now);
    const rows: [headers: Record<string, string>, action: string][] = [
      [{ "x-amz-acl": "public-read" }, "PutObjectAcl"],
      [{ "x-amz-grant-read": "uri=http://acs.amazonaws.com/groups/global/AllUsers" }, "PutObjectAcl"],
      [{ "x-amz-tagging": "a=b" }, "PutObjectTagging"],
      [until, "PutObjectRetention"],
      [{ "x-amz-object-lock-legal-hold": "OFF" }, "PutObjectLegalHold"],
    ];
    await ask(undefined, "PUT", "/box/source", {}, "of a copy");
    for (const [headers, action] of rows) {
      await allow(["PutObject", "GetObject"]);
      assert.equal(await put({}), 200);
      assert.equal(await put(headers), 403, action);
      assert.equal((await ask(ram, "POST", "/box/up?uploads", headers)).code, "AccessDenied", action);
      const replaced: Record<string, string> = headers["x-amz-tagging"] === undefined ? {} : { "x-amz-tagging-directive": "REPLACE" };
      assert.equal((await ask(ram, "PUT", "/box/copy", { "x-amz-copy-source": "box/source", ...headers, ...replaced })).code, "AccessDenied", action);
      await allow(["PutObject", "GetObject", action]);
      assert.equal(await put(headers), 200, action);
      assert.equal((await ask(ram, "POST", "/box/up?uploads", headers)).status, 200, action);
      assert.equal((await ask(ram, "PUT", "/box/copy", { "x-amz-copy-source": "box/source", ...headers, ...replaced })).status, 200, action);
    }
    await world.close();
  });

  it("let who owns what is written say who reads it, unless that is denied, and lock it only by leave of the bucket's owner", async () => {
    const { world, allow, put } = await lockedBucket();
    await allow(["PutObject"], "000000000002");
    assert.equal(await put({ "x-amz-acl": "bucket-owner-full-control", "x-amz-tagging": "a=b" }, alt), 200);
    assert.equal(await put(lockedUntil(world.clock.now), alt), 403);
    await allow(["PutObject", "PutObjectRetention"], "000000000002");
    assert.equal(await put(lockedUntil(world.clock.now), alt), 200);
    await world.close();
  });

  it("lift governance for whom a policy allows it, and nobody else", async () => {
    const { world, ask, allow } = await lockedBucket();
    const bypass = { "x-amz-bypass-governance-retention": "true" };
    const lock = async (mode: string) => {
      const made = await ask(undefined, "PUT", "/box/held", { ...lockedUntil(world.clock.now), "x-amz-object-lock-mode": mode }, "1");
      return `/box/held?versionId=${made.headers.get("x-amz-version-id")}`;
    };
    const version = await lock("GOVERNANCE");
    await allow(["DeleteObject", "DeleteObjectVersion"]);
    assert.equal((await ask(ram, "DELETE", version, bypass)).code, "AccessDenied");
    const entry = `<Delete><Object><Key>held</Key><VersionId>${version.split("=")[1]}</VersionId></Object></Delete>`;
    assert.match((await ask(ram, "POST", "/box?delete", bypass, entry)).text, /<Code>AccessDenied</);
    await allow(["DeleteObject", "DeleteObjectVersion", "BypassGovernanceRetention"]);
    assert.equal((await ask(ram, "DELETE", version)).code, "AccessDenied", "who may still has to ask");
    assert.equal((await ask(ram, "DELETE", await lock("COMPLIANCE"), bypass)).code, "AccessDenied", "nobody lifts compliance");
    assert.match((await ask(ram, "POST", "/box?delete", bypass, entry)).text, /<Deleted><Key>held</);
    const shorter = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${new Date(world.clock.now + 3_600_000).toISOString()}</RetainUntilDate></Retention>`;
    const other = `${(await lock("GOVERNANCE")).replace("?", "?retention&")}`;
    await allow(["PutObjectRetention"]);
    assert.equal((await ask(ram, "PUT", other, bypass, shorter)).code, "AccessDenied");
    await allow(["PutObjectRetention", "BypassGovernanceRetention"]);
    assert.equal((await ask(ram, "PUT", other, bypass, shorter)).status, 200);
    await world.close();
  });

  it("over tags of a version are other actions than over the current ones", async () => {
    const { world, ask, allow } = await lockedBucket();
    const made = await ask(undefined, "PUT", "/box/k", { "x-amz-tagging": "a=b" }, "1");
    const version = `/box/k?tagging&versionId=${made.headers.get("x-amz-version-id")}`;
    const tags = "<Tagging><TagSet><Tag><Key>c</Key><Value>d</Value></Tag></TagSet></Tagging>";
    await allow(["GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"]);
    for (const [method, body] of [["GET"], ["PUT", tags], ["DELETE"]] as const) {
      assert.equal((await ask(ram, method, "/box/k?tagging", {}, body)).status < 300, true, method);
      assert.equal((await ask(ram, method, version, {}, body)).code, "AccessDenied", method);
    }
    await allow(["GetObjectVersionTagging", "PutObjectVersionTagging", "DeleteObjectVersionTagging"]);
    for (const [method, body] of [["GET"], ["PUT", tags], ["DELETE"]] as const) {
      assert.equal((await ask(ram, method, "/box/k?tagging", {}, body)).code, "AccessDenied", method);
      assert.equal((await ask(ram, method, version, {}, body)).status < 300, true, method);
    }
    await world.close();
  });
});
