/** A forced delete through every door of a server that hears them: the bucket is gone for all of them, and comes back whole for all of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askAdmin } from "../support/admin.ts";
import { type Door, doorNames, element, elements } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const purge = (name: Door["name"], bucket: string): Record<string, string> => ({ [name === "oss" ? "x-oss-amphora-purge" : "x-amz-amphora-purge"]: bucket });

describe("forced deletes through every door", () => {
  const { server, doors } = servedDoors({ args: ["--force-delete"] });

  for (const [at, name] of doorNames.entries()) {
    it(`by ${name}`, async () => {
      const door = doors[name];
      const writer = doors[doorNames[(at + 1) % doorNames.length] as Door["name"]];
      const bucket = `cross-forced-${name}`;
      const headers = purge(name, bucket);
      assert.equal((await writer.send({ method: "PUT", bucket })).status, 200);
      for (const key of ["a/1", "a/2", "b"]) assert.equal((await writer.send({ method: "PUT", bucket, key, body: key })).status, 200);
      assert.equal((await writer.send({ method: "POST", bucket, key: "a/up", query: { uploads: undefined } })).status, 200);
      assert.equal((await door.send({ method: "DELETE", bucket, key: "a/1", headers })).status, 204);
      assert.deepEqual(elements((await writer.send({ method: "GET", bucket })).body, "Key"), ["a/2", "b"]);
      assert.equal(element((await door.send({ method: "DELETE", bucket })).body, "Code"), "BucketNotEmpty");
      assert.equal((await door.send({ method: "DELETE", bucket, headers })).status, 204);
      for (const other of doorNames) assert.equal((await doors[other].send({ method: "GET", bucket })).status, 404);
      const { trashed } = (await askAdmin(server, "/trash")).json as { trashed: { name: string; generation: string }[] };
      assert.equal((await askAdmin(server, `/trash/${trashed.find((row) => row.name === bucket)?.generation}/restore`, {})).status, 200);
      for (const other of doorNames) assert.equal((await doors[other].send({ method: "GET", bucket, key: "b" })).body.toString(), "b");
      assert.equal(elements((await writer.send({ method: "GET", bucket, query: { uploads: undefined } })).body, "UploadId").length, 1);
      assert.equal((await door.send({ method: "DELETE", bucket, key: "a/", headers })).status, 204);
      assert.deepEqual(elements((await door.send({ method: "GET", bucket })).body, "Key"), ["b"]);
      assert.equal((await door.send({ method: "DELETE", bucket, headers })).status, 204);
    });
  }
});
