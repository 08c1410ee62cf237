/** What was soft-deleted is seen through no door, keeps no bucket, and is there for every door once it was had back. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { askAdmin, type Json } from "../support/admin.ts";
import { doorNames, element, elements } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const body = Buffer.from("soft ".repeat(1_000));

describe("soft delete through every door", () => {
  const { server, doors } = servedDoors();
  const admin = (path: string, json?: Json) => askAdmin(server, `${path}${path.includes("?") ? "&" : "?"}tenant=europe`, json);

  for (const writer of doorNames) {
    it(`deleted through ${writer}: invisible, not in the way, restored`, async () => {
      const bucket = `soft-${writer}`;
      const w = doors[writer];
      assert.equal((await w.send({ method: "PUT", bucket })).status, 200);
      assert.equal((await admin(`/buckets/${bucket}/soft-delete`, { seconds: 3_600 })).json.seconds, 3_600);
      for (const key of ["one", "many"]) assert.equal((await w.send({ method: "PUT", bucket, key, body })).status, 200);
      assert.equal((await w.send({ method: "DELETE", bucket, key: "one" })).status, 204);
      const list = "<Delete><Object><Key>many</Key></Object></Delete>";
      const headers = { "Content-MD5": createHash("md5").update(list).digest("base64") };
      assert.equal((await w.send({ method: "POST", bucket, query: { delete: undefined }, body: list, headers })).status, 200);
      const { binned } = (await admin(`/buckets/${bucket}/bin`)).json as { binned: Json[] };
      assert.deepEqual(
        binned.map(({ key, size, replaced }) => [key, size, replaced]),
        [
          ["many", body.length, false],
          ["one", body.length, false],
        ],
      );
      for (const name of doorNames) {
        const reader = doors[name];
        const shown = async (query: Record<string, string | undefined>): Promise<string> => (await reader.send({ method: "GET", bucket, query })).body.toString();
        for (const query of [{}, { "list-type": "2" }, { versions: undefined }, { uploads: undefined }])
          assert.deepEqual(elements(await shown(query), "Key"), [], `${name} ${JSON.stringify(query)}`);
        if (name === "oss") assert.deepEqual([element(await shown({ stat: undefined }), "ObjectCount"), element(await shown({ stat: undefined }), "Storage")], ["0", "0"]);
        // HCP names versions by their sequences.
        for (const versionId of [undefined, "null", String(binned[1]?.sequence)]) {
          const query = versionId === undefined ? {} : { versionId };
          for (const method of ["GET", "HEAD"]) {
            const { status } = await reader.send({ method, bucket, key: "one", query });
            assert.ok(status === 404 || status === 400, `${name} ${method} ${versionId}: ${status}`);
          }
          const copied = await reader.send({
            method: "PUT",
            bucket,
            key: "copy",
            headers: { [name === "oss" ? "x-oss-copy-source" : "x-amz-copy-source"]: `/${bucket}/one${versionId === undefined ? "" : `?versionId=${versionId}`}` },
          });
          assert.ok(copied.status === 404 || copied.status === 400, `${name} copies ${versionId}: ${copied.status}`);
        }
      }
      assert.equal((await w.send({ method: "DELETE", bucket })).status, 204);
      const { trashed } = (await askAdmin(server, "/trash")).json as { trashed: { name: string; generation: string; usage: Json }[] };
      const row = trashed.find(({ name }) => name === bucket);
      assert.deepEqual([row?.usage.binned, row?.usage.binnedBytes, row?.usage.objects], [2, 2 * body.length, 0]);
      assert.equal((await askAdmin(server, `/trash/${row?.generation}/restore`, {})).status, 200);
      assert.equal((await admin(`/buckets/${bucket}/bin/restore`, { key: "one", sequence: binned[1]?.sequence })).status, 200);
      for (const name of doorNames) assert.ok((await doors[name].send({ method: "GET", bucket, key: "one" })).body.equals(body), name);
      const taken = await admin(`/buckets/${bucket}/bin/restore`, { key: "one", sequence: binned[0]?.sequence });
      assert.deepEqual([taken.status, taken.json.error], [404, "versionMissing"]);
      assert.equal((await w.send({ method: "PUT", bucket, key: "many", body: "newer" })).status, 200);
      const holding = await admin(`/buckets/${bucket}/bin/restore`, { key: "many", sequence: binned[0]?.sequence });
      assert.deepEqual([holding.status, holding.json.detail], [409, { what: "object", name: "many" }]);
      assert.equal((await admin(`/buckets/${bucket}/bin/restore`, { key: "many", sequence: binned[0]?.sequence, replace: true })).status, 200);
      const left = (await admin(`/buckets/${bucket}/bin?prefix=m`)).json as { binned: Json[] };
      assert.deepEqual([left.binned.length, left.binned[0]?.size, left.binned[0]?.replaced], [1, 5, true]);
      assert.ok((await w.send({ method: "GET", bucket, key: "many" })).body.equals(body));
      const metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
      assert.match(metrics, /^amphora_binned_objects \d+$/m);
    });
  }

  it("what is no request of it is refused: limits, sequences, versioning", async () => {
    const bucket = "soft-refused";
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
    for (const json of [{ seconds: -1 }, { seconds: "1" }, { seconds: 1e12 }]) assert.equal((await admin(`/buckets/${bucket}/soft-delete`, json)).status, 400);
    for (const query of ["limit=x", "afterKey=a", "afterKey=a&afterSequence=x"]) assert.equal((await admin(`/buckets/${bucket}/bin?${query}`)).status, 400, query);
    for (const json of [{}, { key: "a" }, { key: "", sequence: 1 }, { key: "a", sequence: "1" }]) assert.equal((await admin(`/buckets/${bucket}/bin/restore`, json)).status, 400);
    assert.equal((await admin(`/buckets/${bucket}/bin/restore`, { key: "a", sequence: 1 })).status, 404);
    const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert.equal((await doors.s3.send({ method: "PUT", bucket, query: { versioning: undefined }, body: enabled })).status, 200);
    assert.equal((await admin(`/buckets/${bucket}/soft-delete`, { seconds: 60 })).status, 409);
    assert.deepEqual((await admin(`/buckets/${bucket}/soft-delete`)).json, { seconds: null, active: false, binned: 0, binnedBytes: 0 });
  });
});
