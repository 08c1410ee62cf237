/**
 * SIGKILL of the running server in the middle of deleting: soft-deleted, emptied, restored, purged and recreated buckets beside one with locks. What was acknowledged is
 * current or in the bin, what was purged never comes back, what is held is there, and afterwards the files hold little more than what lives. Replay: AMPHORA_SEED=n npm run
 * chaos -- deletion-kills
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { askAdmin, type Json } from "../support/admin.ts";
import { type Door, element, elements, openDoor } from "../support/doors.ts";
import { must } from "../support/run.ts";
import { bodyOf, campaignSeed, type Seeded, seeded, share } from "../support/seeded.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const bucket = "swept";
const vault = "vault";
const volumeBytes = 2 * MIB;
const args = ["--workers", "2", "--volume-size", "2MiB", "--volume-seconds", "1", "--background-share", "20"];
const writers = 6;
/** However slow the machine is. */
const loadMsMax = 30_000;
const sizes = [10, 1_500, 5_000, 40_000, 200_000];

/** Bodies are known by their sizes. `pending`: sent, and not answered. */
type Body = { key: string; size: number; state: "acknowledged" | "pending" };

class Sweeps {
  readonly #random: Seeded;
  readonly data = newDataFolder();
  server!: Server;
  door!: Door;
  readonly #bodies = new Map<number, Body>();
  readonly #purged = new Set<number>();
  #serial = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }
  async start(): Promise<void> {
    this.server = await startServer({ data: this.data, args });
    this.door = openDoor("s3", this.server.port);
  }
  async kill(): Promise<void> {
    await this.server.kill("SIGKILL");
    this.door.close();
    await this.start();
  }
  async ask(path: string, body?: Json): Promise<Json> {
    const { status, json } = await askAdmin(this.server, `${path}${path.includes("?") ? "&" : "?"}tenant=europe`, body);
    assert.ok(status < 300, `${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  }
  async create(): Promise<void> {
    assert.equal((await this.door.send({ method: "PUT", bucket })).status, 200);
    await this.ask(`/buckets/${bucket}/soft-delete`, { seconds: 86_400 });
  }
  #newSize(): number {
    return this.#random.pick(sizes) + ++this.#serial * 7;
  }

  /** Writers on keys of their own, until the server dies under them after so many answers. */
  async load(answers: number): Promise<void> {
    let stopped = false;
    let left = answers;
    const enough = Promise.withResolvers<void>();
    const load = Array.from({ length: writers }, async (_, writer) => {
      const { door } = this;
      while (!stopped) {
        const key = `${writer % 2 === 0 ? "kept" : "gone"}/${writer}-${this.#random.below(5)}`;
        try {
          if (this.#random.below(4) === 0) await door.send({ method: "DELETE", bucket, key });
          else await this.#put(door, key);
          if (--left === 0) enough.resolve();
        } catch {
          return;
        }
      }
    });
    await Promise.race([enough.promise, new Promise((resolve) => setTimeout(resolve, loadMsMax))]);
    await this.server.kill("SIGKILL");
    stopped = true;
    await Promise.all(load);
    this.door.close();
    await this.start();
  }
  async #put(door: Door, key: string): Promise<void> {
    const size = this.#newSize();
    assert.ok(!this.#bodies.has(size));
    const body: Body = { key, size, state: "pending" };
    this.#bodies.set(size, body);
    const bytes = bodyOf(String(size), size);
    if (this.#random.below(8) === 0) {
      const created = await door.send({ method: "POST", bucket, key, query: { uploads: undefined } });
      const uploadId = element(created.body, "UploadId");
      if (uploadId === undefined) return;
      const part = await door.send({ method: "PUT", bucket, key, query: { partNumber: "1", uploadId }, body: bytes });
      const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
      const done = await door.send({ method: "POST", bucket, key, query: { uploadId }, body: list });
      if (done.status === 200 && done.body.includes("ETag")) body.state = "acknowledged";
    } else if ((await door.send({ method: "PUT", bucket, key, body: bytes })).status === 200) body.state = "acknowledged";
  }

