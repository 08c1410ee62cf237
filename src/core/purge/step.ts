/** The purge job: goes over a bucket's versions and uploads and removes for good what is in its scope; what a lock keeps is passed over and counted. */
import { successor } from "../../lib/bytes.ts";
import { decodeBinned, endBinned } from "../bin/rows.ts";
import type { Change } from "../change.ts";
import { isDomainError } from "../errors.ts";
import { emitPurged } from "../events/emit.ts";
import { liveBucket } from "../jobs/live-bucket.ts";
import { addCounts, type Job, noCounts } from "../jobs/model.ts";
import type { Step } from "../jobs/step.ts";
import { asBuffer, tables } from "../keys.ts";
import type { ObjectKey, Version } from "../model.ts";
import type { Entry, KeyRange } from "../ports.ts";
import { isFull, take } from "../reclaim/slices.ts";
import { decodeVersion } from "../records.ts";
import { judgeAge } from "../retention/age.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { judgeRemoval } from "../retention/judge.ts";
import { endUpload } from "../uploads/abort.ts";
import { decodeUpload } from "../uploads/records.ts";
import { Chains, type Place, type Walked, walkSome } from "../versions/walk.ts";
import type { BucketHandle, View } from "../view.ts";
import type { PurgeKind, PurgeResult, PurgeSample, PurgeScope } from "./api.ts";

export type PurgeInput = PurgeScope & { dryRun: boolean };
/** `row`: the last one looked at, of uploads and binned objects. */
type PurgeCursor = { phase: PurgePhase; place?: Place | undefined; row?: string };
const phases = ["versions", "uploads", "binned"] as const;
type PurgePhase = (typeof phases)[number];
const phaseOf = (kind: PurgeKind): PurgePhase => (kind === "uploads" || kind === "binned" ? kind : "versions");

/** Where the job goes on after a phase that has come to its end. */
function after(phase: PurgePhase, kinds: readonly PurgeKind[]): Step {
  const next = phases.slice(phases.indexOf(phase) + 1).find((wanted) => kinds.some((kind) => phaseOf(kind) === wanted));
  return next === undefined ? { cursor: { phase }, done: true } : { cursor: { phase: next } };
}

export const purgeLimits = {
  /** Versions looked at in one step, and removed. */
  rowsMax: 4_000,
  actsMax: 250,
  sampleMax: 20,
} as const;

export async function purgeStep(view: View, change: Change, job: Job, scale: number): Promise<Step> {
  const input = job.input as PurgeInput;
  const cursor = (job.cursor as PurgeCursor | undefined) ?? { phase: "versions" };
  const bucket = await liveBucket(view, job.bucket.generation);
  if (!bucket) return { done: true };
  change.expect(bucket.stateKey, bucket.stateValue);
  const step = new PurgeStep(view, change, bucket, job, input, scale);
  const isIn = input.kinds.some((kind) => phaseOf(kind) === cursor.phase);
  const next = isIn ? await step[cursor.phase](cursor) : after(cursor.phase, input.kinds);
  return { ...next, counts: step.counts, result: step.result };
}

class PurgeStep {
  readonly #view: View;
  readonly #change: Change;
  readonly #bucket: BucketHandle;
  readonly #job: Job;
  readonly #input: PurgeInput;
  readonly #rows: number;
  readonly #acts: number;
  readonly #chains: Chains;
  readonly result: PurgeResult;
  counts = noCounts;

  constructor(view: View, change: Change, bucket: BucketHandle, job: Job, input: PurgeInput, scale: number) {
    this.#view = view;
    this.#change = change;
    this.#bucket = bucket;
    this.#job = job;
    this.#input = input;
    this.#rows = Math.max(1, Math.floor(purgeLimits.rowsMax * scale));
    // What is only counted costs no batch.
    this.#acts = input.dryRun ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(purgeLimits.actsMax * scale));
    this.#chains = new Chains(view, job.bucket.generation);
    const before = job.result as PurgeResult | undefined;
    this.result = { found: { current: 0, noncurrent: 0, markers: 0, uploads: 0, binned: 0, ...before?.found }, sample: [...(before?.sample ?? [])] };
  }

