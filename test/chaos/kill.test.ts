/**
 * SIGKILL in the middle of a mixed load, again and again on the same data: what was acknowledged is there, what was not is whole or absent.
 * The client keeps the log of acknowledgements. Replay: AMPHORA_SEED=n npm run chaos -- kill
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Door, element, elements, lgreenKey, openDoor, signS3 } from "../support/doors.ts";
import { must } from "../support/run.ts";
import { bodyOf, campaignSeed, seeded, share } from "../support/seeded.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const bucket = "chaos";
/** What a key holds: `name` of the body and its size; undefined: nothing. */
type Held = { name: string; size: number } | undefined;
/** Each key belongs to one writer, so the order of its changes is known. */
type Ledger = { acknowledged: Held; pending?: { value: Held } };
const sizes = [0, 1, 700, 1024, 1025, 4096, 65_536, 300_000, 2 * MIB, 20 * MIB];
const writers = 12;
const keysPerWriter = 6;

async function multipart(door: Door, key: string, held: NonNullable<Held>): Promise<boolean> {
  const created = await door.send({ method: "POST", bucket, key, query: { uploads: undefined } });
  const uploadId = element(created.body, "UploadId");
  if (created.status !== 200 || uploadId === undefined) return false;
  const body = bodyOf(held.name, held.size);
  const etags: string[] = [];
  for (let n = 0; n * 5 * MIB < held.size; n++) {
    const part = await door.send({ method: "PUT", bucket, key, query: { partNumber: String(n + 1), uploadId }, body: body.subarray(n * 5 * MIB, (n + 1) * 5 * MIB) });
    if (part.status !== 200) return false;
    etags.push(String(part.headers.etag));
  }
  const list = etags.map((etag, n) => `<Part><PartNumber>${n + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
  const done = await door.send({ method: "POST", bucket, key, query: { uploadId }, body: `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>` });
  return done.status === 200 && done.body.includes("ETag");
}

/** One writer until the server dies. Every change is pending before it is sent and acknowledged after its 2xx. */
async function write(door: Door, writer: number, ledger: Map<string, Ledger>, seed: number, stopped: () => boolean): Promise<number> {
  const random = seeded(seed);
  let acknowledged = 0;
  for (let n = 0; !stopped(); n++) {
    const key = `w${writer}/k${random.below(keysPerWriter)}`;
    const entry = ledger.get(key) ?? { acknowledged: undefined };
    ledger.set(key, entry);
    const dice = random.next();
    const value: Held = dice < 0.2 ? undefined : { name: `${key}#${seed}#${n}`, size: dice > 0.97 ? 11 * MIB : dice > 0.9 ? random.pick(sizes) : random.pick(sizes.slice(0, 7)) };
    entry.pending = { value };
    try {
      let ok: boolean;
      if (value === undefined) ok = (await door.send({ method: "DELETE", bucket, key })).status === 204;
      else if (dice > 0.97) ok = await multipart(door, key, value);
      else ok = (await door.send({ method: "PUT", bucket, key, body: bodyOf(value.name, value.size) })).status === 200;
      if (!ok) continue;
      entry.acknowledged = value;
      delete entry.pending;
      acknowledged++;
    } catch {
      return acknowledged;
    }
  }
  return acknowledged;
}

async function verify(door: Door, ledger: Map<string, Ledger>): Promise<void> {
  const listed = elements((await door.send({ method: "GET", bucket, query: { "max-keys": "1000" } })).body, "Key");
  assert.deepEqual(
    listed.filter((key) => !ledger.has(key)),
    [],
    "a key that nobody wrote",
  );
  for (const [key, entry] of ledger) {
    const got = await door.send({ method: "GET", bucket, key });
    const allowed: Held[] = [entry.acknowledged, ...(entry.pending ? [entry.pending.value] : [])];
    const is = allowed.find((held) => (held === undefined ? got.status === 404 : got.status === 200 && got.body.equals(bodyOf(held.name, held.size))));
    const found = is !== undefined || (got.status === 404 && allowed.includes(undefined));
    assert.ok(found, `${key}: ${got.status} ${got.body.length} bytes, acknowledged ${JSON.stringify(entry.acknowledged)}, pending ${JSON.stringify(entry.pending)}`);
    assert.equal(listed.includes(key), got.status === 200, `${key} listed and readable must agree`);
    entry.acknowledged = is;
    delete entry.pending;
  }
}

