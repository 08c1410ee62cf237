/**
 * One history of a bucket's name: what is put, completed, held, deleted, soft-deleted, purged, expired, detached, restored and recreated under it, with kills in the
 * middle, beside a model of what may have become of every body. A body is known by its size, which no other has. After each step all that the store shows is held
 * against the model: what must be there is, what is gone stays gone, what is held is never lost, and every counter equals a full count.
 */
import assert from "node:assert/strict";
import type { Core } from "../../src/core/api.ts";
import { decodeBinned } from "../../src/core/bin/rows.ts";
import { checkStore } from "../../src/core/check/check.ts";
import { createCore } from "../../src/core/core.ts";
import { isDomainError } from "../../src/core/errors.ts";
import { jobKinds } from "../../src/core/jobs/kinds.ts";
import type { JobKinds } from "../../src/core/jobs/step.ts";
import { runJobs, type SetClock, setClock } from "../../src/core/jobs/testing.ts";
import { generationOf, tables } from "../../src/core/keys.ts";
import { runId } from "../../src/core/lifecycle/report.ts";
import type { BucketName, Generation } from "../../src/core/model.ts";
import type { Ports } from "../../src/core/ports.ts";
import type { PurgeKind, PurgeScope, TrashRow } from "../../src/core/purge/api.ts";
import { expireTrash } from "../../src/core/purge/trash.ts";
import { newReclaimMemory, runOnce, runUntilIdle } from "../../src/core/reclaim/reclaim.ts";
import { decodeBucketState, decodeJson } from "../../src/core/records.ts";
import { asKey, auditGeneration, put, rowsOf, saveAccount, testAccount, testContext, testTenant } from "../../src/core/testing.ts";
import { decodePart } from "../../src/core/uploads/records.ts";
import { begin, complete, sendPart } from "../../src/core/uploads/testing.ts";
import { type Mortal, mortalPorts } from "./mortal-ports.ts";
import { type Seeded, seeded } from "./seeded.ts";

const dayMs = 86_400_000;
const address = { tenant: testTenant, bucket: "bucket" as BucketName };
const admin = testContext("admin", testAccount("root", { root: true }), Number.POSITIVE_INFINITY);
const as = (capability: Parameters<typeof testContext>[0]) => testContext(capability, testAccount(), Number.POSITIVE_INFINITY);
const confirm = address.bucket;
const keys = ["a", "a/b", "b", "c"] as const;
const chainKinds: PurgeKind[] = ["current", "noncurrent", "markers", "uploads"];
/** Steps so small that they end in the middle of things. */
const tiny: JobKinds = {
  ...jobKinds,
  lifecycle: (view, change, job, scale) => jobKinds.lifecycle(view, change, job, scale / 2_000),
  purge: (view, change, job, scale) => jobKinds.purge(view, change, job, scale / 2_000),
};

/** "soft": no versions, with soft delete; "off": neither; "lock": versions that can be held. */
type Kind = "soft" | "off" | "lock";
/** `may`: what the step may have made of it, beyond what jobs and time do. `was`: where it stood before the step. `touched`: the step that last moved or held it. */
type Item = {
  size: number;
  key: string;
  generation: Generation;
  place: "chain" | "bin";
  was: "chain" | "bin";
  sequence: number;
  untilMs: number;
  held: boolean;
  gone: boolean;
  touched: number;
  may: Set<"go" | "move" | "hold" | "where">;
};
/** `covered`: what a purge must not leave behind when it ends by itself. */
type Running = { id: string; kind: "purge" | "lifecycle"; generation: Generation; prefix: string; bin: boolean; begun: number; covered: Item[]; interrupted: boolean };
type Seen = Pick<Item, "key" | "generation" | "place" | "sequence" | "untilMs" | "held">;

