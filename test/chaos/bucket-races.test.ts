/**
 * Deleting and recreating a bucket against everything that writes into it, through the real server. Every acknowledged write is readable in its
 * generation or its bucket was deleted after it; of two deletes one gets 204 and one 404; nothing of the old bucket is seen in the new one.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Door, type DoorAnswer, element, elements, openDoor } from "../support/doors.ts";
import { campaignSeed, seeded, share } from "../support/seeded.ts";
import { type Server, startServer } from "../support/server.ts";

const trials = share(10_000, 150);
const parallel = 8;

async function inParallel(count: number, trial: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (next < count) await trial(next++);
    }),
  );
}
const code = (answer: DoorAnswer): string => `${answer.status} ${element(answer.body, "Code") ?? ""}`.trim();

describe("races of DeleteBucket and CreateBucket", () => {
  let server: Server;
  let s3: Door;
  let oss: Door;
  before(async () => {
    server = await startServer();
    s3 = openDoor("s3", server.port);
    oss = openDoor("oss", server.port);
  });
  after(async () => {
    s3.close();
    oss.close();
    await server.stop();
  });
  const doorFor = (n: number): Door => (n % 2 === 0 ? s3 : oss);

  it(`two deletes at once: one 204, one 404 (${trials} trials)`, async () => {
    await inParallel(trials, async (n) => {
      const bucket = `twice-${n}`;
      assert.equal((await s3.send({ method: "PUT", bucket })).status, 200);
      const answers = await Promise.all([s3.send({ method: "DELETE", bucket }), oss.send({ method: "DELETE", bucket })]);
      assert.deepEqual(answers.map(code).sort(), ["204", "404 NoSuchBucket"]);
    });
  });

  it(`a put against a delete: the put is there, or the bucket is gone and the put came first or was refused (${trials} trials)`, async () => {
    const outcomes = new Map<string, number>();
    await inParallel(trials, async (n) => {
      const bucket = `put-${n}`;
      const random = seeded(campaignSeed + n);
      await s3.send({ method: "PUT", bucket });
      const body = "x".repeat(random.pick([10, 5000]));
      const [put, deleted] = await Promise.all([doorFor(n).send({ method: "PUT", bucket, key: "k", body }), doorFor(n + (n >> 1)).send({ method: "DELETE", bucket })]);
      const outcome = `put ${code(put)}, delete ${code(deleted)}`;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (deleted.status === 204) {
        // The bucket was empty when it went: an acknowledged put can only have been refused.
        assert.equal(code(put), "404 NoSuchBucket", outcome);
        await s3.send({ method: "PUT", bucket });
        assert.deepEqual(elements((await s3.send({ method: "GET", bucket })).body, "Key"), []);
        assert.equal((await s3.send({ method: "GET", bucket, key: "k" })).status, 404);
      } else {
        assert.equal(code(deleted), "409 BucketNotEmpty", outcome);
        assert.equal(put.status, 200, outcome);
        assert.equal((await s3.send({ method: "GET", bucket, key: "k" })).body.toString(), body);
        await s3.send({ method: "DELETE", bucket, key: "k" });
      }
      assert.equal((await s3.send({ method: "DELETE", bucket })).status, 204);
    });
    console.log(`put against delete: ${JSON.stringify(Object.fromEntries(outcomes))}`);
  });

  it(`a part and a complete against a delete and a re-creation: no 200 into the new bucket (${trials} trials)`, async () => {
    await inParallel(trials, async (n) => {
      const bucket = `part-${n}`;
      await s3.send({ method: "PUT", bucket });
      const uploadId = element((await s3.send({ method: "POST", bucket, key: "k", query: { uploads: undefined } })).body, "UploadId") ?? "";
      const part = await s3.send({ method: "PUT", bucket, key: "k", query: { partNumber: "1", uploadId }, body: "part" });
      const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
      const [complete, recreated] = await Promise.all([
        s3.send({ method: "POST", bucket, key: "k", query: { uploadId }, body: list }),
        s3.send({ method: "DELETE", bucket }).then(async (deleted) => ({ deleted, created: await s3.send({ method: "PUT", bucket }) })),
      ]);
      const keys = elements((await s3.send({ method: "GET", bucket })).body, "Key");
      if (recreated.deleted.status === 204) {
        assert.match(code(complete), /^404 NoSuch(Bucket|Upload)$/);
        assert.deepEqual(keys, []);
      } else {
        assert.equal(code(recreated.deleted), "409 BucketNotEmpty");
        assert.equal(complete.status, 200);
        assert.deepEqual(keys, ["k"]);
        await s3.send({ method: "DELETE", bucket, key: "k" });
      }
      assert.deepEqual(elements((await s3.send({ method: "GET", bucket, query: { uploads: undefined } })).body, "UploadId"), []);
      assert.equal((await s3.send({ method: "DELETE", bucket })).status, 204);
    });
  });

  it(`a copy and a versioned delete against a delete: what stays is what was acknowledged (${trials} trials)`, async () => {
    await s3.send({ method: "PUT", bucket: "source" });
    await s3.send({ method: "PUT", bucket: "source", key: "k", body: "source" });
    await inParallel(trials, async (n) => {
      const bucket = `copy-${n}`;
      await s3.send({ method: "PUT", bucket });
      await s3.send({ method: "PUT", bucket, query: { versioning: undefined }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
      const first = await s3.send({ method: "PUT", bucket, key: "v", body: "v" });
      const versionId = String(first.headers["x-amz-version-id"]);
      const [copy, removed, deleted] = await Promise.all([
        s3.send({ method: "PUT", bucket, key: "k", headers: { "x-amz-copy-source": "/source/k" } }),
        s3.send({ method: "DELETE", bucket, key: "v", query: { versionId } }),
        doorFor(n).send({ method: "DELETE", bucket }),
      ]);
      if (deleted.status === 204) {
        assert.equal(code(copy), "404 NoSuchBucket");
        assert.equal(removed.status, 204);
        return;
      }
      assert.equal(code(deleted), "409 BucketNotEmpty");
      assert.equal(copy.status, 200);
      assert.equal(removed.status, 204);
      const left = await s3.send({ method: "GET", bucket, query: { versions: undefined } });
      assert.deepEqual(elements(left.body, "Key"), ["k"]);
      await s3.send({ method: "DELETE", bucket, key: "k", query: { versionId: element(left.body, "VersionId") ?? "" } });
      assert.equal((await s3.send({ method: "DELETE", bucket })).status, 204);
    });
  });
});
