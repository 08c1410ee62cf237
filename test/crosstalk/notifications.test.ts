/** Changes through every door are told to the receiver that S3's configuration names, also when it refuses now and then. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Door, element, openDoor } from "../support/doors.ts";
import { eventually, notifyAll, type Receiver, startReceiver } from "../support/receiver.ts";
import { type Server, startServer } from "../support/server.ts";

describe("Events across dialects", () => {
  let server: Server;
  let receiver: Receiver;
  let doors: Record<Door["name"], Door>;
  let asked = 0;
  let isDown = false;
  before(async () => {
    receiver = await startReceiver(() => (isDown ? 503 : asked++ % 3 === 1 ? (asked % 2 === 0 ? 500 : "cut") : undefined));
    server = await startServer({ args: ["--webhook", `hook=${receiver.url}`] });
    doors = { oss: openDoor("oss", server.port), s3: openDoor("s3", server.port), hcp: openDoor("hcp", server.port) };
  });
  after(async () => {
    for (const door of Object.values(doors)) door.close();
    await server.stop();
    await receiver.close();
  });
  const every = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"];
  async function bucketThatTells(bucket: string): Promise<void> {
    await doors.s3.send({ method: "PUT", bucket });
    const { status, body } = await doors.s3.send({ method: "PUT", bucket, query: { notification: "" }, body: notifyAll("hook", ...every) });
    assert.equal(status, 200, body.toString());
  }
  const of = (bucket: string) => receiver.taken.filter((event) => event.bucket === bucket);
  /** Those that were taken more than once count once: a receiver may have taken what it refused. */
  const told = (bucket: string): string[] => [...new Map(of(bucket).map((event) => [event.delivery, `${event.name} ${event.key}`])).values()].sort();

  it("are put, copied, tagged, granted and removed by OSS, S3 and HCP", async () => {
    const bucket = "told";
    await bucketThatTells(bucket);
    const ok = async (door: Door, request: Parameters<Door["send"]>[0]): Promise<string> => {
      const { status, body } = await door.send({ bucket, ...request });
      assert.ok(status < 300, `${door.name} ${request.method} ${request.key}: ${status} ${body}`);
      return body.toString();
    };
    const { oss, s3, hcp } = doors;
    for (const door of [oss, s3, hcp]) await ok(door, { method: "PUT", key: `from ${door.name}`, body: "123" });
    await ok(oss, { method: "PUT", key: "copied", headers: { "x-oss-copy-source": `/${bucket}/from%20s3` } });
    await ok(oss, { method: "PUT", key: "from s3", query: { tagging: "" }, body: "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>" });
    await ok(s3, { method: "DELETE", key: "from s3", query: { tagging: "" } });
    await ok(s3, { method: "PUT", key: "from hcp", query: { acl: "" }, headers: { "x-amz-acl": "public-read" } });
    const uploadId = element(await ok(oss, { method: "POST", key: "parts", query: { uploads: "" } }), "UploadId") ?? "";
    const part = await oss.send({ method: "PUT", bucket, key: "parts", query: { partNumber: "1", uploadId }, body: "12" });
    await ok(oss, {
      method: "POST",
      key: "parts",
      query: { uploadId },
      body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`,
    });
    await ok(hcp, { method: "DELETE", key: "from hcp" });
    await ok(oss, { method: "DELETE", key: "from oss" });
    const wanted = [
      "ObjectAcl:Put from+hcp",
      "ObjectCreated:CompleteMultipartUpload parts",
      "ObjectCreated:Copy copied",
      "ObjectCreated:Put from+hcp",
      "ObjectCreated:Put from+oss",
      "ObjectCreated:Put from+s3",
      "ObjectRemoved:Delete from+hcp",
      "ObjectRemoved:Delete from+oss",
      "ObjectTagging:Delete from+s3",
      "ObjectTagging:Put from+s3",
    ];
    await eventually(
      () => told(bucket).length >= wanted.length,
      () => told(bucket).join("\n"),
    );
    assert.deepEqual(told(bucket), wanted);
    assert.ok(receiver.refused > 0, "the receiver did refuse some");
    const [first] = of(bucket);
    const record = first?.record as { requestParameters: { sourceIPAddress: string }; s3: { bucket: { arn: string }; configurationId: string } };
    assert.deepEqual([record.requestParameters.sourceIPAddress, record.s3.bucket.arn, record.s3.configurationId], ["127.0.0.1", "arn:aws:s3:::told", "all"]);
    // Of each key, the first time each event came is in the order of the sequencers.
    for (const key of ["from+s3", "from+hcp"]) {
      const own = of(bucket).filter((event) => event.key === key);
      const sequencers = [...new Set(own.map(({ sequencer }) => sequencer))];
      assert.deepEqual(sequencers, sequencers.toSorted(), key);
    }
  });

  it("wait while their receiver is down, outlive their bucket, and show in the metrics", async () => {
    const bucket = "brief";
    await bucketThatTells(bucket);
    await doors.s3.send({ method: "PUT", bucket, query: { versioning: "" }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
    isDown = true;
    const put = await doors.oss.send({ method: "PUT", bucket, key: "k", body: "1" });
    const versionId = String(put.headers["x-oss-version-id"]);
    const marker = String((await doors.s3.send({ method: "DELETE", bucket, key: "k" })).headers["x-amz-version-id"]);
    for (const version of [versionId, marker]) assert.equal((await doors.s3.send({ method: "DELETE", bucket, key: "k", query: { versionId: version } })).status, 204);
    assert.equal((await doors.s3.send({ method: "DELETE", bucket })).status, 204);
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
    assert.equal((await doors.s3.send({ method: "PUT", bucket, key: "untold", body: "1" })).status, 200);
    let metrics = "";
    for (let tries = 0; tries < 100 && !/^amphora_events_waiting\{target="hook"\} [4-9]/m.test(metrics); tries++) {
      metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.match(metrics, /^amphora_events_waiting\{target="hook"\} [4-9]/m);
    assert.match(metrics, /^amphora_events_failed_total\{target="hook"\} [1-9]/m);
    assert.match(metrics, /^amphora_events_delivered_total\{target="hook"\} [1-9]/m);
    isDown = false;
    await eventually(
      () => told(bucket).length >= 4,
      () => told(bucket).join("\n"),
    );
    assert.deepEqual(told(bucket), ["ObjectCreated:Put k", "ObjectRemoved:Delete k", "ObjectRemoved:Delete k", "ObjectRemoved:DeleteMarkerCreated k"]);
    assert.equal(of(bucket).find(({ name }) => name === "ObjectCreated:Put")?.versionId, versionId);
    assert.equal(of(bucket).find(({ name }) => name === "ObjectRemoved:DeleteMarkerCreated")?.versionId, marker);
  });

  it("say nothing of an address in any log", () => {
    assert.ok(server.log().includes("events.notTaken"));
    assert.ok(!server.log().includes(receiver.url));
  });
});