  async #current(): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    const list = (await this.door.send({ method: "GET", bucket, query: { "max-keys": "1000" } })).body;
    const all = elements(list, "Size");
    for (const [at, key] of elements(list, "Key").entries()) found.set(Number(all[at]), key);
    return found;
  }
  async #binned(): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    for (let after = ""; ; ) {
      const { binned, truncated } = (await this.ask(`/buckets/${bucket}/bin?limit=1000${after}`)) as {
        binned: { key: string; size: number; sequence: number }[];
        truncated: boolean;
      };
      for (const { key, size } of binned) {
        assert.ok(!found.has(size), `${size} is in the bin twice`);
        found.set(size, key);
      }
      const last = binned.at(-1);
      if (!truncated || !last) return found;
      after = `&afterKey=${encodeURIComponent(last.key)}&afterSequence=${last.sequence}`;
    }
  }
  /** Every body that was acknowledged is current or in the bin, once, as it was written; what was purged is neither; nothing else is there. */
  async verify(): Promise<void> {
    const [current, binned] = [await this.#current(), await this.#binned()];
    for (const [size, body] of this.#bodies) {
      const where = [current.get(size), binned.get(size)].filter((key) => key !== undefined);
      if (this.#purged.has(size)) assert.deepEqual(where, [], `${size} of ${body.key} was purged`);
      else if (body.state === "acknowledged") assert.deepEqual(where, [body.key], `${size} of ${body.key} was acknowledged`);
      else if (where.length > 0) body.state = "acknowledged";
      else this.#bodies.delete(size);
    }
    for (const size of [...current.keys(), ...binned.keys()]) assert.ok(this.#bodies.has(size), `nobody wrote ${size} bytes`);
    for (const [size, key] of [...current].slice(0, 20)) assert.ok((await this.door.send({ method: "GET", bucket, key })).body.equals(bodyOf(String(size), size)), key);
    const { usage } = (await this.ask(`/buckets/${bucket}/delete`, { dryRun: true })) as { usage: Json };
    assert.deepEqual([usage.objects, usage.binned], [current.size, binned.size], "the counters say what is there");
  }
  async empties(): Promise<void> {
    const { generation } = await this.ask(`/buckets/${bucket}/empty`, { confirm: bucket });
    await this.kill();
    assert.deepEqual([(await this.#current()).size, (await this.#binned()).size], [0, 0], "emptied is emptied");
    assert.equal((await this.door.send({ method: "DELETE", bucket })).status, 204);
    await this.ask(`/trash/${String(generation)}/restore`, {});
    await this.kill();
    await this.verify();
  }
  /** Something from the bin goes back under its key, twice in vain. */
  async restores(): Promise<void> {
    const { binned } = (await this.ask(`/buckets/${bucket}/bin?limit=1000`)) as { binned: { key: string; size: number; sequence: number }[] };
    for (const { key, size, sequence } of binned.slice(0, 5)) {
      await this.ask(`/buckets/${bucket}/bin/restore`, { key, sequence, replace: true });
      assert.ok((await this.door.send({ method: "GET", bucket, key })).body.equals(bodyOf(String(size), size)), key);
      assert.equal((await askAdmin(this.server, `/buckets/${bucket}/bin/restore?tenant=europe`, { key, sequence, replace: true })).status, 404);
    }
    await this.kill();
    await this.verify();
  }
  async purges(): Promise<void> {
    const { id } = await this.ask(`/buckets/${bucket}/purge`, { prefix: "gone/", confirm: bucket });
    for (let kills = share(4, 2); ; ) {
      if (kills-- > 0) await this.kill();
      const { state } = await this.ask(`/jobs/${String(id)}`);
      if (state === "done") break;
      assert.ok(state === "queued" || state === "running", String(state));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const [size, { key }] of this.#bodies) if (key.startsWith("gone/")) this.#purged.add(size);
    await this.verify();
  }
  /** Gone for good, and another of the same name. */
  async recreates(): Promise<void> {
    const { generation } = await this.ask(`/buckets/${bucket}/delete`, { confirm: bucket });
    await this.create();
    await this.ask(`/trash/${String(generation)}/delete`, { confirm: bucket });
    for (const size of this.#bodies.keys()) this.#purged.add(size);
    await this.kill();
    await this.verify();
  }
  /** `space reclaim --now`: the files are within 5 % of what lives, or one volume, whichever is more; each thread may have begun one of each kind anew. */
  async spaceReturns(): Promise<string> {
    const { asked } = await this.ask("/space/reclaim", {});
    let space: { reclaim?: { done: number }; disk?: { fileBytes: number; liveBytes: number } } = {};
    for (let turn = 0; turn < 600 && (space.reclaim?.done ?? 0) < (asked as number); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      space = (await this.ask("/space")) as typeof space;
    }
    const { fileBytes = 0, liveBytes = 0 } = space.disk ?? {};
    let bodies = 0;
    for (const size of [...(await this.#current()).keys(), ...(await this.#binned()).keys()]) bodies += size;
    const words = `${fileBytes} bytes in files, ${liveBytes} of them live, ${bodies} in bodies`;
    assert.ok(fileBytes <= Math.max(1.05 * liveBytes, liveBytes + volumeBytes), words);
    // Beside the bodies: the vault, parts of uploads that were killed, and the frames of records.
    assert.ok(liveBytes <= 1.05 * bodies + volumeBytes, words);
    return words;
  }
}

describe("SIGKILL in the middle of deleting", () => {
  it(`nothing acknowledged or held is lost, nothing purged comes back, space returns (seed ${campaignSeed})`, async (t) => {
    for (let run = 0; run < share(20, 1); run++) {
      const sweeps = new Sweeps(campaignSeed + run);
      try {
        await sweeps.start();
        await sweeps.create();
        assert.equal((await sweeps.door.send({ method: "PUT", bucket: vault, headers: { "x-amz-bucket-object-lock-enabled": "true" } })).status, 200);
        for (const key of ["held", "free"])
          assert.equal(
            (await sweeps.door.send({ method: "PUT", bucket: vault, key, body: key, headers: key === "held" ? { "x-amz-object-lock-legal-hold": "ON" } : {} })).status,
            200,
          );
        for (let round = 0; round < share(4, 2); round++) {
          await sweeps.load(80 + 60 * round);
          await sweeps.verify();
          if (round % 2 === 0) await sweeps.empties();
          await sweeps.restores();
          await sweeps.purges();
          await sweeps.load(60);
          await sweeps.verify();
        }
        await sweeps.recreates();
        await sweeps.load(250);
        await sweeps.verify();
        await sweeps.purges();
        const { status } = await askAdmin(sweeps.server, `/buckets/${vault}/delete?tenant=europe`, { confirm: vault });
        assert.equal(status, 409);
        const { id } = await sweeps.ask(`/buckets/${vault}/purge`, { confirm: vault });
        await sweeps.kill();
        let job: Json = {};
        for (let turn = 0; turn < 300 && job.state !== "done"; turn++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          job = await sweeps.ask(`/jobs/${String(id)}`);
        }
        assert.deepEqual([job.state, (job.counts as Json).acted, (job.counts as Json).locked], ["done", 1, 1]);
        assert.equal((await sweeps.door.send({ method: "GET", bucket: vault, key: "held" })).body.toString(), "held");
        assert.equal((await sweeps.door.send({ method: "GET", bucket: vault, key: "free" })).status, 404);
        const words = await sweeps.spaceReturns();
        sweeps.door.close();
        assert.equal(await sweeps.server.stop(), 0);
        const check = await must(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", sweeps.data], { timeoutMs: 120_000 });
        t.diagnostic(`${words}; check: ${check.trim().split("\n").pop()}`);
      } finally {
        await sweeps.server?.kill("SIGKILL");
        rmSync(sweeps.data, { recursive: true, force: true });
      }
    }
  });
});
