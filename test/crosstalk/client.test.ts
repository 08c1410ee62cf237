/** Our own client against ourselves, as OSS, S3 and HCP service: it empties and deletes what the doors filled, and nothing else. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AccessDenied, BucketNotEmpty, countBucket, deleteBucket, emptyBucket, NoSuchBucket, type Options, purgeBucket } from "../../src/client/library.ts";
import { targetOf } from "../support/client-targets.ts";
import { type Door, doorNames, element, elements, openDoor } from "../support/doors.ts";
import { type PlannedServer, startPlanned } from "../support/planned-server.ts";
import { isSoak } from "../support/seeded.ts";

/** Keys that a client trips over: escapes, blanks, control characters, what looks like a path. */
const oddKeys = ["a", "a b+c%2B", "文件/é", "x//y/", "../up", "<&>\"'", " lead", "line\nbreak", "ctl\u0001\u001f", "tab\there", "%41", "?versions&delete"];
const hour = 3_600_000;
const many = isSoak ? 5_000 : 2_200;

describe("the client empties and deletes buckets through every service", () => {
  let server: PlannedServer;
  let doors: Record<(typeof doorNames)[number], Door>;
  before(async () => {
    server = await startPlanned();
    doors = { oss: openDoor("oss", server.port), s3: openDoor("s3", server.port), hcp: openDoor("hcp", server.port) };
  });
  after(async () => {
    for (const door of Object.values(doors)) door.close();
    await server.close();
  });

  const must = async (request: Parameters<Door["send"]>[0], door: Door = doors.s3): Promise<Awaited<ReturnType<Door["send"]>>> => {
    const answer = await door.send(request);
    assert.ok(answer.status < 300, `${request.method} ${request.key ?? ""}: ${answer.status} ${answer.body}`);
    return answer;
  };
  const versioned = (bucket: string) =>
    must({ method: "PUT", bucket, query: { versioning: undefined }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
  const listed = async (bucket: string): Promise<number> => {
    const answer = await must({ method: "GET", bucket, query: { versions: undefined } });
    return elements(answer.body, "Key").length;
  };

  const channel = (bucket: string) =>
    must(
      { method: "PUT", bucket, key: "live", query: { live: undefined }, body: "<LiveChannelConfiguration><Target><Type>HLS</Type></Target></LiveChannelConfiguration>" },
      doors.oss,
    );

  /** 12 keys before versioning, 12 again, 12 once more, then 4 markers; 2 uploads; a channel, where the client can see it or it ends with the bucket. */
  async function fill(bucket: string, withChannel: boolean): Promise<void> {
    await must({ method: "PUT", bucket });
    for (const key of oddKeys) await must({ method: "PUT", bucket, key, body: "null" });
    await versioned(bucket);
    for (const body of ["second", "third!"]) for (const key of oddKeys) await must({ method: "PUT", bucket, key, body });
    for (const key of oddKeys.slice(0, 4)) await must({ method: "DELETE", bucket, key });
    for (const key of ["a", "ctl\u0001"]) await must({ method: "POST", bucket, key, query: { uploads: undefined } });
    if (withChannel) await channel(bucket);
  }
  const filled = { current: 8, noncurrent: 28, markers: 4, uploads: 2, bytes: 12 * 4 + 24 * 6 };

  for (const service of doorNames) {
    describe(service, () => {
      const target = () => targetOf(service, server.port);
      const bucket = `full-${service}`;
      const channels = service === "oss" ? 1 : 0;
      before(() => fill(bucket, service !== "hcp"));

      it("deleteBucket refuses a full bucket with what blocks it, and leaves it", async () => {
        const full = await listed(bucket);
        await assert.rejects(deleteBucket(target(), bucket), (error) => {
          assert.ok(error instanceof BucketNotEmpty);
          assert.deepEqual(error.blockers.found, { ...filled, channels });
          assert.equal(error.status, 409);
          assert.equal(error.blockers.examples.length, 10);
          return true;
        });
        assert.equal(await listed(bucket), full);
      });

      it("countBucket counts exactly, by prefix and kind too, and changes nothing", async () => {
        assert.deepEqual((await countBucket(target(), bucket)).found, { ...filled, channels });
        assert.deepEqual((await countBucket(target(), bucket, { prefix: "a", kinds: ["noncurrent", "markers"] })).found, {
          ...{ current: 0, uploads: 0, channels: 0 },
          noncurrent: 6,
          markers: 2,
          bytes: 2 * (4 + 6 + 6),
        });
        assert.equal((await countBucket(target(), bucket, { before: new Date(Date.now() - hour) })).sample.length, 0);
        assert.equal((await countBucket(target(), bucket, { before: new Date(Date.now() + hour) })).found.current, 8);
      });

      it("purgeBucket removes a scope and nothing beside", async () => {
        const { report } = await purgeBucket(target(), bucket, { prefix: "文件/", kinds: ["noncurrent"] });
        assert.deepEqual(report.removed, { current: 0, noncurrent: 3, markers: 0, uploads: 0, channels: 0, bytes: 16 });
        assert.ok(report.complete);
        assert.deepEqual((await countBucket(target(), bucket)).found, { ...filled, channels, noncurrent: 25, bytes: filled.bytes - 16 });
      });

      it("deleteBucket removes every version, marker, upload and channel, then the bucket; the one beside stays", async () => {
        const beside = `beside-${service}`;
        await fill(beside, service !== "hcp");
        const seen: number[] = [];
        const options: Options = { onProgress: ({ removed }) => void seen.push(removed.current + removed.noncurrent), concurrency: 3 };
        const { report, by } = await deleteBucket(target(), bucket, { ...options, contents: "remove" });
        assert.equal(by, "client");
        assert.deepEqual(report.removed, { ...filled, channels, noncurrent: 25, bytes: filled.bytes - 16 });
        assert.equal(report.refused, 0);
        assert.equal(seen.at(-1), 33);
        assert.equal((await doors.s3.send({ method: "HEAD", bucket })).status, 404);
        assert.equal(await listed(beside), 40);
        await assert.rejects(deleteBucket(target(), bucket, { contents: "remove" }), (error) => error instanceof NoSuchBucket && error.status === 404);
        await assert.rejects(emptyBucket(target(), bucket), NoSuchBucket);
        const { report: rest } = await emptyBucket(target(), beside);
        assert.deepEqual(rest.removed, { ...filled, channels });
        await must({ method: "HEAD", bucket: beside });
      });

      it("wrong keys and keys of others are AccessDenied, and nothing happens", async () => {
        const mine = `mine-${service}`;
        await must({ method: "PUT", bucket: mine });
        await must({ method: "PUT", bucket: mine, key: "k", body: "1" });
        const wrong = { accessKeyId: target().credentials.accessKeyId, secretAccessKey: "no" };
        await assert.rejects(deleteBucket({ ...target(), credentials: wrong }, mine, { contents: "remove" }), (error) => error instanceof AccessDenied && error.status === 403);
        const other = service === "hcp" ? { accessKeyId: Buffer.from("pblack").toString("base64"), secretAccessKey: "x" } : { accessKeyId: "nobody", secretAccessKey: "x" };
        await assert.rejects(deleteBucket({ ...target(), credentials: other }, mine), AccessDenied);
        assert.equal(await listed(mine), 1);
        await deleteBucket(target(), mine, { contents: "remove" });
      });

      it("what a lock keeps is left, named with its reason, and the bucket stays", async () => {
        const locked = `locked-${service}`;
        await must({ method: "PUT", bucket: locked, headers: { "x-amz-bucket-object-lock-enabled": "true" } });
        const untilMs = Math.floor((Date.now() + hour) / 1000) * 1000;
        const lock = { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": new Date(untilMs).toISOString() };
        await must({ method: "PUT", bucket: locked, key: "kept", body: "1", headers: lock });
        for (const key of ["a", "b", "kept"]) await must({ method: "PUT", bucket: locked, key, body: "1" });
        await assert.rejects(deleteBucket(target(), locked, { contents: "remove" }), (error) => {
          assert.ok(error instanceof BucketNotEmpty);
          const { report, found } = error.blockers;
          assert.equal(found.noncurrent + found.current, 1);
          assert.deepEqual([report?.refused, report?.why, report?.complete], [1, { locked: 1, denied: 0, failed: 0 }, false]);
          assert.deepEqual(
            report?.examples.map(({ key, why, untilMs: until }) => [key, why, until]),
            [["kept", "locked", untilMs]],
          );
          return true;
        });
        assert.equal(await listed(locked), 1);
        assert.equal((await deleteBucket(target(), locked, { contents: "remove", bypassGovernance: true })).report.removed.current, 1);
      });
    });
  }

  it("what a service refuses for and does not list is told in the service's words", async () => {
    const bucket = "unseen";
    await must({ method: "PUT", bucket });
    await channel(bucket);
    await assert.rejects(
      deleteBucket(targetOf("hcp", server.port), bucket, { contents: "remove" }),
      (error) => error instanceof BucketNotEmpty && /nothing is listed.*1 live channel/.test(error.message),
    );
    await deleteBucket(targetOf("oss", server.port), bucket, { contents: "remove" });
  });

  it("pages that end between the versions of a key, in either order, are gone on with where they ended", async () => {
    const bucket = "deep";
    await must({ method: "PUT", bucket });
    await must({ method: "PUT", bucket, key: "b", body: "null" });
    await versioned(bucket);
    for (let n = 0; n < 505; n++) await Promise.all(["a", "b"].map((key) => must({ method: "PUT", bucket, key, body: "x" })));
    for (const service of doorNames) {
      const { found } = await countBucket(targetOf(service, server.port), bucket, { kinds: ["current", "noncurrent"] });
      assert.deepEqual([service, found.current, found.noncurrent], [service, 2, 1009]);
    }
    const { report } = await deleteBucket(targetOf("hcp", server.port), bucket, { contents: "remove" });
    assert.deepEqual([report.removed.current + report.removed.noncurrent, report.refused], [1011, 0]);
  });

  it("a thousand long keys full of escapes go in lists that the service takes", async () => {
    const bucket = "long";
    await must({ method: "PUT", bucket });
    const keys = Array.from({ length: 450 }, (_, n) => `${"&".repeat(1_000)}${n}`);
    for (let at = 0; at < keys.length; at += 50) await Promise.all(keys.slice(at, at + 50).map((key) => must({ method: "PUT", bucket, key, body: "x" })));
    assert.equal((await deleteBucket(targetOf("oss", server.port), bucket, { contents: "remove" })).report.removed.current, 450);
  });

  it(`${many} objects, aborted in the middle, then resumed`, async () => {
    const bucket = "many";
    await must({ method: "PUT", bucket });
    const keys = Array.from({ length: many }, (_, n) => `k/${String(n).padStart(5, "0")}`);
    for (let at = 0; at < keys.length; at += 50) await Promise.all(keys.slice(at, at + 50).map((key) => must({ method: "PUT", bucket, key, body: "x" })));
    const control = new AbortController();
    const aborted = deleteBucket(targetOf("oss", server.port), bucket, {
      contents: "remove",
      concurrency: 1,
      signal: control.signal,
      onProgress: ({ removed }) => removed.current >= 1_000 && control.abort(new Error("enough")),
    });
    await assert.rejects(aborted, /enough/);
    const left = (await countBucket(targetOf("oss", server.port), bucket)).found.current;
    assert.ok(left > 0 && left <= many - 1_000, `${left} left`);
    const { report } = await deleteBucket(targetOf("hcp", server.port), bucket, { contents: "remove" });
    assert.equal(report.removed.current, left);
    assert.equal(element((await doors.s3.send({ method: "GET", bucket })).body, "Code"), "NoSuchBucket");
  });

  it("signs V1 and V2 where it is told to, and presents a bucket before the host", async () => {
    for (const [service, scheme] of [
      ["oss", "ossv1"],
      ["s3", "s3v2"],
      ["hcp", "s3v2"],
    ] as const) {
      const bucket = `older-${service}`;
      await must({ method: "PUT", bucket });
      for (const key of oddKeys) await must({ method: "PUT", bucket, key, body: "1" });
      const { report } = await deleteBucket(targetOf(service, server.port, { scheme }), bucket, { contents: "remove" });
      assert.equal(report.removed.current, oddKeys.length);
    }
    const bucket = "in-host";
    await must({ method: "PUT", bucket });
    await must({ method: "PUT", bucket, key: "ctl\u0001", body: "1" });
    for (const scheme of ["s3v4", "s3v2"] as const) {
      const target = targetOf("s3", server.port, { scheme, endpoint: "http://s3.localhost", connectTo: { host: "127.0.0.1", port: server.port }, addressing: "host" });
      assert.equal((await countBucket(target, bucket)).found.current, 1);
      if (scheme === "s3v2") assert.equal((await deleteBucket(target, bucket, { contents: "remove" })).report.removed.current, 1);
    }
  });
});
