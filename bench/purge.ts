/**
 * `npm run bench -- purge`: what becomes of a bucket of 1 000 000 objects (10 000 000 with `--full`) that is deleted with all that is in it: how soon
 * its name is free, how fast its rows and bytes come back, what puts into another bucket feel of it, and a SIGKILL in the middle. Beside it the same
 * by DeleteObjects, 1 000 keys a request. `AMPHORA_BENCH_OBJECTS` makes it smaller.
 */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { currentKeyText, generationOf, tables } from "../src/core/keys.ts";
import type { BucketName, Generation, TenantName } from "../src/core/model.ts";
import type { KeyRange } from "../src/core/ports.ts";
import { successor } from "../src/lib/bytes.ts";
import { metadataFolder } from "../src/main-folders.ts";
import { readCredentials } from "../src/server/credentials.ts";
import { openReader, type Reader } from "../src/storage/metadata/sqlite/reader.ts";
import { openDoor } from "../test/support/doors.ts";
import { main as mainKey, newDataFolder, type Server, startServer } from "../test/support/server.ts";
import { fill } from "./fill.ts";
import type { Outcome, Plan } from "./generator.ts";
import { cpuSeconds, generate, measure, row, startGenerator } from "./harness.ts";

/** `first`: a small one that goes the same way before, so that what is measured is compiled code. */
const names = { whole: "whole", first: "first", keys: "by-keys", puts: "puts" } as const;
const keyOf = (n: number): string => `d${String(Math.floor(n / 1_000)).padStart(5, "0")}/object-${String(n).padStart(8, "0")}`;
const numberOf = (key: string): number => Number(key.slice(-8));
/** Puts beside it: so many a second, each into a key of its own. */
const beside = { connections: 16, everyMs: 32, fill: 4_096, keys: 20_000 } as const;
/** The same object in the two places where it may stand: 1 KiB in its record, and sealed, 16 bytes longer, in a volume. */
const forms = [
  { name: "1 KiB in a volume (encrypted)", bytes: 1_040, inVolume: true },
  { name: "1 KiB in its record (plain)", bytes: 1_024, inVolume: false },
] as const;

export async function purge({ threads, full }: { threads: number; full: boolean }): Promise<void> {
  const objects = Number(process.env.AMPHORA_BENCH_OBJECTS ?? (full ? 10_000_000 : 1_000_000));
  for (const form of forms) await purgeOf(form, objects, threads);
}

async function purgeOf({ name, bytes, inVolume }: (typeof forms)[number], objects: number, threads: number): Promise<void> {
  const data = newDataFolder();
  const start = (): Promise<Server> => startServer({ data, args: ["--workers", String(threads), "--access-log", "off", "--trash-keep", "0"] });
  const keyed = Math.min(200_000, objects / 5);
  let server = await start();
  const plan = (requests: Plan["requests"], more: Partial<Plan>): Plan => ({
    port: server.port,
    connections: 1,
    seconds: 3_600,
    dialect: "s3",
    key: mainKey,
    requests,
    ok: [200, 204],
    ...more,
  });
  try {
    await generate(
      plan(
        Object.values(names).map((bucket) => ({ method: "PUT", bucket })),
        { requestsMax: Object.keys(names).length },
      ),
    );
    await server.stop();
    const begun = performance.now();
    await fill(data, [
      { bucket: names.whole, count: objects, bytes, inVolume, keyOf },
      { bucket: names.keys, count: keyed, bytes, inVolume, keyOf },
    ]);
    console.log(
      `\n${objects} objects of ${name}, made in ${((performance.now() - begun) / 1_000).toFixed(0)} s; ${(1_000 / beside.everyMs) * beside.connections} puts/s of 4 KiB beside them`,
    );

    server = await start();
    const puts = (prefix: string): Plan =>
      plan(
        Array.from({ length: beside.keys }, (_, n) => ({ method: "PUT", bucket: names.puts, key: `${prefix}/${n}`, fill: beside.fill })),
        {
          connections: beside.connections,
          everyMs: beside.everyMs,
        },
      );
    await generate({ ...puts("warm"), seconds: 6 });
    const without = await generate({ ...puts("without"), seconds: 10 });
    const load = startGenerator(puts("beside"));
    await setTimeoutPromise(1_000);
    const progress = openProgress(data);
    const generation = await progress.generation(names.whole);
    await deleteWhole(server, data, names.first);
    const detached = await deleteWhole(server, data, names.whole);
    console.log(`deleted: answered in ${detached.answeredMs.toFixed(0)} ms; gone, its name free and empty again in ${detached.freeMs.toFixed(0)} ms (reach 100)`);

    const under = await reclaimed(server, progress, generation, objects, objects * 0.6);
    load.stop();
    const during = await load.outcome;
    say("reclaimed beside the puts", under, "(reach 30000)");
    sayPuts(without, during);

    progress.close();
    await server.kill("SIGKILL");
    const killed = performance.now();
    server = await start();
    const readyMs = performance.now() - killed;
    const again = openProgress(data);
    console.log(`SIGKILL in the middle: ready after ${readyMs.toFixed(0)} ms (reach 2000), ${await again.left(generation, objects)} objects left`);
    say("reclaimed alone", await reclaimed(server, again, generation, objects, objects), "(reach 30000)");
    again.close();
    await byKeys(server, plan, keyed);
  } finally {
    await server.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

type Rate = { objects: number; seconds: number; cpuUs: number };
const say = (what: string, { objects, seconds, cpuUs }: Rate, reach: string): void =>
  console.log(`${what}: ${objects} objects in ${seconds.toFixed(1)} s, ${Math.round(objects / seconds)} objects/s ${reach}, server cpu ${(cpuUs / objects).toFixed(1)} us each`);
function sayPuts(without: Outcome, during: Outcome): void {
  for (const [what, { opsPerSecond, p50Ms, p99Ms }] of [
    ["without", without],
    ["beside", during],
  ] as const)
    console.log(`  puts ${what}: ${opsPerSecond.toFixed(0)}/s  p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms`);
  console.log(`  p99 ratio ${(during.p99Ms / without.p99Ms).toFixed(2)} (reach 2)`);
}

/** As an operator does it; then the name is asked for, taken again, and found empty. */
async function deleteWhole(server: Server, data: string, bucket: string): Promise<{ answeredMs: number; freeMs: number }> {
  const token = readCredentials(data)?.adminToken ?? "";
  const door = openDoor("s3", server.port, mainKey);
  const begun = performance.now();
  const deleted = await fetch(`${server.endpoint}/-/admin/v1/buckets/${bucket}/delete`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ confirm: bucket }),
  });
  const answeredMs = performance.now() - begun;
  const answers = [deleted.status];
  for (const method of ["HEAD", "PUT", "GET"]) answers.push((await door.send({ method, bucket })).status);
  const freeMs = performance.now() - begun;
  const { body } = await door.send({ method: "GET", bucket });
  door.close();
  if (answers.join() !== "200,404,200,200" || body.includes("<Key>")) throw new Error(`the bucket is not gone: ${answers.join()}, ${body}`);
  return { answeredMs, freeMs };
}

