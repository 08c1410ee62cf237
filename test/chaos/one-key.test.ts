/** Many at once at one key, through the real server with all its threads: everyone is answered, exactly one wins where one may, and what is read is whole. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Door, element, openDoor } from "../support/doors.ts";
import { bodyOf, share } from "../support/seeded.ts";
import { type Server, startServer } from "../support/server.ts";

const bucket = "one-key";
const rounds = share(100, 5);

describe("many at one key", () => {
  let server: Server;
  let s3: Door;
  let oss: Door;
  before(async () => {
    server = await startServer({ args: ["--workers", "2"] });
    s3 = openDoor("s3", server.port, undefined, 128);
    oss = openDoor("oss", server.port, undefined, 128);
    assert.equal((await s3.send({ method: "PUT", bucket })).status, 200);
  });
  after(async () => {
    s3.close();
    oss.close();
    await server.stop();
  });

  it("64 writers through two dialects all get 200, and readers see whole bodies only", async () => {
    for (let round = 0; round < rounds; round++) {
      const bodies = Array.from({ length: 64 }, (_, n) => bodyOf(`writer ${n} of round ${round}`, n % 3 === 0 ? 500 : 70_000));
      let writing = true;
      const readers = [s3, oss].map(async (door) => {
        while (writing) {
          const got = await door.send({ method: "GET", bucket, key: "k" });
          if (got.status === 404 && round === 0) continue;
          assert.equal(got.status, 200);
          assert.ok(bodies.some((body) => body.equals(got.body)) || /of round/.test(got.body.subarray(0, 40).toString()), "a body that nobody wrote");
          assert.equal(new Set(got.body.toString().split("|").slice(0, -1)).size, 1, "a mixed body");
        }
      });
      const answers = await Promise.all(bodies.map((body, n) => (n % 2 === 0 ? s3 : oss).send({ method: "PUT", bucket, key: "k", body })));
      writing = false;
      await Promise.all(readers);
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    }
  });

  it("32 writers that ask for absence: exactly one wins, whichever dialect it speaks", async () => {
    for (let round = 0; round < rounds; round++) {
      const key = `absent-${round}`;
      const answers = await Promise.all(
        Array.from({ length: 32 }, (_, n) =>
          n % 2 === 0
            ? s3.send({ method: "PUT", bucket, key, body: `writer ${n}`, headers: { "If-None-Match": "*" } })
            : oss.send({ method: "PUT", bucket, key, body: `writer ${n}`, headers: { "x-oss-forbid-overwrite": "true" } }),
        ),
      );
      const winners = answers.flatMap(({ status }, n) => (status === 200 ? [n] : []));
      assert.equal(winners.length, 1, JSON.stringify(answers.map(({ status }) => status)));
      for (const [n, answer] of answers.entries()) {
        if (n !== winners[0]) assert.equal(`${answer.status} ${element(answer.body, "Code")}`, n % 2 === 0 ? "412 PreconditionFailed" : "409 FileAlreadyExists");
      }
      assert.equal((await s3.send({ method: "GET", bucket, key })).body.toString(), `writer ${winners[0]}`);
    }
  });

  it("complete against complete and abort: the first wins, a second complete gets the same answer", async () => {
    for (let round = 0; round < rounds * 4; round++) {
      const key = `upload-${round}`;
      const uploadId = element((await s3.send({ method: "POST", bucket, key, query: { uploads: undefined } })).body, "UploadId") ?? "";
      const part = await s3.send({ method: "PUT", bucket, key, query: { partNumber: "1", uploadId }, body: "part" });
      const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
      const complete = () => s3.send({ method: "POST", bucket, key, query: { uploadId }, body: list });
      const [first, second, aborted] = await Promise.all([complete(), complete(), oss.send({ method: "DELETE", bucket, key, query: { uploadId } })]);
      const got = await s3.send({ method: "GET", bucket, key });
      if (got.status === 200) {
        assert.equal(got.body.toString(), "part");
        assert.deepEqual([first.status, second.status, aborted.status], [200, 200, 404]);
        assert.equal(element(first.body, "ETag"), element(second.body, "ETag"));
        assert.equal((await complete()).status, 200, "and again, later");
      } else {
        assert.deepEqual([first.status, second.status, aborted.status], [404, 404, 204]);
      }
    }
  });
});