/** Sends the head and half of the body of a large put, and gives the connection. */
async function halfAPut(port: number, key: string): Promise<Socket> {
  const body = bodyOf(key, 20 * MIB);
  const host = `127.0.0.1:${port}`;
  const headers = signS3({ method: "PUT", bucket, key }, lgreenKey, host);
  const socket = connect({ port, host: "127.0.0.1" });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", () => {});
  socket.write(`PUT /${bucket}/${key} HTTP/1.1\r\nHost: ${host}\r\n${lines.join("")}Content-Length: ${body.length}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(body.subarray(0, body.length / 2), () => resolve()));
  return socket;
}

describe("SIGKILL in the middle of large bodies", () => {
  it("leaves nothing that can be seen, and nothing that check calls damage", async () => {
    const data = newDataFolder();
    let server = await startServer({ data });
    try {
      let door = openDoor("s3", server.port);
      await door.send({ method: "PUT", bucket });
      for (let round = 0; round < 3; round++) {
        const cut = await Promise.all([0, 1, 2, 3].map((n) => halfAPut(server.port, `cut-${round}-${n}`)));
        assert.equal((await door.send({ method: "PUT", bucket, key: `whole-${round}`, body: bodyOf("whole", 2 * MIB) })).status, 200);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await server.kill("SIGKILL");
        for (const socket of cut) socket.destroy();
        door.close();
        server = await startServer({ data });
        const reader = openDoor("s3", server.port);
        assert.deepEqual(
          elements((await reader.send({ method: "GET", bucket })).body, "Key"),
          Array.from({ length: round + 1 }, (_, n) => `whole-${n}`),
        );
        reader.close();
        await server.stop();
        await must(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", data]);
        server = await startServer({ data });
        door = openDoor("s3", server.port);
      }
      door.close();
    } finally {
      await server.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  });
});

describe("SIGKILL under a mixed load", () => {
  it(`nothing acknowledged is lost, nothing half-written is seen (seed ${campaignSeed})`, async (t) => {
    const cycles = share(200, 8);
    const data = newDataFolder();
    const ledger = new Map<string, Ledger>();
    const random = seeded(campaignSeed);
    let acknowledged = 0;
    let slowestMs = 0;
    let server: Server = await startServer({ data });
    try {
      const maker = openDoor("s3", server.port);
      assert.equal((await maker.send({ method: "PUT", bucket })).status, 200);
      maker.close();
      for (let cycle = 0; cycle < cycles; cycle++) {
        const door = openDoor(cycle % 2 === 0 ? "s3" : "oss", server.port);
        let stopped = false;
        const load = Array.from({ length: writers }, (_, writer) => write(door, writer, ledger, campaignSeed + cycle * 1000 + writer, () => stopped));
        await new Promise((resolve) => setTimeout(resolve, 200 + random.below(1200)));
        await server.kill("SIGKILL");
        stopped = true;
        for (const count of await Promise.all(load)) acknowledged += count;
        door.close();
        const began = performance.now();
        server = await startServer({ data });
        slowestMs = Math.max(slowestMs, performance.now() - began);
        const reader = openDoor("s3", server.port);
        await verify(reader, ledger);
        reader.close();
      }
      assert.equal(await server.stop(), 0);
      const check = await must(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", data], { timeoutMs: 120_000 });
      t.diagnostic(`${cycles} kills, ${acknowledged} acknowledged changes, slowest start to ready ${Math.round(slowestMs)} ms; check: ${check.trim().split("\n").pop()}`);
      assert.ok(acknowledged > cycles, "the load must have done something");
    } finally {
      await server.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  });
});
