/**
 * `npm run bench -- lifecycle`: how fast a lifecycle looks through a bucket of 1 000 000 objects (10 000 000 with `--full`; reach: 180 s) in the running
 * server. Rows are made through the metadata port while no server runs, as puts leave them; none of them is due. `AMPHORA_BENCH_OBJECTS` makes it smaller.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { counterKey, generationOf, tables } from "../src/core/keys.ts";
import type { BucketName, ContentId, Generation, ObjectKey, TenantName, Version } from "../src/core/model.ts";
import type { MetadataStore } from "../src/core/ports.ts";
import { decodeBucketState, encodeVersion } from "../src/core/records.ts";
import { readCredentials } from "../src/server/credentials.ts";
import { encodeRef, volumeName } from "../src/storage/blobs/volumes/format.ts";
import { openDoor } from "../test/support/doors.ts";
import { main as mainKey, newDataFolder, type Server, startServer } from "../test/support/server.ts";
import { openMetadata } from "./fill.ts";
import { cpuSeconds, rssMiB } from "./harness.ts";

const bucket = "aged";
const batchRows = 4_000;
/** Five rules, as buckets have them: by prefix, by tag, by size, a move, and what is not current. None is due for years. */
const rules =
  `<LifecycleConfiguration>` +
  [
    `<Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>3650</Days></Expiration>`,
    `<Filter><Tag><Key>keep</Key><Value>no</Value></Tag></Filter><Expiration><Days>3651</Days></Expiration>`,
    `<Filter><ObjectSizeGreaterThan>1000</ObjectSizeGreaterThan></Filter><Expiration><Days>3652</Days></Expiration>`,
    `<Filter><Prefix></Prefix></Filter><Transition><Days>3000</Days><StorageClass>STANDARD_IA</StorageClass></Transition>`,
    `<Filter><Prefix></Prefix></Filter><NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>`,
  ]
    .map((rule, n) => `<Rule><ID>r${n}</ID><Status>Enabled</Status>${rule}</Rule>`)
    .join("") +
  `</LifecycleConfiguration>`;

export async function lifecycle({ full }: { full: boolean }): Promise<void> {
  const objects = Number(process.env.AMPHORA_BENCH_OBJECTS ?? (full ? 10_000_000 : 1_000_000));
  const data = newDataFolder();
  const start = (share: number): Promise<Server> => startServer({ data, args: ["--workers", "1", "--access-log", "off", "--background-share", String(share)] });
  let server = await start(50);
  try {
    await asked(server, "PUT", {});
    await server.stop();
    const began = performance.now();
    await fill(data, objects);
    console.log(`\nlifecycle: ${objects.toLocaleString("en")} rows made in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    for (const share of [100, 50]) {
      server = await start(share);
      // Rules that were changed are carried out at once.
      await asked(server, "PUT", { lifecycle: undefined }, rules.replaceAll("36", `${share % 7}36`));
      await report(server, share, objects);
      await server.stop();
    }
  } finally {
    await server.kill("SIGKILL");
    rmSync(data, { recursive: true, force: true });
  }
}

async function asked(server: Server, method: string, query: Record<string, undefined>, body?: string): Promise<void> {
  const door = openDoor("s3", server.port, mainKey, 1);
  const answer = await door.send({ method, bucket, query, ...(body === undefined ? {} : { body }) });
  door.close();
  if (answer.status !== 200) throw new Error(answer.body.toString());
}

type Report = { running?: unknown; lastRun?: { startedMs: number; endedMs: number; examined: number } };
async function report(server: Server, share: number, objects: number): Promise<void> {
  const headers = { Authorization: `Bearer ${readCredentials(server.data)?.adminToken}` };
  const cpu = cpuSeconds(server.pid);
  const since = Date.now();
  for (;;) {
    await setTimeoutPromise(200);
    const { lastRun } = (await (await fetch(`${server.endpoint}/-/admin/v1/buckets/${bucket}/lifecycle`, { headers })).json()) as Report;
    if (lastRun === undefined || lastRun.startedMs < since) continue;
    if (lastRun.examined !== objects) throw new Error(`${lastRun.examined} examined of ${objects}`);
    const seconds = (lastRun.endedMs - lastRun.startedMs) / 1_000;
    const used = cpuSeconds(server.pid) - cpu;
    const whole = (seconds * 10_000_000) / objects;
    console.log(
      `  share ${String(share).padStart(3)} %  ${Math.round(objects / seconds).toLocaleString("en")} examined/s in ${seconds.toFixed(1)} s  ` +
        `cpu ${((used * 1e6) / objects).toFixed(2)} us/object  rss ${rssMiB(server.pid, "VmHWM").toFixed(0)} MiB  10 000 000 in ${whole.toFixed(0)} s (reach 180)`,
    );
    return;
  }
}

async function fill(data: string, objects: number): Promise<void> {
  const { metadata, close } = openMetadata(data);
  const generation = await generationIn(metadata);
  let committing: Promise<unknown> = Promise.resolve();
  for (let from = 0; from < objects; from += batchRows) {
    const put = Array.from({ length: Math.min(batchRows, objects - from) }, (_, n) => rowOf(generation, from + n));
    await committing;
    committing = metadata.commit({ expect: [], put, remove: [], add: [{ counter: counterKey(generation, "objects"), delta: put.length }] });
  }
  await committing;
  await close();
}

async function generationIn(metadata: MetadataStore): Promise<Generation> {
  const snapshot = await metadata.snapshot();
  const pointer = await snapshot.get(tables.name.key("default" as TenantName, bucket as BucketName));
  const generation = generationOf(pointer ?? new Uint8Array(0));
  const state = await snapshot.get(tables.state.key(generation));
  snapshot.close();
  owner = decodeBucketState(state ?? new Uint8Array(0)).owner;
  return generation;
}
let owner: Version["owner"];

const run = randomBytes(8).toString("hex");
const nowMs = Date.now();
/** As a put of some KiB leaves it: one extent, a type, a CRC, some of them tagged. */
function rowOf(generation: Generation, n: number): { key: Uint8Array; value: Uint8Array } {
  // In the order of the keys, a third of them under the prefix of a rule: rows are made quickest so.
  const key = `${n < 3_000_000 ? "images" : "logs"}/2026/${String(n >> 12).padStart(5, "0")}/object-${String(n).padStart(9, "0")}` as ObjectKey;
  const size = 2_000 + (n % 60_000);
  const ref = encodeRef({ volume: volumeName(run, 1, n >> 12), offset: 4_096 + (n % 4_096) * 65_536, length: size, check: randomBytes(8) });
  const id = randomBytes(16).toString("hex").toUpperCase() as ContentId;
  const version: Version = {
    ...{ kind: "object", key, sequence: (nowMs - 1_000_000) * 1_000 + n, isNull: true, modifiedMs: nowMs - (n % 86_400_000), size, etag: id.toLowerCase(), owner },
    ...{ storageClass: "standard", form: "single", headers: { contentType: "application/octet-stream" }, metadata: [], acl: "inherit", crc64: String(n * 7_919) },
    ...(n % 5 === 0 ? { tags: [["team", "a"]] } : {}),
    content: { id, extents: [{ ref, offset: 0, length: size }] },
  };
  return { key: tables.current.key(generation, key), value: encodeVersion(version, version.sequence).record };
}
