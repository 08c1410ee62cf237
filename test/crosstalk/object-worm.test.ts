/** A version that OSS locks is removed through no door, and every door tells the same lock; OSS tells what S3 locked. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Door, type DoorAnswer, doorNames, element, openDoor } from "../support/doors.ts";
import { type Server, startServer } from "../support/server.ts";

const bucket = "oss-worm";
const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000).toISOString();
const refused = { oss: [409, "FileImmutable"], s3: [403, "AccessDenied"], hcp: [409, "OperationAborted"] } as const;
const coded = ({ status, body }: DoorAnswer) => [status, element(body, "Code")];

describe("object WORM of OSS across dialects", () => {
  let server: Server;
  let doors: Record<(typeof doorNames)[number], Door>;
  before(async () => {
    server = await startServer();
    doors = { oss: openDoor("oss", server.port), s3: openDoor("s3", server.port), hcp: openDoor("hcp", server.port) };
    assert.equal((await doors.oss.send({ method: "PUT", bucket, headers: { "x-oss-bucket-object-worm-enabled": "true" } })).status, 200);
  });
  after(async () => {
    for (const door of Object.values(doors)) door.close();
    await server.stop();
  });

  it("a compliance retention by headers, and a legal hold by a document", async () => {
    const { oss, s3 } = doors;
    const held = { "x-oss-object-worm-mode": "COMPLIANCE", "x-oss-object-worm-retain-until-date": until };
    const put = await oss.send({ method: "PUT", bucket, key: "k", body: "1", headers: held });
    const versionId = String(put.headers["x-oss-version-id"]);
    await oss.send({ method: "PUT", bucket, key: "k", query: { legalHold: "", versionId }, body: "<LegalHold><Status>ON</Status></LegalHold>" });
    for (const name of doorNames) assert.deepEqual(coded(await doors[name].send({ method: "DELETE", bucket, key: "k", query: { versionId } })), refused[name], name);
    const head = (await s3.send({ method: "HEAD", bucket, key: "k" })).headers;
    assert.deepEqual(
      ["mode", "retain-until-date", "legal-hold"].map((name) => head[`x-amz-object-lock-${name}`]),
      ["COMPLIANCE", until, "ON"],
    );
    assert.equal(element((await s3.send({ method: "GET", bucket, query: { "object-lock": "" } })).body, "ObjectLockEnabled"), "Enabled");
    await s3.send({ method: "PUT", bucket, key: "k", query: { "legal-hold": "", versionId }, body: "<LegalHold><Status>OFF</Status></LegalHold>" });
    assert.equal((await oss.send({ method: "HEAD", bucket, key: "k" })).headers["x-oss-object-worm-legal-hold"], "OFF");
    for (const name of doorNames) assert.deepEqual(coded(await doors[name].send({ method: "DELETE", bucket, key: "k", query: { versionId } })), refused[name], name);
  });

  it("governance that S3 put is told by OSS and gives way to its bypass", async () => {
    const { oss, s3 } = doors;
    const put = await s3.send({
      method: "PUT",
      bucket,
      key: "g",
      body: "1",
      headers: { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": until },
    });
    const versionId = String(put.headers["x-amz-version-id"]);
    const told = (await oss.send({ method: "GET", bucket, key: "g", query: { retention: "" } })).body;
    assert.deepEqual([element(told, "Mode"), element(told, "RetainUntilDate")], ["GOVERNANCE", until]);
    assert.deepEqual(coded(await oss.send({ method: "DELETE", bucket, key: "g", query: { versionId } })), refused.oss);
    assert.equal((await oss.send({ method: "DELETE", bucket, key: "g", query: { versionId }, headers: { "x-oss-bypass-governance-retention": "true" } })).status, 204);
  });
});
