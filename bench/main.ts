/**
 * `npm run bench [-- s3|oss] [question …] [--full]`: prints a table. Every small-object figure stands beside a bare node:http server on the
 * same number of threads in the same run, in alternating rounds; decide by the ratio, not by the rate of a busy machine.
 */
import { availableParallelism } from "node:os";
import { openDoor } from "../test/support/doors.ts";
import { main as mainKey, type Server, startServer } from "../test/support/server.ts";
import { dialects } from "./dialects.ts";
import type { Plan } from "./generator.ts";
import { generate, type Measured, measure, row, rssMiB, startBare } from "./harness.ts";
import { lifecycle } from "./lifecycle.ts";
import { purge } from "./purge.ts";

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const full = process.argv.includes("--full");
const dialect = words.includes("oss") ? "oss" : "s3";
const questions = words.filter((word) => word !== "oss" && word !== "s3");
const asked = (name: string): boolean => questions.length === 0 || questions.some((word) => name.startsWith(word));

const threads = Math.max(1, Math.min(2, availableParallelism()));
const rounds = 3;
const seconds = full ? 10 : 3;
const MIB = 1024 * 1024;
const bucket = "bench";

const server: Server = await startServer({ args: ["--workers", String(threads), "--access-log", "off"] });
const bare = await startBare(threads);
const plan = (requests: Plan["requests"], more: Partial<Plan> = {}): Plan => ({
  port: server.port,
  connections: 64,
  seconds,
  dialect,
  key: mainKey,
  requests,
  ok: [200, 204, 206],
  ...more,
});
const best = (list: Measured[]): Measured => [...list].sort((a, b) => a.cpuUsPerOp - b.cpuUsPerOp)[0] as Measured;
const median = (list: number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;

/** What is measured is compiled code: rounds that do not count, until one costs no more than a twentieth less than the one before, or eight of them. */
async function warm(pid: number, load: Plan): Promise<void> {
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round++) {
    const { cpuUsPerOp } = await measure(pid, load);
    if (cpuUsPerOp > before * 0.95) return;
    before = cpuUsPerOp;
  }
}

/** Alternates the two servers and prints both, with the median of the same-round ratios. */
async function beside(name: string, ours: Plan["requests"], theirs: Plan["requests"], connections = 64, reach = ""): Promise<void> {
  const own: Measured[] = [];
  const their: Measured[] = [];
  await warm(bare.pid, plan(theirs, { port: bare.port, dialect: "bare", connections }));
  await warm(server.pid, plan(ours, { connections }));
  for (let n = 0; n < rounds; n++) {
    their.push(await measure(bare.pid, plan(theirs, { port: bare.port, dialect: "bare", connections })));
    own.push(await measure(server.pid, plan(ours, { connections })));
  }
  const ratio = median(own.map((m, n) => m.opsPerSecond / (their[n]?.opsPerSecond ?? 1)));
  row(`${name} c=${connections}`, best(own), `ratio to bare ${ratio.toFixed(3)} ${reach}`);
  row("  bare node:http", best(their));
}

