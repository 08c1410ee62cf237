/** What was locked through one door is removed through none: one retention model under every dialect. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import { type DoorAnswer, doorNames, element } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const bucket = "cross-locks";
const until = new Date(Date.now() + 86_400_000).toISOString();
const refused = { oss: [409, "FileImmutable"], s3: [403, "AccessDenied"], hcp: [409, "OperationAborted"] } as const;
const coded = ({ status, body }: DoorAnswer) => [status, element(body, "Code")];

describe("locks through every door", () => {
  const { doors } = servedDoors();
  const ids = new Map<string, string>();
  before(async () => {
    const made = await doors.s3.send({ method: "PUT", bucket, headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    assert.equal(made.status, 200, made.body.toString());
    for (const [key, headers] of Object.entries<Record<string, string>>({
      governance: { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": until },
      compliance: { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until },
      hold: { "x-amz-object-lock-legal-hold": "ON" },
      event: { "x-amz-object-lock-event-hold": "ON", "x-amz-object-lock-event-hold-duration-days": "1" },
    })) {
      const put = await doors.s3.send({ method: "PUT", bucket, key, body: key, headers });
      assert.equal(put.status, 200, put.body.toString());
      ids.set(key, String(put.headers["x-amz-version-id"]));
    }
  });

  for (const name of doorNames) {
    it(`${name}: delete by id, delete list, delete of the bucket, suspended versioning are refused; everything is still there`, async () => {
      const door = doors[name];
      for (const [key, versionId] of ids) {
        assert.deepEqual(coded(await door.send({ method: "DELETE", bucket, key, query: { versionId } })), refused[name], key);
      }
      const list = `<Delete>${[...ids].map(([key, id]) => `<Object><Key>${key}</Key><VersionId>${id}</VersionId></Object>`).join("")}</Delete>`;
      const headers = { "Content-MD5": createHash("md5").update(list).digest("base64") };
      const many = (await door.send({ method: "POST", bucket, query: { delete: undefined }, body: list, headers })).body.toString();
      assert.equal(many.match(new RegExp(`<Error>.*?<Code>${refused[name][1]}</Code>`, "g"))?.length, ids.size, many);
      assert.equal(many.includes("<Deleted>"), false);
      assert.deepEqual(coded(await door.send({ method: "DELETE", bucket })), [409, "BucketNotEmpty"]);
      const suspend = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
      assert.deepEqual(coded(await door.send({ method: "PUT", bucket, query: { versioning: undefined }, body: suspend })), [409, "InvalidBucketState"]);
      for (const [key, versionId] of ids) {
        assert.equal((await door.send({ method: "PUT", bucket, key, body: "over" })).status, 200, "a new version on top is no removal");
        assert.equal((await door.send({ method: "DELETE", bucket, key })).status, 204);
        assert.equal((await door.send({ method: "GET", bucket, key, query: { versionId } })).body.toString(), key);
      }
    });
  }

  it("governance gives way to the owner's bypass, through S3 and HCP", async () => {
    const query = { versionId: ids.get("governance") ?? "" };
    const headers = { "x-amz-bypass-governance-retention": "true" };
    for (const key of ["compliance", "hold", "event"]) {
      const kept = { method: "DELETE", bucket, key, query: { versionId: ids.get(key) ?? "" }, headers };
      assert.deepEqual(coded(await doors.s3.send(kept)), refused.s3, key);
      assert.deepEqual(coded(await doors.hcp.send(kept)), refused.hcp, key);
    }
    assert.equal((await doors.hcp.send({ method: "DELETE", bucket, key: "governance", query, headers })).status, 204);
    assert.equal((await doors.s3.send({ method: "GET", bucket, key: "governance", query })).status, 404);
  });

  it("a retention of the whole bucket, which OSS makes, holds at every door: no delete, no overwrite, for what is there and for what comes", async () => {
    const worm = "cross-worm";
    const { oss } = doors;
    assert.equal((await oss.send({ method: "PUT", bucket: worm })).status, 200);
    assert.equal((await doors.s3.send({ method: "PUT", bucket: worm, key: "before", body: "1" })).status, 200);
    const body = "<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>";
    const wormId = String((await oss.send({ method: "POST", bucket: worm, query: { worm: undefined }, body })).headers["x-oss-worm-id"]);
    assert.equal((await oss.send({ method: "POST", bucket: worm, query: { wormId } })).status, 200);
    for (const name of doorNames) {
      const door = doors[name];
      assert.equal((await door.send({ method: "PUT", bucket: worm, key: `by-${name}`, body: "1" })).status, 200);
      for (const key of ["before", `by-${name}`]) {
        assert.deepEqual(coded(await door.send({ method: "DELETE", bucket: worm, key })), refused[name], `${name} deletes ${key}`);
        const over = await door.send({ method: "PUT", bucket: worm, key, body: "over" });
        assert.ok(over.status === 403 || over.status === 409, `${name} overwrites ${key}: ${over.status}`);
        assert.equal((await door.send({ method: "GET", bucket: worm, key })).body.toString(), "1");
      }
    }
  });
});