type Progress = {
  generation(bucket: string): Promise<Generation>;
  /** Objects of which a row or bytes are still there. */
  left(generation: Generation, objects: number): Promise<number>;
  close(): void;
};
/** Looks on through a connection of its own. Objects go in the order of their keys. */
function openProgress(data: string): Progress {
  const reader = openReader(metadataFolder(data));
  return {
    async generation(bucket) {
      const pointer = await reader.get(tables.name.key("default" as TenantName, bucket as BucketName));
      if (!pointer) throw new Error(`no bucket ${bucket}`);
      return generationOf(pointer);
    },
    async left(generation, objects) {
      const [first] = await rows(reader, tables.current.range(generation), 1);
      return (first === undefined ? 0 : objects - numberOf(currentKeyText(first))) + (await count(reader, tables.dead.range()));
    },
    close: () => reader.close(),
  };
}
async function rows(reader: Reader, range: KeyRange, most: number): Promise<Uint8Array[]> {
  const snapshot = await reader.snapshot();
  const found = await snapshot.scan({ ...range, keysOnly: true }).next(most);
  snapshot.close();
  return found.map(({ key }) => key);
}
async function count(reader: Reader, { from, to }: KeyRange): Promise<number> {
  for (let counted = 0, at = from; ; ) {
    const page = await rows(reader, { from: at, to }, 5_000);
    counted += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < 5_000) return counted;
    at = successor(last);
  }
}

/** Waits until so many of all are gone. */
async function reclaimed(server: Server, progress: Progress, generation: Generation, objects: number, until: number): Promise<Rate> {
  const begun = performance.now();
  const cpu = cpuSeconds(server.pid);
  const before = await progress.left(generation, objects);
  for (;;) {
    await setTimeoutPromise(200);
    const left = await progress.left(generation, objects);
    if (objects - left < until) continue;
    return { objects: before - left, seconds: (performance.now() - begun) / 1_000, cpuUs: (cpuSeconds(server.pid) - cpu) * 1e6 };
  }
}

async function byKeys(server: Server, plan: (requests: Plan["requests"], more: Partial<Plan>) => Plan, keyed: number): Promise<void> {
  const requests = Array.from({ length: keyed / 1_000 }, (_, page) => {
    const keys = Array.from({ length: 1_000 }, (_, n) => `<Object><Key>${keyOf(page * 1_000 + n)}</Key></Object>`);
    const body = `<Delete><Quiet>true</Quiet>${keys.join("")}</Delete>`;
    return { method: "POST", bucket: names.keys, query: { delete: "" }, body, headers: { "Content-MD5": createHash("md5").update(body).digest("base64") } };
  });
  const removed = await measure(server.pid, plan(requests, { connections: 2, requestsMax: requests.length }));
  const door = openDoor("s3", server.port, mainKey);
  const { body } = await door.send({ method: "GET", bucket: names.keys });
  door.close();
  if (body.includes("<Key>")) throw new Error(`not everything was deleted: ${body}`);
  row("DeleteObjects of 1000 c=2", removed, `${Math.round(removed.opsPerSecond * 1_000)} keys/s (reach 20000), cpu ${(removed.cpuUsPerOp / 1_000).toFixed(1)} us a key`);
}
