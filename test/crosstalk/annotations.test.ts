/** Annotations are made through S3 alone; what the other doors do to an object is done to them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Door, doorNames, elements } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

describe("annotations across dialects", () => {
  const { doors } = servedDoors();
  const names = async (bucket: string, key: string, versionId?: string): Promise<string[]> => {
    const listed = await doors.s3.send({ method: "GET", bucket, key, query: { annotation: "", ...(versionId === undefined ? {} : { versionId }) } });
    assert.equal(listed.status, 200, listed.body.toString());
    return elements(listed.body, "AnnotationName");
  };
  const note = async (bucket: string, key: string, name: string): Promise<void> => {
    const made = await doors.s3.send({ method: "PUT", bucket, key, query: { annotation: "", annotationName: name }, body: "text" });
    assert.equal(made.status, 200, made.body.toString());
  };

  for (const other of doorNames) {
    it(`${other} makes the object and sees nothing of them, copies them, and removes or overwrites them with it`, async () => {
      const bucket = `annotations-${other}`;
      const door = doors[other];
      const ok = async (request: Parameters<Door["send"]>[0]) => {
        const answer = await door.send(request);
        assert.ok(answer.status < 300, `${answer.status} ${answer.body}`);
        return answer;
      };
      await ok({ method: "PUT", bucket });
      const { headers: made } = await ok({ method: "PUT", bucket, key: "k", body: "object" });
      await note(bucket, "k", "one");
      await note(bucket, "k", "two");
      const seen = await ok({ method: "GET", bucket, key: "k" });
      assert.deepEqual([seen.headers.etag, seen.body.toString()], [made.etag, "object"]);
      await ok({ method: "PUT", bucket, key: "copy", headers: { [other === "oss" ? "x-oss-copy-source" : "x-amz-copy-source"]: `/${bucket}/k` } });
      assert.deepEqual(await names(bucket, "copy"), ["one", "two"]);
      await ok({ method: "DELETE", bucket, key: "k" });
      await ok({ method: "PUT", bucket, key: "k", body: "another" });
      assert.deepEqual(await names(bucket, "k"), []);
      assert.deepEqual(await names(bucket, "copy"), ["one", "two"]);
      if (other === "hcp") return;
      await ok({ method: "PUT", bucket, key: "copy", body: "overwritten" });
      assert.deepEqual(await names(bucket, "copy"), []);
    });
  }

  it("stay with what OSS appends to, and with each version that OSS makes", async () => {
    const bucket = "annotations-versions";
    const { oss } = doors;
    const append = (position: number, body: string) => oss.send({ method: "POST", bucket, key: "log", query: { append: "", position: String(position) }, body });
    assert.equal((await oss.send({ method: "PUT", bucket })).status, 200);
    const first = await append(0, "12345");
    if (first.status === 200) {
      await note(bucket, "log", "kept");
      assert.equal((await append(5, "678")).status, 200);
      assert.deepEqual(await names(bucket, "log"), ["kept"]);
    } else assert.equal(first.status, 501, "refused by name until it is served");
    const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert.equal((await oss.send({ method: "PUT", bucket, query: { versioning: "" }, body: versioning })).status, 200);
    const old = (await oss.send({ method: "PUT", bucket, key: "k", body: "1" })).headers["x-oss-version-id"] as string;
    await note(bucket, "k", "of-the-first");
    await oss.send({ method: "PUT", bucket, key: "k", body: "2" });
    assert.deepEqual([await names(bucket, "k"), await names(bucket, "k", old)], [[], ["of-the-first"]]);
    assert.equal((await oss.send({ method: "DELETE", bucket, key: "k", query: { versionId: old } })).status, 204);
    assert.deepEqual(await names(bucket, "k"), []);
  });
});