  async versions({ place }: PurgeCursor): Promise<Step> {
    const nowMs = await retentionNowMs(this.#view);
    const walked = await walkSome(this.#view, this.#job.bucket.generation, { prefix: this.#input.prefix, after: place, rows: this.#rows }, async (each) => {
      const kind = kindOf(each);
      if (this.#isIn(kind, each.listed.modifiedMs)) await this.#version(kind, each, nowMs);
      return this.counts.matched >= this.#acts ? "enough" : undefined;
    });
    this.#count({ examined: walked.examined });
    await this.#chains.writeTo(this.#change);
    if (!walked.isEnd) return { cursor: { phase: "versions", place: walked.place } };
    return after("versions", this.#input.kinds);
  }

  async #version(kind: PurgeKind, { listed, value }: Walked, nowMs: number): Promise<void> {
    const { key, sequence, isNull, size } = listed;
    let locked = false;
    try {
      const { version } = decodeVersion(key, value);
      judgeRemoval(version, { bypass: false, nowMs });
      // A chain asks that by itself.
      if (!this.#input.dryRun) await this.#remove(key, { sequence, isNull });
      else if (version.kind !== "marker") await judgeAge(this.#view, this.#job.bucket.generation, version);
    } catch (error) {
      if (!isDomainError(error, "versionLocked")) throw error;
      locked = true;
    }
    this.#found({ kind, key, sequence, size, ...(locked ? { locked } : {}) });
    this.#count(locked ? { matched: 1, locked: 1 } : { matched: 1, acted: this.#input.dryRun ? 0 : 1, bytes: size });
  }

  /** Throws versionLocked, and then nothing has changed. */
  async #remove(key: ObjectKey, version: Pick<Version, "sequence" | "isNull">): Promise<void> {
    const chain = await this.#chains.of(key);
    const newest = chain.head?.sequence;
    await chain.remove(version.sequence);
    await emitPurged(this.#view, this.#change, this.#bucket, { key, newest, version });
  }

  async uploads(cursor: PurgeCursor): Promise<Step> {
    const { generation } = this.#job.bucket;
    return await this.#rowsOf("uploads", tables.upload.under(generation, this.#input.prefix as ObjectKey), cursor, (row) => {
      const { id, key, initiatedMs } = decodeUpload(row.value);
      return {
        atMs: initiatedMs,
        found: { kind: "uploads", key },
        remove: async () => endUpload(this.#change, generation, id, row),
      };
    });
  }

  async binned(cursor: PurgeCursor): Promise<Step> {
    const { generation } = this.#job.bucket;
    return await this.#rowsOf("binned", tables.binned.under(generation, this.#input.prefix as ObjectKey), cursor, (row) => {
      const { version, deletedMs } = decodeBinned(tables.binned.read(row.key)[1], row.value);
      const { key, sequence, size } = version;
      return {
        atMs: deletedMs,
        found: { kind: "binned", key, sequence, size },
        remove: async () => void (await endBinned(this.#view, this.#change, generation, row, { counts: true })),
      };
    });
  }

  /** What stands in one range, a row each. */
  async #rowsOf(
    phase: "uploads" | "binned",
    range: KeyRange,
    cursor: PurgeCursor,
    read: (row: Entry) => { atMs: number; found: PurgeSample; remove(): Promise<void> },
  ): Promise<Step> {
    const from = cursor.row === undefined ? range.from : successor(Buffer.from(cursor.row, "base64"));
    const rows = await take(this.#view, { from, to: range.to }, this.#rows);
    let looked = 0;
    for (const row of rows) {
      if (this.counts.matched >= this.#acts || isFull(this.#change)) break;
      looked++;
      this.#count({ examined: 1 });
      const { atMs, found, remove } = read(row);
      if (!this.#isIn(phase, atMs)) continue;
      if (!this.#input.dryRun) await remove();
      this.#found(found);
      this.#count({ matched: 1, acted: this.#input.dryRun ? 0 : 1, bytes: found.size ?? 0 });
    }
    const last = rows[looked - 1];
    if (!last || (looked === rows.length && rows.length < this.#rows)) return after(phase, this.#input.kinds);
    return { cursor: { phase, row: asBuffer(last.key).toString("base64") } };
  }

  #isIn(kind: PurgeKind, writtenMs: number): boolean {
    const { kinds, beforeMs } = this.#input;
    return kinds.includes(kind) && (beforeMs === undefined || writtenMs < beforeMs);
  }
  #found(one: PurgeSample): void {
    this.result.found[one.kind]++;
    if (this.result.sample.length < purgeLimits.sampleMax) this.result.sample.push(one);
  }
  #count(counts: Partial<typeof noCounts>): void {
    this.counts = addCounts(this.counts, counts);
  }
}

/** What came up in the middle of the walk, because the one above it was removed, was not the current one when the purge came to its key. */
function kindOf({ listed, isHead, isPromoted }: Walked): PurgeKind {
  if (listed.kind === "marker") return "markers";
  return isHead && !isPromoted ? "current" : "noncurrent";
}
