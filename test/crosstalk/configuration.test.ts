/** Tags, rules about other origins and ownership written through one door hold, and are read, through the others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Door, doorNames, elements, openDoor } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";
import { main } from "../support/server.ts";

const tagging = (tags: [string, string][]): string =>
  `<Tagging><TagSet>${tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join("")}</TagSet></Tagging>`;
const cors =
  "<CORSConfiguration><CORSRule><AllowedOrigin>https://a.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>";
const origin = "https://a.test";

describe("configuration across dialects", () => {
  const { server, doors } = servedDoors();

  for (const writer of doorNames) {
    for (const reader of doorNames) {
      if (writer === reader) continue;
      it(`${writer} writes, ${reader} reads: tags of objects and buckets, CORS`, async () => {
        const bucket = `config-${writer}-${reader}`;
        const [w, r] = [doors[writer], doors[reader]];
        const ok = async (answer: ReturnType<Door["send"]>) => {
          const { status, body } = await answer;
          assert.ok(status < 300, `${status} ${body}`);
          return body;
        };
        await ok(w.send({ method: "PUT", bucket }));
        await ok(w.send({ method: "PUT", bucket, key: "k", body: "1", headers: { [writer === "oss" ? "x-oss-tagging" : "x-amz-tagging"]: "team=red" } }));
        const query = { tagging: "" };
        assert.deepEqual(elements(await ok(r.send({ method: "GET", bucket, key: "k", query })), "Value"), ["red"]);
        await ok(r.send({ method: "PUT", bucket, key: "k", query, body: tagging([["team", "blue"]]) }));
        assert.deepEqual(elements(await ok(w.send({ method: "GET", bucket, key: "k", query })), "Value"), ["blue"]);
        await ok(
          w.send({
            method: "PUT",
            bucket,
            query,
            body: tagging([
              ["a", "1"],
              ["b", "2"],
            ]),
          }),
        );
        assert.deepEqual(elements(await ok(r.send({ method: "GET", bucket, query })), "Key"), ["a", "b"]);
        if (reader === "oss") {
          await ok(r.send({ method: "DELETE", bucket, query: { tagging: "a" } }));
          assert.deepEqual(elements(await ok(w.send({ method: "GET", bucket, query })), "Key"), ["b"]);
        }
        await ok(w.send({ method: "PUT", bucket, query: { cors: "" }, body: cors }));
        assert.deepEqual(elements(await ok(r.send({ method: "GET", bucket, query: { cors: "" } })), "AllowedOrigin"), [origin]);
        const got = await r.send({ method: "GET", bucket, key: "k", headers: { Origin: origin } });
        assert.deepEqual([got.status, got.headers["access-control-allow-origin"], got.headers["access-control-expose-headers"]], [200, origin, "ETag"]);
        await ok(r.send({ method: "DELETE", bucket, query: { cors: "" } }));
        assert.equal((await w.send({ method: "GET", bucket, query: { cors: "" } })).status, 404);
        await ok(r.send({ method: "DELETE", bucket, key: "k" }));
        await ok(r.send({ method: "DELETE", bucket }));
      });
    }
  }

  it("where S3 turned ACLs off, no other dialect turns them on", async () => {
    const bucket = "config-owned";
    const { s3, oss } = doors;
    assert.equal((await s3.send({ method: "PUT", bucket, headers: { "x-amz-object-ownership": "BucketOwnerEnforced" } })).status, 200);
    assert.equal((await oss.send({ method: "PUT", bucket, key: "k", body: "1" })).status, 200);
    assert.equal((await oss.send({ method: "PUT", bucket, key: "open", body: "1", headers: { "x-oss-object-acl": "public-read" } })).status, 400);
    assert.equal((await oss.send({ method: "PUT", bucket, query: { acl: "" }, headers: { "x-oss-acl": "public-read" } })).status, 400);
    assert.equal((await oss.send({ method: "PUT", bucket, headers: { "x-oss-acl": "public-read" } })).status, 400, "nor by making it again");
    assert.equal((await s3.send({ method: "HEAD", bucket, key: "open" })).status, 404);
  });

  it("rules about referers that OSS writes bind anonymous readers of every door", async () => {
    // In the tenant where those who say nothing are.
    const [own, ownS3] = [openDoor("oss", server.port, main), openDoor("s3", server.port, main)];
    const send = async (more: Omit<Parameters<Door["send"]>[0], "bucket">) => {
      const { status, body } = await own.send({ ...more, bucket: "referred" });
      assert.ok(status < 300, `${status} ${body}`);
    };
    await send({ method: "PUT", headers: { "x-oss-acl": "public-read" } });
    await send({ method: "PUT", key: "k", body: "1" });
    const read = async (headers: Record<string, string>) => (await fetch(`${server.endpoint}/referred/k`, { headers })).status;
    const s3 = { "x-amz-request-payer": "requester" };
    const oss = { "user-agent": "aliyun-sdk-test" };
    assert.deepEqual([await read(s3), await read(oss)], [200, 200]);
    const rules = "<AllowEmptyReferer>false</AllowEmptyReferer><RefererList><Referer>http://a.test</Referer></RefererList>";
    await send({ method: "PUT", query: { referer: "" }, body: `<RefererConfiguration>${rules}</RefererConfiguration>` });
    for (const door of [s3, oss]) {
      assert.deepEqual([await read(door), await read({ ...door, referer: "http://b.test/" }), await read({ ...door, referer: "http://a.test/x" })], [403, 403, 200]);
    }
    assert.equal((await ownS3.send({ method: "GET", bucket: "referred", key: "k" })).status, 200);
    for (const door of [own, ownS3]) door.close();
  });

  it("a lifecycle is one, told in the reader's words, and not at all where those are missing", async () => {
    const bucket = "config-lifecycle";
    const { s3, oss } = doors;
    const query = { lifecycle: "" };
    const put = async (door: Door, rule: string) =>
      (await door.send({ method: "PUT", bucket, query, body: `<LifecycleConfiguration><Rule>${rule}</Rule></LifecycleConfiguration>` })).status;
    const read = async (door: Door) => door.send({ method: "GET", bucket, query });
    assert.equal((await oss.send({ method: "PUT", bucket })).status, 200);
    assert.equal(
      await put(oss, "<ID>o</ID><Prefix>a</Prefix><Status>Enabled</Status><Expiration><Days>3</Days></Expiration><AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>"),
      200,
    );
    const inS3 = (await read(s3)).body;
    assert.deepEqual([elements(inS3, "Prefix"), elements(inS3, "Days"), elements(inS3, "DaysAfterInitiation")], [["a"], ["3"], ["1"]]);
    assert.equal((await s3.send({ method: "PUT", bucket, key: "a1", body: "1" })).status, 200);
    assert.match(String((await s3.send({ method: "HEAD", bucket, key: "a1" })).headers["x-amz-expiration"]), /rule-id="o"/);
    assert.equal(await put(oss, "<ID>o</ID><Prefix></Prefix><Status>Enabled</Status><Filter><Not><Prefix>b</Prefix></Not></Filter><Expiration><Days>3</Days></Expiration>"), 200);
    assert.equal((await read(s3)).status, 501, "S3 has no word for what is left out");
    assert.equal(
      await put(s3, "<ID>s</ID><Filter><Prefix>c</Prefix></Filter><Status>Enabled</Status><Transition><Days>60</Days><StorageClass>GLACIER</StorageClass></Transition>"),
      200,
    );
    const inOss = (await read(oss)).body;
    assert.deepEqual([elements(inOss, "ID"), elements(inOss, "Prefix"), elements(inOss, "StorageClass")], [["s"], ["c"], ["Archive"]]);
    const keep = "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    assert.equal(await put(s3, `<ID>s</ID><Filter/><Status>Enabled</Status>${keep}`), 200);
    assert.equal((await read(oss)).status, 501, "nor OSS for how many are kept");
    assert.equal((await oss.send({ method: "DELETE", bucket, query })).status, 204);
    assert.equal((await read(s3)).status, 404);
  });
});