try {
  console.log(`${dialect} on ${threads} HTTP threads, ${availableParallelism()} cores shared with the generator, rounds of ${seconds} s\n`);
  await generate(plan([{ method: "PUT", bucket }], { requestsMax: 1, connections: 1 }));
  const keys = Array.from({ length: 2000 }, (_, n) => `small/${n}`);
  const get4k: Plan["requests"] = [{ method: "GET" }];
  const put4k: Plan["requests"] = [{ method: "PUT", fill: 4096 }];
  if (asked("put-4k")) {
    await beside(
      "PUT 4 KiB durable",
      keys.map((key) => ({ method: "PUT", bucket, key, fill: 4096 })),
      put4k,
      64,
      "(reach 0.25)",
    );
    await beside(
      "PUT 4 KiB durable",
      keys.map((key) => ({ method: "PUT", bucket, key, fill: 4096 })),
      put4k,
      1,
    );
  }
  if (asked("get-4k") || asked("head"))
    await generate(
      plan(
        keys.map((key) => ({ method: "PUT", bucket, key, fill: 4096 })),
        { requestsMax: keys.length, seconds: 60 },
      ),
    );
  if (asked("get-4k"))
    await beside(
      "GET 4 KiB",
      keys.map((key) => ({ method: "GET", bucket, key })),
      get4k,
      64,
      "(reach 0.40)",
    );
  if (asked("head"))
    await beside(
      "HEAD",
      keys.map((key) => ({ method: "HEAD", bucket, key })),
      get4k,
    );
  if (asked("delete")) {
    const count = full ? 50_000 : 10_000;
    const many = Array.from({ length: count }, (_, n) => `gone/${n}`);
    await generate(
      plan(
        many.map((key) => ({ method: "PUT", bucket, key, fill: 100 })),
        { requestsMax: count, seconds: 120 },
      ),
    );
    const one = await measure(
      server.pid,
      plan(
        many.map((key) => ({ method: "DELETE", bucket, key })),
        { requestsMax: count, seconds: 120 },
      ),
    );
    await mustBeEmpty("gone/");
    row("DELETE c=64", one);
    await generate(
      plan(
        many.map((key) => ({ method: "PUT", bucket, key, fill: 100 })),
        { requestsMax: count, seconds: 120 },
      ),
    );
    const batches = Array.from(
      { length: count / 1000 },
      (_, n) =>
        `<Delete><Quiet>true</Quiet>${many
          .slice(n * 1000, n * 1000 + 1000)
          .map((key) => `<Object><Key>${key}</Key></Object>`)
          .join("")}</Delete>`,
    );
    const { createHash } = await import("node:crypto");
    const removed = await measure(
      server.pid,
      plan(
        batches.map((body) => ({ method: "POST", bucket, query: { delete: "" }, body, headers: { "Content-MD5": createHash("md5").update(body).digest("base64") } })),
        { requestsMax: batches.length, seconds: 120, connections: 2 },
      ),
    );
    await mustBeEmpty("gone/");
    row("DeleteObjects of 1000 c=2", removed, `${Math.round(removed.opsPerSecond * 1000)} keys/s`);
  }
  if (asked("put-10m")) {
    const m = await measure(
      server.pid,
      plan(
        [0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({ method: "PUT", bucket, key: `large/${n}`, fill: 10 * MIB })),
        { connections: 8 },
      ),
    );
    row("PUT 10 MiB durable c=8", m, `${Math.round(m.opsPerSecond * 10)} MiB/s`);
  }
  if (asked("get-10m")) {
    await generate(plan([{ method: "PUT", bucket, key: "large/0", fill: 10 * MIB }], { requestsMax: 1, connections: 1 }));
    const m = await measure(server.pid, plan([{ method: "GET", bucket, key: "large/0" }], { connections: 8 }));
    row("GET 10 MiB c=8", m, `${Math.round(m.opsPerSecond * 10)} MiB/s`);
  }
  if (asked("dialects")) await dialects(server, seconds);
  if (asked("encryption")) await encryption();
  if (asked("policies")) await policies();
  if (asked("list")) await list();
  if (asked("memory")) await memory();
} finally {
  bare.stop();
  await server.stop();
}
if (asked("purge")) await purge({ threads, full });

if (asked("lifecycle")) await lifecycle({ full });

/** What encryption costs: the same requests into a bucket without and one with a default of AES256, in alternating rounds of one run. */
async function encryption(): Promise<void> {
  const sealed = "bench-sealed";
  const rule = "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>";
  const put = { method: "PUT", bucket: sealed, query: { encryption: "" }, body: `<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration>` };
  await generate(plan([{ method: "PUT", bucket: sealed }], { requestsMax: 1, connections: 1 }));
  await generate(plan([put], { requestsMax: 1, connections: 1 }));
  for (const [label, fill, count, connections] of [
    ["4 KiB", 4096, 500, 64],
    ["10 MiB", 10 * MIB, 8, 8],
  ] as const) {
    const keys = Array.from({ length: count }, (_, n) => `enc/${fill}/${n}`);
    for (const method of ["PUT", "GET"] as const) {
      const requests = (name: string): Plan["requests"] => keys.map((key) => ({ method, bucket: name, key, ...(method === "PUT" ? { fill } : {}) }));
      for (const name of [bucket, sealed]) await generate(plan(requests(name), { connections, ...(method === "PUT" ? { requestsMax: count, seconds: 60 } : {}) }));
      await besideBucket(`${method} ${label} encrypted c=${connections}`, requests, sealed, connections);
    }
  }
}

/** The same requests into the bucket called `other` and into the plain one, in alternating rounds; prints both, with the median of the same-round ratios. */
async function besideBucket(name: string, requests: (bucket: string) => Plan["requests"], other: string, connections: number): Promise<void> {
  const [without, under]: [Measured[], Measured[]] = [[], []];
  for (let n = 0; n < rounds; n++) {
    without.push(await measure(server.pid, plan(requests(bucket), { connections })));
    under.push(await measure(server.pid, plan(requests(other), { connections })));
  }
  const ratio = (pick: (m: Measured) => number): string => median(under.map((m, n) => pick(m) / pick(without[n] as Measured))).toFixed(3);
  row(name, best(under), `ratio to plain: rate ${ratio((m) => m.opsPerSecond)}, cpu ${ratio((m) => m.cpuUsPerOp)}`);
  row("  plain", best(without));
}

