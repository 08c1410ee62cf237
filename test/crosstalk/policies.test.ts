/** What a policy written through one door denies is denied through every door, under each vendor's name of the action. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Door, doorNames, openDoor } from "../support/doors.ts";
import { type Server, startServer } from "../support/server.ts";

const bucket = "cross-policies";
const statement = (Action: string[], Resource: string) => ({ Effect: "Deny", Principal: "*", Action, Resource });

describe("policies through every door", () => {
  let server: Server;
  let doors: Record<(typeof doorNames)[number], Door>;
  before(async () => {
    server = await startServer();
    doors = { oss: openDoor("oss", server.port), s3: openDoor("s3", server.port), hcp: openDoor("hcp", server.port) };
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
    for (const key of ["open", "shut/a"]) assert.equal((await doors.s3.send({ method: "PUT", bucket, key, body: key })).status, 200);
    const policy = {
      Version: "2012-10-17",
      Statement: [statement(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `arn:aws:s3:::${bucket}/shut/*`), statement(["s3:ListBucket"], `arn:aws:s3:::${bucket}`)],
    };
    assert.equal((await doors.s3.send({ method: "PUT", bucket, query: { policy: undefined }, body: JSON.stringify(policy) })).status, 204);
  });
  after(async () => {
    for (const door of Object.values(doors)) door.close();
    await server.stop();
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
});
