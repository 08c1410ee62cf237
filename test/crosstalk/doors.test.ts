/** What is written through one door is read through the others: bytes, metadata, ETag, versions, uploads; listed, emptied, deleted. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { type Door, doorNames, element, elements } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const unquoted = (etag: unknown): string => String(etag).replaceAll('"', "").toLowerCase();
/** Keys that every dialect can write. */
const plainKeys = ["a", "dir/b", "sp ace+plus&amp", "文件/é", "%41", "a//b", "tail/"];

describe("crosstalk", () => {
  const { doors } = servedDoors();

  for (const writer of doorNames) {
    for (const reader of doorNames) {
      if (writer === reader) continue;
      describe(`${writer} writes, ${reader} reads`, () => {
        const bucket = `cross-${writer}-${reader}`;
        const w = (): Door => doors[writer];
        const r = (): Door => doors[reader];

        it("bucket, objects, metadata, ETag, ranges", async () => {
          assert.equal((await w().send({ method: "PUT", bucket })).status, 200);
          for (const key of plainKeys) {
            const body = Buffer.from(`${key} by ${writer}`.repeat(500));
            const put = await w().send({ method: "PUT", bucket, key, body, headers: { [`${w().metaPrefix}who`]: writer, "Content-Type": "text/x-cross" } });
            assert.equal(put.status, 200, put.body.toString());
            const got = await r().send({ method: "GET", bucket, key });
            assert.equal(got.status, 200, got.body.toString());
            assert.ok(got.body.equals(body), `bytes of ${key}`);
            assert.equal(got.headers[`${r().metaPrefix}who`], writer);
            assert.equal(got.headers["content-type"], "text/x-cross");
            assert.equal(unquoted(got.headers.etag), createHash("md5").update(body).digest("hex"));
            assert.equal(unquoted(got.headers.etag), unquoted(put.headers.etag));
            const range = await r().send({ method: "GET", bucket, key, headers: { Range: "bytes=3-9" } });
            assert.equal(range.status, 206);
            assert.ok(range.body.equals(body.subarray(3, 10)));
            const head = await r().send({ method: "HEAD", bucket, key });
            assert.equal(Number(head.headers["content-length"]), body.length);
          }
          const list = await r().send({ method: "GET", bucket, query: { "encoding-type": "url" } });
          assert.deepEqual(
            elements(list.body, "Key")
              .map((key) => decodeURIComponent(key))
              .sort(),
            [...plainKeys].sort(),
          );
          assert.ok(elements((await r().send({ method: "GET" })).body, "Name").includes(bucket));
        });

        it("versions and delete markers", async () => {
          const status = await w().send({
            method: "PUT",
            bucket,
            query: { versioning: undefined },
            body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
          });
          assert.equal(status.status, 200, status.body.toString());
          assert.equal(element((await r().send({ method: "GET", bucket, query: { versioning: undefined } })).body, "Status"), "Enabled");
          const first = await w().send({ method: "PUT", bucket, key: "v", body: "one" });
          await w().send({ method: "PUT", bucket, key: "v", body: "two" });
          const id = String(first.headers["x-oss-version-id"] ?? first.headers["x-amz-version-id"]);
          assert.equal((await r().send({ method: "GET", bucket, key: "v" })).body.toString(), "two");
          assert.equal((await r().send({ method: "GET", bucket, key: "v", query: { versionId: id } })).body.toString(), "one");
          assert.equal((await w().send({ method: "DELETE", bucket, key: "v" })).status, 204);
          assert.equal((await r().send({ method: "GET", bucket, key: "v" })).status, 404);
          const versions = await r().send({ method: "GET", bucket, query: { versions: undefined, prefix: "v" } });
          assert.equal(elements(versions.body, "VersionId").length, 3);
        });

        it("an open upload: listed, completed and blocked through the other door", async () => {
          const created = await w().send({ method: "POST", bucket, key: "big", query: { uploads: undefined } });
          const uploadId = element(created.body, "UploadId") ?? "";
          assert.deepEqual(elements((await r().send({ method: "GET", bucket, query: { uploads: undefined } })).body, "UploadId"), [uploadId]);
          const body = Buffer.alloc(5 * 1024 * 1024 + 1, "part");
          const part = await w().send({ method: "PUT", bucket, key: "big", query: { partNumber: "1", uploadId }, body });
          assert.equal(part.status, 200, part.body.toString());
          const complete = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
          const done = await r().send({ method: "POST", bucket, key: "big", query: { uploadId }, body: complete, headers: { "Content-Type": "application/xml" } });
          assert.equal(done.status, 200, done.body.toString());
          assert.match(unquoted(element(done.body, "ETag")?.replaceAll("&quot;", "")), /^[0-9a-f]{32}-1$/);
          assert.ok((await w().send({ method: "GET", bucket, key: "big" })).body.equals(body));
        });

        it("copies, and then everything is emptied and deleted by the reader", async () => {
          const header = reader === "oss" ? "x-oss-copy-source" : "x-amz-copy-source";
          const copy = await r().send({ method: "PUT", bucket, key: "copy", headers: { [header]: `/${bucket}/${encodeURIComponent("dir/b")}` } });
          assert.equal(copy.status, 200, copy.body.toString());
          assert.equal((await w().send({ method: "GET", bucket, key: "copy" })).body.toString(), `dir/b by ${writer}`.repeat(500));
          const refused = await r().send({ method: "DELETE", bucket });
          assert.equal(refused.status, 409);
          assert.equal(element(refused.body, "Code"), "BucketNotEmpty");
          const all = await r().send({ method: "GET", bucket, query: { versions: undefined, "encoding-type": "url", "max-keys": "1000" } });
          const keys = elements(all.body, "Key");
          const ids = elements(all.body, "VersionId");
          assert.equal(keys.length, ids.length);
          for (const [i, key] of keys.entries()) {
            const gone = await r().send({ method: "DELETE", bucket, key: decodeURIComponent(key), query: { versionId: ids[i] ?? "" } });
            assert.equal(gone.status, 204, `${key} ${ids[i]}: ${gone.body}`);
          }
          const deleted = await r().send({ method: "DELETE", bucket });
          assert.equal(deleted.status, 204, deleted.body.toString());
          assert.equal((await w().send({ method: "GET", bucket })).status, 404);
        });
      });
    }
  }
});