export class DeletionHistory {
  readonly #random: Seeded;
  readonly #clock: SetClock = setClock(Date.UTC(2026, 10, 28, 9));
  readonly #mortal: Mortal;
  #core: Core;
  readonly #items = new Map<number, Item>();
  readonly #kinds = new Map<Generation, Kind>();
  /** Until when what is in the trash is there: as it is now, and as it was before the step. */
  #trash = new Map<Generation, number>();
  #trashBefore = new Map<Generation, number>();
  readonly #dead = new Set<Generation>();
  readonly #uploads: { id: string; key: string; size: number }[] = [];
  #live: Generation | undefined;
  #running: Running[] = [];
  readonly #known = new Set<string>();
  #step = 0;
  #sizes = 0;
  /** What came to pass, so that a campaign can say that it was about something. */
  readonly tally = { kills: 0, bodies: 0, binned: 0, restored: 0, purged: 0, refused: 0, detached: 0, back: 0, gone: 0 };

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.#mortal = mortalPorts({ clock: this.#clock, trashKeepMs: 3 * dayMs }, this.#random);
    this.#core = createCore(this.#ports);
  }
  get #ports(): Ports {
    return this.#mortal.ports();
  }

  async run(steps: number): Promise<void> {
    await saveAccount(this.#ports, testAccount());
    for (let n = 0; n < steps; n++) {
      this.#step++;
      this.#clock.add(1 + this.#random.below(1_000));
      for (const item of this.#items.values()) item.was = item.place;
      await this.#choose();
      await this.#observe();
    }
    await this.#finish();
  }

  #choose(): Promise<void> {
    const acts: [weight: number, act: () => Promise<void>][] = this.#live
      ? [
          [16, () => this.#put()],
          [4, () => this.#upload()],
          [7, () => this.#delete()],
          [3, () => this.#deleteVersion()],
          [5, () => this.#hold()],
          [6, () => this.#restoreBinned()],
          [3, () => this.#purge()],
          [3, () => this.#lifecycle()],
          [2, () => this.#detach(this.#random.pick(["emptyBucket", "deleteBucket", "forceDelete"]))],
          [1, () => this.#deletePlain()],
        ]
      : [[20, () => this.#create()]];
    acts.push([2, () => this.#passTime()], [5, () => this.#rest()]);
    if (this.#trash.size > 0) acts.push([this.#live ? 2 : 10, () => this.#restore()], [1, () => this.#emptyTrash()]);
    let dice = this.#random.below(acts.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, act] of acts) if ((dice -= weight) < 0) return act();
    throw new Error("no step was chosen");
  }

  // ---- one step

  /** Acts, with or without the background beside it, and perhaps a kill. "killed": it may have happened or not. */
  async #attempt<T>(act: () => Promise<T>): Promise<{ done: T } | "killed" | { refused: unknown }> {
    const { below } = this.#random;
    const background = below(2) === 0;
    if (below(2) === 0) this.#mortal.arm(1 + below(background ? 8 : 2), below(2) === 0);
    const rival = this.#live && below(3) === 0 ? this.#rival() : undefined;
    const [outcome, beside] = await Promise.allSettled([act(), background ? this.#background() : undefined, rival]);
    const isDead = this.#mortal.isDead();
    if (isDead) {
      this.tally.kills++;
      // As after a start: the sequence clock is ahead of all it gave out.
      this.#clock.add(2_000);
      this.#mortal.revive();
      this.#core = createCore(this.#ports);
      return "killed";
    }
    this.#mortal.disarm();
    if (beside.status === "rejected") throw beside.reason;
    return outcome.status === "fulfilled" ? { done: outcome.value } : { refused: outcome.reason };
  }
  /** Somebody else puts what nobody else touches: before the step's own act, or after it, or not at all. */
  async #rival(): Promise<void> {
    const held = this.#kind === "lock" && this.#random.below(2) === 0;
    const item = this.#newItem(this.#newSize(), `z${this.#random.below(1_000_000)}`, held);
    item.may.add("where");
    await put(this.#ports, address, item.key, Buffer.alloc(item.size, 1), held ? { lock: { legalHold: true } } : {});
    item.may.delete("go");
  }
  async #background(): Promise<void> {
    const { below } = this.#random;
    await runJobs(this.#ports, below(2) === 0 ? tiny : jobKinds, { sweepsMax: 1 + below(4) });
    await expireTrash(this.#ports);
    const memory = newReclaimMemory();
    for (let pass = below(3); pass > 0; pass--) await runOnce(this.#ports, { budget: 5 + below(200), memory });
  }
  /** Throws what is no refusal, or one of another kind. */
  #refusedBy(outcome: { refused: unknown }, ...kinds: Parameters<typeof isDomainError>[1][]): void {
    if (!kinds.some((kind) => isDomainError(outcome.refused, kind))) throw outcome.refused;
  }
  #here(place: Item["place"], key?: string): Item[] {
    return [...this.#items.values()].filter((item) => !item.gone && item.place === place && item.generation === this.#live && (key === undefined || item.key === key));
  }
  get #kind(): Kind {
    return this.#kinds.get(this.#live as Generation) as Kind;
  }
  /** A size no other body has: small ones stand in the record, others apart. */
  #newSize(): number {
    const n = ++this.#sizes;
    return n % 3 === 0 ? n : 2_000 + n;
  }
  #newItem(size: number, key: string, held = false): Item {
    this.tally.bodies++;
    const item: Item = {
      size,
      key,
      generation: this.#live as Generation,
      place: "chain",
      was: "chain",
      sequence: 0,
      untilMs: 0,
      held,
      gone: false,
      touched: this.#step,
      may: new Set(["go"]),
    };
    this.#items.set(size, item);
    return item;
  }
  /** What is put over it or deletes it by name makes of the current object of a key. */
  #leaving(key: string): Item[] {
    const [current] = this.#kind === "lock" ? [] : this.#here("chain", key);
    if (current) current.may.add(this.#kind === "soft" ? "move" : "go");
    return current ? [current] : [];
  }
  #left(items: readonly Item[]): void {
    for (const item of items) {
      item.touched = this.#step;
      if (this.#kind === "soft") item.place = "bin";
      else item.gone = true;
    }
  }
  /** Nobody but the step's own doings is to blame for a change of these. */
  #settle(items: readonly Item[]): void {
    for (const item of items) item.may.clear();
  }

  // ---- what happens under a live name

  async #put(): Promise<void> {
    const key = this.#random.pick(keys);
    const held = this.#kind === "lock" && this.#random.below(6) === 0;
    const left = this.#leaving(key);
    const item = this.#newItem(this.#newSize(), key, held);
    const outcome = await this.#attempt(() => put(this.#ports, address, key, Buffer.alloc(item.size, 1), held ? { lock: { legalHold: true } } : {}));
    if (outcome === "killed") return;
    if ("refused" in outcome) throw outcome.refused;
    this.#settle([item, ...left]);
    this.#left(left);
  }
  /** Begins an upload, or completes one that may be of a bucket that is elsewhere by now. */
  async #upload(): Promise<void> {
    const open = this.#uploads.length > 0 && this.#random.below(2) === 0 ? this.#uploads.splice(this.#random.below(this.#uploads.length), 1)[0] : undefined;
    if (open === undefined) {
      const [key, size] = [this.#random.pick(keys), this.#newSize()];
      await this.#attempt(async () => {
        const { id } = await begin(this.#ports, address, key);
        await sendPart(this.#ports, address, key, id, 1, Buffer.alloc(1_500, 1));
        await sendPart(this.#ports, address, key, id, 1, Buffer.alloc(100_000, 1));
        await sendPart(this.#ports, address, key, id, 2, Buffer.alloc(size, 1));
        // One that was killed before stays open, and is nobody's.
        this.#uploads.push({ id, key, size });
      });
      return;
    }
    const { id, key } = open;
    const left = this.#leaving(key);
    const item = this.#newItem(open.size + 100_000, key);
    const outcome = await this.#attempt(() => complete(this.#ports, address, key, id));
    if (outcome === "killed") return;
    this.#settle([item, ...left]);
    if ("done" in outcome) return this.#left(left);
    this.#refusedBy(outcome, "uploadMissing");
    item.gone = true;
  }
  async #delete(): Promise<void> {
    const key = this.#random.pick(keys);
    const left = this.#leaving(key);
    const outcome = await this.#attempt(() => this.#core.objects.delete(as("object.delete"), { ...address, key: asKey(key) }));
    if (outcome === "killed") return;
    if ("refused" in outcome) throw outcome.refused;
    this.#settle(left);
    this.#left(left);
  }
  async #deleteVersion(): Promise<void> {
    const item = this.#random.pick(this.#here("chain"));
    if (!item || this.#kind !== "lock") return;
    if (!item.held) item.may.add("go");
    const outcome = await this.#attempt(() => this.#core.objects.delete(as("object.delete"), { ...address, key: asKey(item.key), version: item.sequence }));
    if (outcome === "killed") return;
    this.#settle([item]);
    if ("refused" in outcome) this.#refusedBy(outcome, "versionLocked");
    assert.equal("refused" in outcome, item.held, "what is held is refused, and nothing else is");
    if (!item.held) item.gone = true;
  }
  async #hold(): Promise<void> {
    const item = this.#random.pick(this.#here("chain"));
    if (!item || this.#kind !== "lock") return;
    const legalHold = this.#random.below(3) > 0;
    item.may.add("hold");
    const outcome = await this.#attempt(() => this.#core.objects.setLegalHold(as("bucket.own"), { ...address, key: asKey(item.key), version: item.sequence, legalHold }));
    if (outcome === "killed") return;
    this.#settle([item]);
    item.touched = this.#step;
    if ("done" in outcome) item.held = legalHold;
    else {
      this.#refusedBy(outcome, "versionMissing");
      assert.ok(this.#mayBeLost(item), "a version that must be there is missing");
    }
  }
  async #restoreBinned(): Promise<void> {
    const item = this.#random.pick(this.#here("bin"));
    if (!item) return;
    const replace = this.#random.below(2) === 0;
    const left = this.#here("chain", item.key);
    for (const one of [item, ...left]) one.may.add("move");
    const outcome = await this.#attempt(() => this.#core.bin.restore(admin, { ...address, key: asKey(item.key), sequence: item.sequence, replace }));
    if (outcome === "killed") return;
    this.#settle([item, ...left]);
    item.touched = this.#step;
    if ("done" in outcome) {
      this.tally.restored++;
      item.place = "chain";
      this.#left(left);
      return;
    }
    this.#refusedBy(outcome, "nameTaken", "versionMissing");
    if (isDomainError(outcome.refused, "nameTaken")) assert.ok(!replace && left.length > 0, "nothing stands there");
    else assert.ok(this.#mayBeLost(item), "what is in the bin must be there");
  }
  async #purge(): Promise<void> {
    const kinds: PurgeKind[] = this.#random.below(2) === 0 ? chainKinds : [...chainKinds, "binned"];
    const outcome = await this.#attempt(() => this.#core.purge.purge(admin, { ...address, kinds, prefix: this.#random.pick(["", "a", "b"]), confirm, dryRun: false }));
    if (outcome !== "killed" && "refused" in outcome) throw outcome.refused;
  }
  async #lifecycle(): Promise<void> {
    const generation = this.#live as Generation;
    // One that begins and ends within the step is in no list of jobs: it leaves a report.
    this.#running.push({ id: runId(generation), kind: "lifecycle", generation, prefix: "a", bin: false, begun: this.#step, covered: [], interrupted: true });
    const outcome = await this.#attempt(() => this.#core.jobs.runLifecycle(admin, address));
    // One runs already, or its rules were never put.
    if (outcome !== "killed" && "refused" in outcome) this.#refusedBy(outcome, "conflict");
  }

  // ---- what happens to the name

  async #create(): Promise<void> {
    const kind = this.#random.pick<Kind>(["soft", "soft", "off", "lock"]);
    const rule = { enabled: true, transitions: [], noncurrentTransitions: [] };
    const rules = [{ ...rule, id: "r", filter: { prefix: "a", tags: [] }, expiration: { days: 1 }, noncurrentExpiration: { days: 1 } }];
    await this.#attempt(async () => {
      const made = { storageClass: "standard", redundancy: "local", region: "", overwrite: "allowed", ifOwned: "refuse" } as const;
      const { state } = await this.#core.buckets.create(as("service.createBucket"), { ...address, ...made, ...(kind === "lock" ? { lock: true } : {}) });
      this.#kinds.set(state.generation, kind);
      if (kind === "soft") await this.#core.bin.setKeep(admin, { ...address, keepMs: 2 * dayMs });
      await this.#core.documents.put(as("bucket.own"), { ...address, kind: "lifecycle", document: { model: { rules, smallObjects: "stay" }, writer: "", raw: "" } });
    });
  }
  async #detach(verb: "emptyBucket" | "deleteBucket" | "forceDelete"): Promise<void> {
    const before = this.#here("chain").some((item) => item.held);
    this.#interrupt();
    const { purge } = this.#core;
    const outcome = await this.#attempt(async () => {
      if (verb === "forceDelete") await purge.forceDelete(as("bucket.own"), { ...address, openUploads: "refuse" });
      else await purge[verb](admin, { ...address, confirm });
    });
    if (outcome === "killed") return;
    if ("refused" in outcome) this.#refusedBy(outcome, "versionLocked");
    const refused = "refused" in outcome;
    // A rival may have put something that is held.
    if (before !== refused) assert.ok(refused && [...this.#items.values()].some((item) => item.held && item.touched === this.#step), "only what is held keeps a bucket");
    this.tally[refused ? "refused" : "detached"]++;
  }
  async #deletePlain(): Promise<void> {
    const must = this.#here("chain").some((item) => !this.#mayBeLost(item));
    this.#interrupt();
    const outcome = await this.#attempt(() => this.#core.buckets.delete(as("bucket.own"), { ...address, openUploads: "end" }));
    if (outcome === "killed") return;
    if ("refused" in outcome) this.#refusedBy(outcome, "bucketNotEmpty");
    else assert.ok(!must, "a bucket with something in it was deleted");
  }
  async #restore(): Promise<void> {
    const generation = this.#random.pick([...this.#trash.keys()]);
    if (generation === undefined) return;
    const outcome = await this.#attempt(() => this.#core.purge.restore(admin, { generation }));
    if (outcome === "killed") return;
    if ("done" in outcome) return void this.tally.back++;
    this.#refusedBy(outcome, "nameTaken", "trashMissing");
    if (isDomainError(outcome.refused, "nameTaken")) assert.ok(this.#live !== undefined, "nobody has the name");
  }
  async #emptyTrash(): Promise<void> {
    const generation = this.#random.pick([...this.#trash.keys()]);
    if (generation === undefined) return;
    const items = [...this.#items.values()].filter((item) => item.generation === generation);
    for (const item of items) item.may.add("go");
    const outcome = await this.#attempt(() => this.#core.purge.emptyTrash(admin, { generation, confirm }));
    if (outcome === "killed") return;
    if ("refused" in outcome) this.#refusedBy(outcome, "trashMissing");
    for (const item of items) item.gone = true;
  }
  async #passTime(): Promise<void> {
    this.#clock.add(dayMs + this.#random.below(dayMs));
    await this.#rest();
  }
  /** Only the background does something. */
  async #rest(): Promise<void> {
    await this.#attempt(async () => {});
  }
  /** A job on a generation that leaves its name ends, and owes nothing. */
  #interrupt(): void {
    for (const running of this.#running) if (running.generation === this.#live) running.interrupted = true;
  }

  // ---- what the store shows

  #isIn(running: Running, item: Item): boolean {
    return running.generation === item.generation && item.key.startsWith(running.prefix);
  }
  /** Jobs that run or ran in this step, and time, may have taken it. */
  #mayBeLost(item: Item): boolean {
    const places = item.may.has("move") ? new Set(["chain", "bin"]) : new Set([item.place, item.was]);
    const untilMs = this.#trash.get(item.generation) ?? this.#trashBefore.get(item.generation) ?? Number.POSITIVE_INFINITY;
    if (untilMs <= this.#clock.wallMs()) return true;
    // A release that was killed may have happened, and a job have come after it.
    if (item.held && !item.may.has("hold")) return false;
    if (places.has("bin") && item.untilMs > 0 && item.untilMs <= this.#clock.wallMs()) return true;
    return this.#running.some((running) => {
      if (!this.#isIn(running, item)) return false;
      if (running.kind === "lifecycle") return places.has("chain") && this.#kinds.get(item.generation) !== "soft";
      return places.has("chain") || running.bin;
    });
  }
  #mayBeMoved(item: Item): boolean {
    return this.#running.some((running) => running.kind === "lifecycle" && this.#isIn(running, item));
  }

  async #observe(): Promise<void> {
    const seen = new Map<number, Seen>();
    const generations = new Set<Generation>();
    for (const { key, value } of await rowsOf(this.#ports, tables.state.range())) {
      const [generation] = tables.state.read(key);
      if (decodeBucketState(value).status === "reclaiming") continue;
      assert.ok(!this.#dead.has(generation), "a dead generation came back");
      generations.add(generation);
      await this.#look(generation, seen);
    }
    await this.#names();
    await this.#discover();
    for (const [size, item] of this.#items) this.#compare(item, seen.get(size));
    for (const size of seen.keys()) assert.ok(this.#items.has(size), `nobody put a body of ${size} bytes`);
    for (const generation of this.#kinds.keys()) if (!generations.has(generation)) this.#dead.add(generation);
    await this.#endJobs();
  }
  async #look(generation: Generation, seen: Map<number, Seen>): Promise<void> {
    const note = (size: number, entry: Seen): void => {
      assert.ok(!seen.has(size), `the body of ${size} bytes is there twice`);
      seen.set(size, entry);
    };
    for (const chain of (await auditGeneration(this.#ports, generation)).values()) {
      for (const { kind, key, size, sequence, legalHold } of chain)
        if (kind !== "marker") note(size, { key, generation, place: "chain", sequence, untilMs: 0, held: legalHold === true });
    }
    for (const { key: row, value } of await rowsOf(this.#ports, tables.binned.range(generation))) {
      const [, key, sequence] = tables.binned.read(row);
      const { version, untilMs } = decodeBinned(key, value);
      note(version.size, { key, generation, place: "bin", sequence, untilMs, held: false });
    }
  }
  #compare(item: Item, found: Seen | undefined): void {
    const where = `the body of ${item.size} bytes under ${item.key} (step ${this.#step})`;
    if (!found) {
      if (!item.gone) this.tally.gone++;
      if (!item.gone) assert.ok(item.may.has("go") || this.#mayBeLost(item), `${where} is lost: ${JSON.stringify({ ...item, may: [...item.may] })}`);
      item.gone = true;
      return;
    }
    assert.ok(!item.gone, `${where} came back`);
    assert.equal(found.key, item.key, where);
    if (!item.may.has("where")) assert.equal(found.generation, item.generation, where);
    assert.ok(!found.held || this.#trash.get(found.generation) === undefined, `${where} is held, and in the trash`);
    if (found.place !== item.place) assert.ok(item.may.has("move") || this.#mayBeMoved(item), `${where} is in the ${found.place}`);
    if (found.held !== item.held) assert.ok(item.may.has("hold"), `${where}: held ${found.held}`);
    if (found.place === "bin" && item.was === "chain") this.tally.binned++;
    if (found.place !== item.place || found.held !== item.held) item.touched = this.#step;
    Object.assign(item, found);
    item.may.clear();
  }
  async #names(): Promise<void> {
    const [name] = await rowsOf(this.#ports, tables.name.range());
    this.#live = name && generationOf(name.value);
    // An emptied bucket is another generation of the same make.
    if (this.#live && !this.#kinds.has(this.#live)) {
      const [state] = await rowsOf(this.#ports, tables.state.range(this.#live));
      assert.ok(state);
      const { lock, binKeepMs } = decodeBucketState(state.value);
      this.#kinds.set(this.#live, lock ? "lock" : binKeepMs ? "soft" : "off");
    } else if (this.#live && this.#kinds.get(this.#live) === "soft") {
      const [state] = await rowsOf(this.#ports, tables.state.range(this.#live));
      // Killed before it was told to keep anything.
      if (state && decodeBucketState(state.value).binKeepMs === undefined) this.#kinds.set(this.#live, "off");
    }
    this.#trashBefore = this.#trash;
    this.#trash = new Map();
    for (const { key, value } of await rowsOf(this.#ports, tables.trash.range())) this.#trash.set(tables.trash.read(key)[0], decodeJson<TrashRow>(value).untilMs);
  }
  /** Jobs that this step has begun. */
  async #discover(): Promise<void> {
    for (const { id, kind, createdMs, bucket, input } of await this.#core.jobs.list(admin, { limit: 1_000 })) {
      if (kind !== "purge" && kind !== "lifecycle") continue;
      const name = `${id} ${createdMs}`;
      if (this.#known.has(name)) continue;
      this.#known.add(name);
      const { prefix, kinds } = kind === "purge" ? (input as PurgeScope) : { prefix: "a", kinds: [] };
      const running: Running = {
        id,
        kind,
        generation: bucket.generation,
        prefix,
        bin: kinds.includes("binned"),
        begun: this.#step,
        covered: [],
        interrupted: kind === "lifecycle",
      };
      running.covered = [...this.#items.values()].filter((item) => !item.gone && !item.held && this.#isIn(running, item) && (item.place === "chain" || running.bin));
      this.#running.push(running);
    }
  }
  async #endJobs(): Promise<void> {
    const open = new Set((await this.#core.jobs.list(admin, { limit: 1_000, open: true })).map(({ id }) => id));
    for (const running of this.#running) {
      if (open.has(running.id)) continue;
      if (running.id !== runId(running.generation)) assert.equal((await this.#core.jobs.get(admin, running.id)).state, "done");
      if (running.interrupted) continue;
      this.tally.purged += running.covered.length;
      for (const item of running.covered)
        assert.ok(item.gone || item.touched >= running.begun, `a purge that ended left the body of ${item.size} bytes under ${item.key} behind (step ${this.#step})`);
    }
    this.#running = this.#running.filter(({ id }) => open.has(id));
  }

  /** Everything that goes on comes to its end: then the store is sound, and holds no byte that nobody can have. */
  async #finish(): Promise<void> {
    for (const item of this.#items.values()) item.was = item.place;
    await runJobs(this.#ports, jobKinds);
    await expireTrash(this.#ports);
    await runUntilIdle(this.#ports, { budget: 1_000, passesMax: 500 });
    await this.#observe();
    assert.deepEqual(
      (await checkStore(this.#ports)).filter(({ what }) => what !== "identityRowWrong"),
      [],
    );
    let liveBytes = 0;
    for (const { size, gone } of this.#items.values()) if (!gone && size > 1_024) liveBytes += size;
    for (const { key, value } of await rowsOf(this.#ports, tables.part.range())) if (tables.part.read(key)[1] !== 0) liveBytes += decodePart(value).size;
    assert.equal(this.#mortal.storedBytes(), liveBytes, "bytes that nobody can have are still there, or some that somebody has are not");
  }
}