/** What a policy of 50 statements costs (reach: 10 %), most of which have to be weighed to the last condition: beside the same bucket without. */
async function policies(): Promise<void> {
  const ruled = "bench-ruled";
  const on = (name: string): string[] => [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
  const denials = Array.from({ length: 49 }, (_, n) => ({
    Sid: `deny${n}`,
    Effect: "Deny",
    Principal: n % 3 === 0 ? { AWS: `arn:aws:iam::${String(100_000_000_000 + n)}:root` } : "*",
    Action: ["s3:GetObject*", "s3:PutObject", "s3:ListBucket"],
    Resource: n % 2 === 0 ? on(ruled) : [`arn:aws:s3:::${ruled}/team-${n}/*/private-?`],
    Condition: { StringLike: { "s3:prefix": `team-${n}/*` }, NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"] } },
  }));
  const allowed = { Sid: "allow", Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:user/ram" }, Action: "s3:*", Resource: on(ruled) };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [...denials, allowed] });
  await generate(plan([{ method: "PUT", bucket: ruled }], { requestsMax: 1, connections: 1 }));
  const put = await generate(plan([{ method: "PUT", bucket: ruled, query: { policy: "" }, body: document }], { requestsMax: 1, connections: 1, dialect: "s3" }));
  if (put.errors > 0) throw new Error("the policy was refused");
  const keys = Array.from({ length: 1000 }, (_, n) => `ruled/${n}`);
  const listing = { "list-type": "2", prefix: "ruled/", "max-keys": "100" };
  for (const [label, requests] of [
    ["PUT 4 KiB", (name: string) => keys.map((key) => ({ method: "PUT", bucket: name, key, fill: 4096 }))],
    ["GET 4 KiB", (name: string) => keys.map((key) => ({ method: "GET", bucket: name, key }))],
    ["LIST 100 keys", (name: string) => [{ method: "GET", bucket: name, query: listing }]],
  ] as const) {
    // Every key is there before it is read.
    for (const name of [bucket, ruled]) {
      if (label.startsWith("PUT")) await generate(plan(requests(name), { requestsMax: keys.length, seconds: 60 }));
      await warm(server.pid, plan(requests(name)));
    }
    await besideBucket(`${label}, 50 statements c=64`, requests, ruled, 64);
  }
}

/** A figure for deleting counts only when everything is gone. */
async function mustBeEmpty(prefix: string): Promise<void> {
  const door = openDoor(dialect, server.port, mainKey);
  const { body } = await door.send({ method: "GET", bucket, query: { prefix, "max-keys": "1" } });
  door.close();
  if (body.includes("<Key>")) throw new Error(`not everything below ${prefix} was deleted: ${body}`);
}

/** Whole buckets in pages of 1000, plain and with 2 KiB of metadata on every object; and a page of 1000 common prefixes. */
async function list(): Promise<void> {
  const prefixKeys = full ? 1_000_000 : 100_000;
  for (const [name, count, meta] of [
    ["plain", prefixKeys, ""],
    ["meta", full ? 100_000 : 20_000, "m".repeat(2040)],
  ] as const) {
    const target = `bench-${name}`;
    await generate(plan([{ method: "PUT", bucket: target }], { requestsMax: 1, connections: 1 }));
    const per = count / 1000;
    const header = dialect === "oss" ? "x-oss-meta-a" : "x-amz-meta-a";
    const headers: Record<string, string> = meta === "" ? {} : { [header]: meta.slice(0, 2000) };
    for (let at = 0; at < count; at += 50_000) {
      const keysHere = Array.from(
        { length: Math.min(50_000, count - at) },
        (_, n) => `p${String(Math.floor((at + n) / per)).padStart(4, "0")}/object-${String(at + n).padStart(8, "0")}`,
      );
      await generate(
        plan(
          keysHere.map((key) => ({ method: "PUT", bucket: target, key, fill: 0, headers })),
          { requestsMax: keysHere.length, seconds: 600 },
        ),
      );
    }
    const pages = Array.from({ length: Math.min(100, count / 1000) }, (_, n) => ({
      method: "GET",
      bucket: target,
      query: { "list-type": "2", "max-keys": "1000", "start-after": `p${String(Math.floor((n * 1000) / per)).padStart(4, "0")}/object-${String(n * 1000).padStart(8, "0")}` },
    }));
    const m = await measure(server.pid, plan(pages, { connections: 2 }));
    row(`LIST ${count} keys, ${name}, pages of 1000`, m, `${Math.round(m.opsPerSecond * 1000)} keys/s (reach ${name === "plain" ? "100000" : "50000"})`);
    if (name === "plain") {
      const p = await measure(server.pid, plan([{ method: "GET", bucket: target, query: { "list-type": "2", "max-keys": "1000", delimiter: "/" } }], { connections: 1 }));
      row(`1000 prefixes over ${count} keys`, p, "(reach: a page within 50 ms)");
    }
  }
}

/** 32 uploads at once of 1 GiB (128 MiB without --full): resident memory before, at the most, and after. */
async function memory(): Promise<void> {
  const size = full ? 1024 * MIB : 128 * MIB;
  const before = rssMiB(server.pid, "VmRSS");
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, rssMiB(server.pid, "VmRSS"));
  }, 100);
  const m = await measure(server.pid, plan([{ method: "PUT", bucket, key: "huge", fill: size }], { connections: 32, requestsMax: 32, seconds: 3600 }));
  clearInterval(timer);
  row(`32 parallel PUTs of ${size / MIB} MiB`, m, `rss ${before.toFixed(0)} -> peak ${peak.toFixed(0)} -> ${rssMiB(server.pid, "VmRSS").toFixed(0)} MiB`);
}
