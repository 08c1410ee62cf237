/** What the volume store costs: small durable writes, streams, reads. `node bench/blobs.ts`; prints a table. CPU is this process's, per operation. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobRef, ByteSource, Bytes } from "../src/core/ports.ts";
import { openVolumes } from "../src/storage/blobs/volumes/open-volumes.ts";

const seconds = Number(process.env.AMPHORA_BENCH_SECONDS ?? 2);
const folder = fs.mkdtempSync(join(process.env.AMPHORA_BENCH_FOLDER ?? tmpdir(), "amphora-bench-"));
const store = await openVolumes({ folder, runId: randomBytes(8).toString("hex"), lane: 0 });
const owner = randomBytes(16);
const chunk = randomBytes(64 * 1024);

const source = (length: number): ByteSource => {
  let left = length;
  return {
    async read() {
      if (left === 0) return undefined;
      const bytes = chunk.subarray(0, Math.min(left, chunk.length));
      left -= bytes.length;
      return bytes;
    },
    close() {},
  };
};
const write = async (length: number): Promise<BlobRef> => {
  const ref = await store.write(source(length), { owner, length });
  store.settled(ref);
  return ref;
};
const read = async (ref: BlobRef, length: number): Promise<void> => {
  const bytes = store.read(ref, { start: 0, end: length });
  let chunkRead: Bytes | undefined;
  do chunkRead = await bytes.read();
  while (chunkRead);
  bytes.close();
};

/** Runs `one` in so many loops at once for some seconds. */
const measure = async (name: string, inFlight: number, bytes: number, one: () => Promise<unknown>): Promise<void> => {
  for (let warm = 0; warm < 50; warm++) await one();
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const flushes = store.figures.flushes;
  const begun = performance.now();
  const until = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < until) {
        const start = performance.now();
        await one();
        times.push(performance.now() - start);
      }
    }),
  );
  const elapsed = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  const rate = times.length / elapsed;
  const row = [
    name,
    inFlight,
    Math.round(rate),
    ((rate * bytes) / 1e6).toFixed(0),
    ((user + system) / times.length).toFixed(1),
    at(0.5),
    at(0.99),
    Math.round((store.figures.flushes - flushes) / elapsed),
  ];
  console.log(row.map((cell, index) => String(cell).padEnd(index === 0 ? 28 : 11)).join(""));
};

console.log(["what", "in flight", "ops/s", "MB/s", "CPU us/op", "p50 ms", "p99 ms", "flushes/s"].map((cell, index) => cell.padEnd(index === 0 ? 28 : 11)).join(""));
try {
  for (const inFlight of [1, 8, 64]) await measure("write 4 KiB", inFlight, 4096, () => write(4096));
  for (const inFlight of [1, 8]) await measure("write 64 KiB", inFlight, 65_536, () => write(65_536));
  for (const inFlight of [1, 4]) await measure("write 10 MiB (streamed)", inFlight, 10 << 20, () => write(10 << 20));
  const small = await write(4096);
  const middle = await write(256 * 1024);
  const large = await write(10 << 20);
  await measure("read 4 KiB (cached)", 1, 4096, () => read(small, 4096));
  await measure("read 256 KiB (cached)", 1, 256 * 1024, () => read(middle, 256 * 1024));
  for (const inFlight of [1, 4]) await measure("read 10 MiB (cached)", inFlight, 10 << 20, () => read(large, 10 << 20));
} finally {
  await store.close();
  fs.rmSync(folder, { recursive: true, force: true });
}
console.log(`RSS ${Math.round(process.memoryUsage().rss / 1e6)} MB; load ${fs.readFileSync("/proc/loadavg", "utf8").trim()}`);
