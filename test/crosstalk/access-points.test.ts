/** An access point of OSS stands for its bucket at every door, with its policy. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Door, doorNames, elements, openDoor } from "../support/doors.ts";
import { type Server, startServer } from "../support/server.ts";

describe("access points across dialects", () => {
  let server: Server;
  let doors: Record<(typeof doorNames)[number], Door>;
  before(async () => {
    server = await startServer({ args: ["--workers", "2"] });
    doors = { oss: openDoor("oss", server.port), s3: openDoor("s3", server.port), hcp: openDoor("hcp", server.port) };
  });
  after(async () => {
    for (const door of Object.values(doors)) door.close();
    await server.stop();
  });

  it("read and write through the alias, are denied by its policy, and cannot delete the bucket with it", async () => {
    const { oss } = doors;
    const bucket = "shared";
    await oss.send({ method: "PUT", bucket });
    await oss.send({ method: "PUT", bucket, key: "secret/k", body: "s" });
    const configuration = "<CreateAccessPointConfiguration><AccessPointName>apps</AccessPointName><NetworkOrigin>internet</NetworkOrigin></CreateAccessPointConfiguration>";
    const made = await oss.send({ method: "PUT", bucket, query: { accessPoint: "" }, body: configuration });
    const [alias = ""] = elements(made.body, "Alias");
    const [arn = ""] = elements(made.body, "AccessPointArn");
    const [, owner = ""] = /:(\d+):accesspoint/.exec(arn) ?? [];
    const policy = { Version: "1", Statement: [{ Effect: "Deny", Action: "oss:GetObject", Principal: [owner], Resource: [`${arn}/object/secret/*`] }] };
    const point = { "x-oss-access-point-name": "apps" };
    assert.equal((await oss.send({ method: "PUT", bucket, query: { accessPointPolicy: "" }, headers: point, body: JSON.stringify(policy) })).status, 200);
    for (const name of doorNames) {
      const door = doors[name];
      assert.ok((await door.send({ method: "PUT", bucket: alias, key: `by ${name}`, body: name })).status < 300, name);
      for (let turn = 0; turn < 3; turn++) {
        assert.equal((await door.send({ method: "GET", bucket: alias, key: `by ${name}` })).body.toString(), name);
        assert.equal((await door.send({ method: "GET", bucket: alias, key: "secret/k" })).status, 403, name);
        assert.equal((await door.send({ method: "GET", bucket, key: "secret/k" })).status, 200, name);
      }
      assert.equal((await door.send({ method: "DELETE", bucket: alias })).status, 403, name);
    }
    assert.deepEqual(elements((await oss.send({ method: "GET", bucket: alias })).body, "Key"), ["by hcp", "by oss", "by s3", "secret/k"]);
    for (const key of ["by hcp", "by oss", "by s3", "secret/k"]) await oss.send({ method: "DELETE", bucket, key });
    for (const name of doorNames) assert.equal((await doors[name].send({ method: "DELETE", bucket })).status, 409, name);
    await oss.send({ method: "DELETE", bucket, query: { accessPoint: "" }, headers: point });
    assert.equal((await doors.s3.send({ method: "DELETE", bucket })).status, 204);
  });
});
