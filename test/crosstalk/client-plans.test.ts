/** Our own client against services that are busy, behind, broken, elsewhere or somebody else: it waits, looks again, goes on, or says why not. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import {
  AccessDenied,
  BucketNotEmpty,
  type CloudError,
  countBucket,
  deleteBucket,
  emptyBucket,
  NoSuchBucket,
  type Target,
  Unavailable,
  WrongAnswer,
  WrongEndpoint,
} from "../../src/client/library.ts";
import { targetOf } from "../support/client-targets.ts";
import { type Door, doorNames, elements, openDoor } from "../support/doors.ts";
import { type Front, type Planned, startFront, vendorError } from "../support/planned-front.ts";
import { type PlannedServer, startPlanned } from "../support/planned-server.ts";

describe("the client against services that do not do as they should", () => {
  let server: PlannedServer;
  let front: Front;
  let door: Door;
  before(async () => {
    server = await startPlanned();
    front = await startFront(server.port);
    door = openDoor("s3", server.port);
  });
  after(async () => {
    door.close();
    await front.close();
    await server.close();
  });
  afterEach(() => {
    front.plan = () => "pass";
    front.seen.length = 0;
  });

  const put = async (bucket: string, keys: readonly string[]): Promise<void> => {
    await door.send({ method: "PUT", bucket });
    for (const key of keys) assert.equal((await door.send({ method: "PUT", bucket, key, body: "1" })).status, 200);
  };
  const exists = async (bucket: string): Promise<boolean> => (await door.send({ method: "HEAD", bucket })).status === 200;
  const listed = async (bucket: string): Promise<string[]> => elements((await door.send({ method: "GET", bucket })).body, "Key");
  const target = (service: (typeof doorNames)[number] = "s3", more: Partial<Target> = {}): Target => targetOf(service, front.port, more);
  const remove = (bucket: string, service: (typeof doorNames)[number] = "s3") => deleteBucket(target(service), bucket, { contents: "remove" });
  /** Every request is first refused so often. */
  const first = (times: number, planned: (n: number) => Planned): Front["plan"] => {
    const counts = new Map<string, number>();
    return ({ method, url }) => {
      const seen = (counts.get(`${method} ${url}`) ?? 0) + 1;
      counts.set(`${method} ${url}`, seen);
      return seen <= times ? planned(seen) : "pass";
    };
  };

  for (const service of doorNames) {
    it(`${service}: 503 and 500, twice each request, are tried again with a delay that grows, and it comes to its end; the bucket beside stays`, async () => {
      const [bucket, beside] = [`busy-${service}`, `busy-${service}-beside`];
      await put(bucket, ["a", "b"]);
      await put(beside, ["a", "b"]);
      front.plan = first(2, (n) => (n === 1 ? vendorError(503, service === "s3" ? "SlowDown" : "ServiceUnavailable") : vendorError(500, "InternalError")));
      const { report } = await remove(bucket, service);
      assert.equal(report.removed.current, 2);
      assert.ok(report.retries >= 8, `${report.retries} retries`);
      assert.equal(await exists(bucket), false);
      assert.deepEqual(await listed(beside), ["a", "b"]);
      assert.ok(front.seen.every(({ url }) => !url.includes("beside")));
    });

    it(`${service}: the refusals of the seed documents are typed: 403, 404, 409, 500, 503`, async () => {
      const refusals: [Planned, new (...args: never[]) => CloudError, number][] = [
        [vendorError(403, "AccessDenied"), AccessDenied, 403],
        [vendorError(404, "NoSuchBucket"), NoSuchBucket, 404],
        [vendorError(409, "BucketNotEmpty"), BucketNotEmpty, 409],
        [vendorError(500, "InternalError"), Unavailable, 500],
        [vendorError(503, "ServiceUnavailable"), Unavailable, 503],
      ];
      await put(`seed-${service}`, []);
      for (const [planned, kind, status] of refusals) {
        front.plan = ({ method }) => (method === "DELETE" ? planned : "pass");
        const refused = deleteBucket(target(service, { retry: { attemptsMax: 3, firstDelayMs: 1 } }), `seed-${service}`);
        await assert.rejects(refused, (error) => error instanceof kind && error.status === status && error.name === kind.name);
      }
      assert.equal(front.seen.filter(({ method }) => method === "DELETE").length, 3 + 3 + 3);
      assert.ok(await exists(`seed-${service}`));
    });
  }

  it("Retry-After is waited for", async () => {
    await put("later", []);
    front.plan = first(1, () => vendorError(503, "ServiceUnavailable", "", { "retry-after": "1" }));
    await deleteBucket(target(), "later");
    const [refused, again] = front.seen;
    assert.ok((again?.atMs ?? 0) - (refused?.atMs ?? 0) >= 990);
  });

  it("connections that break are made anew; a delete whose answer was lost is done", async () => {
    await put("broken", ["a", "b"]);
    front.plan = first(1, () => "reset");
    assert.equal((await remove("broken")).report.removed.current, 2);
    await put("lost", ["a"]);
    front.plan = first(1, () => "lose");
    await remove("lost");
    assert.equal(await exists("lost"), false);
  });

  it("an Unavailable service is given up on after so many attempts, and the next call goes on with what is left", async () => {
    await put("given-up", ["a", "b", "c"]);
    front.plan = ({ method }) => (method === "POST" ? "reset" : "pass");
    await assert.rejects(deleteBucket(target("s3", { retry: { attemptsMax: 2, firstDelayMs: 1 } }), "given-up", { contents: "remove" }), Unavailable);
    assert.equal((await listed("given-up")).length, 3);
    front.plan = () => "pass";
    assert.equal((await remove("given-up")).report.removed.current, 3);
  });

  it("not empty, and nothing listed: it looks again until what was hidden shows", async () => {
    await put("hidden", ["late"]);
    const empty = `<ListVersionsResult><Name>hidden</Name><IsTruncated>false</IsTruncated></ListVersionsResult>`;
    let lists = 0;
    front.plan = ({ method, url }) => (method === "GET" && url.includes("versions") && ++lists <= 3 ? { status: 200, body: empty } : "pass");
    assert.equal((await remove("hidden")).report.removed.current, 1);
    assert.equal(await exists("hidden"), false);
  });

  it("single keys that a service was too busy for are asked for again; those it denies are named", async () => {
    await put("keys", ["busy", "denied", "fine"]);
    const deny = { Effect: "Deny", Principal: "*", Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"], Resource: "arn:aws:s3:::keys/denied" };
    const policy = { method: "PUT", bucket: "keys", query: { policy: undefined }, body: JSON.stringify({ Version: "2012-10-17", Statement: [deny] }) };
    assert.equal((await door.send(policy)).status, 204);
    const busy = ["busy", "fine"].map((key) => `<Error><Key>${key}</Key><VersionId>null</VersionId><Code>SlowDown</Code><Message>planned</Message></Error>`);
    let posts = 0;
    front.plan = ({ method }) => (method === "POST" && ++posts === 1 ? { status: 200, body: `<DeleteResult>${busy.join("")}</DeleteResult>` } : "pass");
    const { report } = await emptyBucket(target("s3"), "keys");
    assert.deepEqual(await listed("keys"), ["denied"]);
    assert.deepEqual([report.complete, report.refused, report.why.denied, report.examples[0]?.key, report.examples[0]?.code], [false, 1, 1, "denied", "AccessDenied"]);
    assert.ok(report.retries >= 1 && posts >= 3);
    await assert.rejects(remove("keys"), (error) => error instanceof BucketNotEmpty && error.blockers.report?.why.denied === 1 && /1 denied/.test(error.message));
    await door.send({ method: "DELETE", bucket: "keys", query: { policy: undefined } });
    await remove("keys");
  });

  it("an answer about another bucket, about keys nobody asked for, or that is no list is not acted upon", async () => {
    await put("asked", ["a"]);
    const page = (name: string, key: string): Planned => ({
      status: 200,
      body: `<ListVersionsResult><Name>${name}</Name><IsTruncated>false</IsTruncated><Version><Key>${key}</Key><VersionId>null</VersionId><IsLatest>true</IsLatest></Version></ListVersionsResult>`,
    });
    const answers: Planned[] = [page("other", "a"), page("asked", ""), page("asked", "elsewhere/a"), { status: 200, body: "<html>log in</html>" }, { status: 200, body: "" }];
    for (const planned of answers) {
      front.plan = () => planned;
      await assert.rejects(countBucket(target(), "asked", { prefix: "a" }), WrongAnswer);
    }
    for (const planned of [answers[0], answers[1], answers[3]]) {
      front.plan = () => planned as Planned;
      await assert.rejects(remove("asked"), WrongAnswer);
    }
    assert.ok(front.seen.every(({ method }) => method === "GET"));
    assert.deepEqual(await listed("asked"), ["a"]);
  });

  it("a bucket that lives elsewhere is a word about where, and no redirect is followed", async () => {
    await put("moved", ["a"]);
    const elsewhere: [Planned, RegExp][] = [
      [
        vendorError(301, "PermanentRedirect", "<Endpoint>s3.eu-west-1.amazonaws.com</Endpoint>", {
          "x-amz-bucket-region": "eu-west-1",
          location: `http://127.0.0.1:${server.port}/moved`,
        }),
        /s3\.eu-west-1/,
      ],
      [{ status: 307, headers: { location: `http://127.0.0.1:${server.port}/moved` } }, /does not say where/],
      [vendorError(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), /the region eu-west-1/],
      [vendorError(403, "AccessDenied", "<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>"), /oss-cn-beijing/],
    ];
    for (const [planned, words] of elsewhere) {
      front.plan = () => planned;
      front.seen.length = 0;
      await assert.rejects(remove("moved"), (error) => error instanceof WrongEndpoint && words.test(error.message));
      assert.equal(front.seen.length, 1);
    }
    assert.deepEqual(await listed("moved"), ["a"]);
  });

  it("a service without versions, lists of deletions or uploads is served with objects, one by one", async () => {
    await put("plain", ["a", "b c", "d"]);
    front.plan = ({ method, url }) => (method === "POST" || /[?&](versions|uploads)/.test(url) ? vendorError(501, "NotImplemented") : "pass");
    assert.equal((await remove("plain")).report.removed.current, 3);
    assert.equal(await exists("plain"), false);
  });

  it("what the keys may not list is passed over and said; it is what was asked for that has to be seen", async () => {
    await put("unlisted", ["a"]);
    front.plan = ({ url }) => (/[?&](uploads|live)/.test(url) ? vendorError(403, "AccessDenied") : "pass");
    const { report } = await emptyBucket(target("oss"), "unlisted");
    assert.deepEqual([report.removed.current, report.unlisted, report.complete], [1, ["uploads", "channels"], false]);
    await assert.rejects(countBucket(target("oss"), "unlisted", { kinds: ["uploads"] }), AccessDenied);
    await door.send({ method: "POST", bucket: "unlisted", key: "u", query: { uploads: undefined } });
    await assert.rejects(remove("unlisted", "oss"), (error) => error instanceof BucketNotEmpty && /uploads may not be listed/.test(error.message) && error.blockers.more);
    await remove("unlisted");
    assert.equal(await exists("unlisted"), false);
  });

  it("OSS says which region it signs for", async () => {
    await put("region", []);
    await assert.rejects(
      deleteBucket(target("oss", { region: "cn-beijing" }), "region"),
      (error) => error instanceof WrongEndpoint && error.region === "cn-hangzhou" && /the region cn-hangzhou/.test(error.message),
    );
    await deleteBucket(target("oss"), "region");
  });

  it("a clock that is off is corrected by what the service says", async () => {
    await put("clock", []);
    const now = new Date().toUTCString();
    front.plan = ({ n }) => (n === 0 ? vendorError(403, "RequestTimeTooSkewed", "", { date: now }) : "pass");
    await deleteBucket(target(), "clock");
    assert.equal(front.seen.length, 2);
  });
});
