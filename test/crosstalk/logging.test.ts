/** A bucket that logs: requests through every door are written down in its target, in the words of the door through which logging was put. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { doorNames, elements, openDoor } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

describe("Logs across dialects", () => {
  const { server, doors } = servedDoors({ args: ["--bucket-log-seconds", "1"] });

  /** The logs of a bucket, together, once they have so many lines. */
  async function logsOf(bucket: string, linesWanted: number): Promise<{ names: string[]; lines: string[] }> {
    for (let tries = 0; ; tries++) {
      const names = elements((await doors.s3.send({ method: "GET", bucket })).body, "Key");
      const texts = await Promise.all(names.map(async (key) => (await doors.s3.send({ method: "GET", bucket, key })).body.toString("latin1")));
      const lines = texts.join("").split("\n").slice(0, -1);
      if (lines.length >= linesWanted) return { names, lines };
      assert.ok(tries < 80, `${lines.length} of ${linesWanted} lines came:\n${lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  async function setUp(source: string, target: string, writer: "s3" | "oss"): Promise<void> {
    await doors.oss.send({ method: "PUT", bucket: source });
    await doors.s3.send({ method: "PUT", bucket: target, headers: { "x-amz-acl": "log-delivery-write" } });
    const body = `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${target}</TargetBucket><TargetPrefix>a/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`;
    const { status } = await doors[writer].send({ method: "PUT", bucket: source, query: { logging: "" }, body });
    assert.equal(status, 200);
  }

  for (const writer of ["s3", "oss"] as const) {
    it(`puts down requests of OSS, S3 and HCP in ${writer}'s words`, async () => {
      const [source, target] = [`source-${writer}`, `target-${writer}`];
      await setUp(source, target, writer);
      for (const name of doorNames) {
        const key = `from ${name}`;
        assert.equal((await doors[name].send({ method: "PUT", bucket: source, key, body: "12345" })).status, 200);
        assert.equal((await doors[name].send({ method: "GET", bucket: source, key })).status, 200);
        assert.equal((await doors[name].send({ method: "GET", bucket: source, key: "absent" })).status, 404);
      }
      const anonymous = await fetch(`${server.endpoint}/${source}/absent?X-Amz-Signature=CANARY&Signature=CANARY`, { headers: { referer: "http://r/?Signature=CANARY" } });
      assert.ok(anonymous.status >= 400);
      await anonymous.text();
      const { names, lines } = await logsOf(target, 9);
      const pattern = writer === "s3" ? /^a\/\d{4}(-\d\d){5}-[0-9A-F]{16}$/ : /^a\/source-oss\d{4}(-\d\d){5}-[0-9A-F]{16}$/;
      for (const name of names) assert.match(name, pattern);
      assert.ok(!lines.join("\n").includes("CANARY"));
      for (const name of doorNames) {
        const about = lines.filter((line) => line.includes(`/from%20${name} HTTP/1.1`));
        assert.deepEqual(about.map((line) => /"(GET|PUT) /.exec(line)?.[1]).sort(), ["GET", "PUT"], `${name}:\n${lines.join("\n")}`);
        const [read = ""] = about.filter((line) => line.includes('"GET '));
        if (writer === "s3")
          assert.match(
            read,
            new RegExp(
              `^[0-9a-f]{64} ${source} \\[[^\\]]+ \\+0000\\] 127\\.0\\.0\\.1 [0-9a-f]{64} \\S+ REST\\.GET\\.OBJECT from%20${name} "GET [^"]+" 200 - 5 5 \\d+ \\d+ "-" "-" `,
            ),
          );
        else
          assert.match(
            read,
            new RegExp(`^127\\.0\\.0\\.1 - - \\[[^\\]]+ \\+0800\\] "GET [^"]+" 200 5 \\d+ "-" "-" "[^"]+" "\\S+" "true" "\\d+" "GetObject" "${source}" "from%20${name}" 5 `),
          );
      }
      const missing = lines.filter((line) => line.includes("/absent HTTP/1.1"));
      assert.equal(missing.length, 3);
      for (const line of missing) assert.match(line, /NoSuchKey/);
    });
  }

  it("counts what it wrote", async () => {
    const metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
    assert.match(metrics, /^amphora_bucket_log_lines_total [1-9]/m);
    assert.match(metrics, /^amphora_bucket_log_objects_total [1-9]/m);
    assert.match(metrics, /^amphora_bucket_log_failed_objects_total 0$/m);
  });
});

describe("Logs of a server that is told to stop", () => {
  it("are written before it ends", async () => {
    const data = newDataFolder();
    const started: Server[] = [];
    const start = async (args: string[] = []): Promise<Server> => {
      const server = await startServer({ data, args });
      started.push(server);
      return server;
    };
    try {
      const first = await start(["--bucket-log-seconds", "3600"]);
      const oss = openDoor("oss", first.port);
      for (const bucket of ["source", "target"]) await oss.send({ method: "PUT", bucket });
      const body = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket></LoggingEnabled></BucketLoggingStatus>";
      assert.equal((await oss.send({ method: "PUT", bucket: "source", query: { logging: "" }, body })).status, 200);
      assert.equal((await oss.send({ method: "PUT", bucket: "source", key: "k", body: "1" })).status, 200);
      assert.deepEqual(elements((await oss.send({ method: "GET", bucket: "target" })).body, "Key"), [], "nothing is due yet");
      oss.close();
      assert.equal(await first.stop(), 0);
      const second = await start();
      const again = openDoor("oss", second.port);
      const [key = ""] = elements((await again.send({ method: "GET", bucket: "target" })).body, "Key");
      assert.match((await again.send({ method: "GET", bucket: "target", key })).body.toString(), /"PutObject" "source" "k" 1 /);
      again.close();
      assert.equal(await second.stop(), 0);
    } finally {
      for (const server of started) await server.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  });
});
