/** What a policy written through one door denies is denied through every door, under each vendor's name of the action. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Door, doorNames, openDoor } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";
import { main, ram } from "../support/server.ts";

const bucket = "cross-policies";
const statement = (Action: string[], Resource: string) => ({ Effect: "Deny", Principal: "*", Action, Resource });

describe("policies through every door", () => {
  const { server, doors } = servedDoors();
  before(async () => {
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
    for (const key of ["open", "shut/a"]) assert.equal((await doors.s3.send({ method: "PUT", bucket, key, body: key })).status, 200);
    const policy = {
      Version: "2012-10-17",
      Statement: [statement(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `arn:aws:s3:::${bucket}/shut/*`), statement(["s3:ListBucket"], `arn:aws:s3:::${bucket}`)],
    };
    assert.equal((await doors.s3.send({ method: "PUT", bucket, query: { policy: undefined }, body: JSON.stringify(policy) })).status, 204);
  });

  for (const name of doorNames) {
    it(`${name}: what is denied is denied, the rest is as before`, async () => {
      const door = doors[name];
      for (const method of ["GET", "DELETE"]) assert.equal((await door.send({ method, bucket, key: "shut/a" })).status, 403, method);
      assert.equal((await door.send({ method: "PUT", bucket, key: "shut/b", body: "b" })).status, 403);
      assert.equal((await door.send({ method: "GET", bucket })).status, 403);
      assert.equal((await door.send({ method: "GET", bucket, key: "open" })).body.toString(), "open");
      assert.equal((await door.send({ method: "PUT", bucket, key: `by-${name}`, body: "1" })).status, 200);
    });
  }

  it("what a write says besides its bytes takes the same rights through OSS and S3", async () => {
    const besides = {
      oss: { PutObjectAcl: { "x-oss-object-acl": "public-read" }, PutObjectTagging: { "x-oss-tagging": "a=b" } },
      s3: { PutObjectAcl: { "x-amz-acl": "public-read" }, PutObjectTagging: { "x-amz-tagging": "a=b" } },
    };
    const box = "cross-besides";
    const owner = openDoor("s3", server.port, main);
    assert.equal((await owner.send({ method: "PUT", bucket: box })).status, 200);
    const allow = async (...actions: string[]) => {
      const Statement = [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:user/ram" }, Action: actions, Resource: `arn:aws:s3:::${box}/*` }];
      const answer = await owner.send({ method: "PUT", bucket: box, query: { policy: undefined }, body: JSON.stringify({ Version: "2012-10-17", Statement }) });
      assert.equal(answer.status, 204, answer.body.toString());
    };
    for (const name of ["oss", "s3"] as const) {
      const door = openDoor(name, server.port, ram);
      for (const [action, headers] of Object.entries(besides[name])) {
        await allow("s3:PutObject");
        assert.equal((await door.send({ method: "PUT", bucket: box, key: "k", body: "1" })).status, 200, name);
        assert.equal((await door.send({ method: "PUT", bucket: box, key: "k", body: "1", headers })).status, 403, `${name} ${action}`);
        await allow("s3:PutObject", `s3:${action}`);
        assert.equal((await door.send({ method: "PUT", bucket: box, key: "k", body: "1", headers })).status, 200, `${name} ${action}`);
      }
      door.close();
    }
    owner.close();
  });

  describe("written through OSS", () => {
    const ruled = "cross-oss-policies";
    const policy = async (door: Door, method: string, body?: object) =>
      door.send({ method, bucket: ruled, query: { policy: undefined }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    // The owner is meant where there is a condition.
    const loopback = { IpAddress: { "acs:SourceIp": ["127.0.0.0/8"] } };
    const deny = (Action: string[], resource: string) => ({ Effect: "Deny", Principal: ["*"], Action, Resource: [`acs:oss:*:*:${resource}`], Condition: loopback });
    before(async () => {
      assert.equal((await doors.oss.send({ method: "PUT", bucket: ruled })).status, 200);
      for (const key of ["open", "shut/a"]) assert.equal((await doors.oss.send({ method: "PUT", bucket: ruled, key, body: key })).status, 200);
      const Statement = [
        deny(["oss:GetObject", "oss:PutObject", "oss:DeleteObject"], `${ruled}/shut/*`),
        deny(["oss:ListObjects", "oss:PutBucketLifecycle", "oss:DeleteBucketCors"], ruled),
      ];
      assert.equal((await policy(doors.oss, "PUT", { Version: "1", Statement })).status, 200);
    });

    for (const name of doorNames) {
      it(`${name}: what is denied is denied, the rest is as before`, async () => {
        const door = doors[name];
        for (const method of ["GET", "DELETE"]) assert.equal((await door.send({ method, bucket: ruled, key: "shut/a" })).status, 403, method);
        assert.equal((await door.send({ method: "PUT", bucket: ruled, key: "shut/b", body: "b" })).status, 403);
        assert.equal((await door.send({ method: "GET", bucket: ruled })).status, 403);
        assert.equal((await door.send({ method: "DELETE", bucket: ruled, query: { cors: undefined } })).status, 403);
        assert.equal((await door.send({ method: "GET", bucket: ruled, key: "open" })).body.toString(), "open");
      });
    }

    it("is read through S3 as what it says, and means the same when it is put there", async () => {
      const read = await policy(doors.s3, "GET");
      const told = JSON.parse(read.body.toString()) as { Version: string; Statement: Record<string, unknown>[] };
      assert.equal(told.Version, "2012-10-17");
      assert.deepEqual(told.Statement[0], {
        Effect: "Deny",
        Principal: { AWS: ["*"] },
        Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        Resource: [`arn:aws:s3:::${ruled}/shut/*`],
        Condition: { IpAddress: { "aws:sourceip": ["127.0.0.0/8"] } },
      });
      assert.deepEqual(told.Statement[1]?.Action, ["s3:ListBucket", "s3:PutLifecycleConfiguration", "s3:DeleteBucketCors"]);
      assert.equal((await policy(doors.s3, "PUT", { ...told, Statement: [told.Statement[0]] })).status, 204);
      assert.equal((await doors.oss.send({ method: "GET", bucket: ruled, key: "shut/a" })).status, 403);
    });

    it("read through OSS, S3's is told exactly or not at all", async () => {
      const put = async (statement: object) => assert.equal((await policy(doors.s3, "PUT", { Version: "2012-10-17", Statement: [statement] })).status, 204);
      const base = { Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: `arn:aws:s3:::${ruled}/shut/*` };
      await put({ ...base, Action: ["s3:PutObject", "s3:PutBucketCORS"], Resource: [base.Resource, `arn:aws:s3:::${ruled}`] });
      const answer = await policy(doors.oss, "GET");
      const told = JSON.parse(answer.body.toString()) as object;
      assert.deepEqual(told, {
        Version: "1",
        Statement: [
          {
            Effect: "Deny",
            Principal: ["*"],
            Action: ["oss:PutObject", "oss:DeleteBucketCors", "oss:PutBucketCors"],
            Resource: [`acs:oss:*:*:${ruled}/shut/*`, `acs:oss:*:*:${ruled}`],
            Condition: { Bool: { "amphora:BucketOwner": ["true", "false"] } },
          },
        ],
      });
      assert.equal((await policy(doors.oss, "PUT", told)).status, 200);
      for (const name of doorNames) assert.equal((await doors[name].send({ method: "PUT", bucket: ruled, key: "shut/b", body: "b" })).status, 403, name);
      await put({ ...base, Condition: { NumericLessThan: { "s3:max-keys": "5" } } });
      const untold = await policy(doors.oss, "GET");
      assert.equal(untold.status, 501);
      assert.match(untold.body.toString(), /in force/);
      assert.equal((await policy(doors.oss, "DELETE")).status, 204);
      assert.equal((await policy(doors.s3, "GET")).status, 404);
    });
  });
});
