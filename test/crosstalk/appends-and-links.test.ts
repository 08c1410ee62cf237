/** Appendable objects and symlinks are one kind of thing under every dialect: what one door made, the others read, grow, copy and delete. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { doorNames, element } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const bucket = "cross-appends";

describe("appends and links through every door", () => {
  const { doors } = servedDoors();
  before(async () => {
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
  });
  const append = (position: number, body: string) => doors.oss.send({ method: "POST", bucket, key: "log", query: { append: undefined, position: String(position) }, body });
  const appendS3 = (offset: number, body: string) => doors.s3.send({ method: "PUT", bucket, key: "log", headers: { "x-amz-write-offset-bytes": String(offset) }, body });

  it("what OSS began S3 goes on with, and the other way round; every door reads all of it", async () => {
    assert.equal((await append(0, "one,")).status, 200);
    const second = await appendS3(4, "two,");
    assert.deepEqual([second.status, second.headers["x-amz-object-size"]], [200, "8"]);
    const third = await append(8, "three");
    assert.equal(third.headers["x-oss-next-append-position"], "13");
    for (const name of doorNames) assert.equal((await doors[name].send({ method: "GET", bucket, key: "log" })).body.toString(), "one,two,three", name);
    assert.equal((await append(4, "x")).status, 409);
    assert.ok((await appendS3(4, "x")).status >= 400);
  });

  it("what OSS sealed S3 appends nothing to", async () => {
    const sealed = await doors.oss.send({ method: "POST", bucket, key: "log", query: { seal: undefined, position: "13" } });
    assert.equal(sealed.status, 200, sealed.body.toString());
    assert.ok((await appendS3(13, "x")).status >= 400);
    assert.equal((await doors.hcp.send({ method: "GET", bucket, key: "log" })).body.toString(), "one,two,three");
  });

  it("a link of OSS reads as its target through every door, and each of them can delete it", async () => {
    for (const name of doorNames) {
      const made = await doors.oss.send({ method: "PUT", bucket, key: "link", query: { symlink: undefined }, headers: { "x-oss-symlink-target": "log" } });
      assert.equal(made.status, 200, made.body.toString());
      const read = await doors[name].send({ method: "GET", bucket, key: "link" });
      assert.deepEqual([read.status, read.body.toString()], [200, "one,two,three"], name);
      assert.equal((await doors[name].send({ method: "HEAD", bucket, key: "link" })).headers["content-length"], "13", name);
      assert.match((await doors[name].send({ method: "GET", bucket })).body.toString(), /<Key>link<\/Key>/, name);
      assert.equal((await doors[name].send({ method: "DELETE", bucket, key: "link" })).status, 204, name);
      const gone = await doors.oss.send({ method: "GET", bucket, key: "link" });
      assert.deepEqual([gone.status, element(gone.body, "Code")], [404, "NoSuchKey"]);
    }
    assert.equal((await doors.s3.send({ method: "GET", bucket, key: "log" })).status, 200);
  });
});
