/**
 * Carries out a bucket's lifecycle: a pass over all its versions and open uploads, step by step. Each step decides on what its snapshot shows and
 * commits against it: the rules, the bucket and every row that it acts on are expected as read, so a write that comes first wins.
 */
import { createHash } from "node:crypto";
import { successor } from "../../lib/bytes.ts";
import { binOf } from "../bin/rows.ts";
import { decodeDocument } from "../buckets/documents.ts";
import type { Change } from "../change.ts";
import { isDomainError } from "../errors.ts";
import { emitMoved, emitRemoved } from "../events/emit.ts";
import { type Carried, type Carry, carryLimits, carryName } from "../jobs/carry.ts";
import { liveBucket } from "../jobs/live-bucket.ts";
import { addCounts, type Job, type JobCounts, noCounts } from "../jobs/model.ts";
import type { Step } from "../jobs/step.ts";
import { asBuffer, counterKey, tables } from "../keys.ts";
import type { ContentId, StorageClass, Version } from "../model.ts";
import { layContent } from "../objects/content.ts";
import { giveContent, isElsewhere, shelfOf, storedBytes } from "../objects/shelves.ts";
import { take } from "../reclaim/slices.ts";
import { decodeVersion } from "../records.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { endUpload } from "../uploads/abort.ts";
import { decodeUpload } from "../uploads/records.ts";
import type { Chain } from "../versions/chain.ts";
import { deleteOnChain } from "../versions/delete-version.ts";
import { Chains, type Place, type Walked, walkSome } from "../versions/walk.ts";
import type { BucketHandle, View } from "../view.ts";
import { decide, quietUnder, type Verdict } from "./decide.ts";
import { disposal, isRetentionOver, type RunRows, runRows } from "./disposition.ts";
import { abortOf, givesUpUploads } from "./evaluate.ts";
import type { Lifecycle } from "./model.ts";
import { addRuleCounts, type LifecycleCursor, type LifecycleInput, type LifecycleResult, type RuleCounts } from "./report.ts";

export const passLimits = {
  /** Versions looked at in one step (with what two readers hold in advance they are one snapshot's), and acted on. */
  rowsMax: 7_500,
  actsMax: 200,
} as const;

/** Of all that a run goes by. */
export function digestOf({ lifecycle, disposition }: RunRows): string {
  const hash = createHash("sha256").update(lifecycle ?? "");
  return (disposition === undefined ? hash : hash.update("\0").update(disposition)).digest("hex").slice(0, 16);
}

/** What is to move to another shelf is asked for first (`Step.carry`); `carried` is what came of it. */
export async function lifecycleStep(view: View, change: Change, job: Job, scale: number, carried?: Carried): Promise<Step> {
  const over: LifecycleCursor = { digest: "", phase: "uploads" };
  const bucket = await liveBucket(view, job.bucket.generation);
  if (!bucket) return { done: true, cursor: over };
  const rows = await runRows(view, job.bucket.generation, change);
  if (rows.lifecycle === undefined && rows.disposition === undefined) return { done: true, cursor: over };
  change.expect(bucket.stateKey, bucket.stateValue);
  const pass = new Pass(view, change, bucket, job, rows, carried);
  const digest = digestOf(rows);
  const before = job.cursor as LifecycleCursor | undefined;
  // Rules that were changed meanwhile act on everything from the beginning.
  if (before === undefined || before.digest !== digest) return { cursor: { digest, phase: "versions" }, result: { rules: {} }, expected: await expectedIn(view, bucket) };
  const step = before.phase === "versions" ? await pass.versions(before, scale) : await pass.uploads(before, scale);
  return pass.carry.length > 0 ? { carry: pass.carry } : { ...step, counts: pass.counts, result: pass.result, used: pass.used };
}

async function expectedIn(view: View, { state: { generation } }: BucketHandle): Promise<number> {
  let sum = 0;
  for (const kind of ["objects", "versions", "markers", "uploads"] as const) sum += await view.sum(counterKey(generation, kind));
  return sum;
}

/** One step in the making. */
class Pass {
  readonly #view: View;
  readonly #change: Change;
  readonly #bucket: BucketHandle;
  readonly #lifecycle: Lifecycle;
  readonly #disposes: boolean;
  readonly #dryRun: boolean;
  readonly #chains: Chains;
  readonly #carried: Carried | undefined;
  readonly result: LifecycleResult;
  /** What has to be carried before this step can be taken; of what was, the new ids. */
  readonly carry: Carry[] = [];
  readonly used: ContentId[] = [];
  counts: JobCounts = noCounts;

  constructor(view: View, change: Change, bucket: BucketHandle, job: Job, rows: RunRows, carried: Carried | undefined) {
    this.#view = view;
    this.#change = change;
    this.#bucket = bucket;
    this.#chains = new Chains(view, bucket.state.generation);
    this.#lifecycle = rows.lifecycle === undefined ? { rules: [], smallObjects: "stay" } : decodeDocument<"lifecycle">(rows.lifecycle).model;
    this.#disposes = rows.disposition !== undefined;
    this.#carried = carried;
    this.#dryRun = (job.input as LifecycleInput).dryRun === true;
    const { rules } = (job.result as LifecycleResult | undefined) ?? { rules: {} };
    this.result = { rules: structuredClone(rules) };
  }

  async versions({ digest, place }: LifecycleCursor, scale: number): Promise<Step> {
    const rows = Math.max(1, Math.floor(passLimits.rowsMax * scale));
    const acts = Math.max(1, Math.floor(passLimits.actsMax * scale));
    const { clock, dayMs, transitionBytesMin: smallBytes } = this.#view.ports;
    const now = { nowMs: clock.wallMs(), dayMs, smallBytes };
    const retentionMs = this.#disposes ? await retentionNowMs(this.#view) : 0;
    const { generation } = this.#bucket.state;
    // What a retention kept may be of any age.
    const quiet = this.#disposes ? {} : { isQuiet: quietUnder(generation, this.#lifecycle, now) };
    const walking = { prefix: "", after: place as Place | undefined, rows, ...quiet };
    const walked = await walkSome(this.#view, generation, walking, async (each) => {
      const isOver = this.#disposes && isRetentionOver(each, this.#bucket.state, retentionMs);
      // What came up in the middle of a run is for the next one.
      const verdict = isOver ? disposal : each.isPromoted ? undefined : await decide(this.#lifecycle, each, () => this.#whole(each), now);
      if (verdict && (await this.#act(verdict, each)) === "uncarried") return "before";
      return this.counts.matched >= acts || this.#asksEnough(acts) ? "enough" : undefined;
    });
    const { place: last, isEnd, examined } = walked;
    this.#count({ examined });
    await this.#chains.writeTo(this.#change, binOf(this.#bucket.state, this.#view.ports));
    return { cursor: isEnd ? { digest, phase: "uploads" } : { digest, phase: "versions", place: last } };
  }

  async uploads({ digest, upload }: LifecycleCursor, scale: number): Promise<Step> {
    const { generation } = this.#bucket.state;
    const range = tables.upload.range(generation);
    const from = upload === undefined ? range.from : successor(Buffer.from(upload, "base64"));
    const most = Math.max(1, Math.floor(passLimits.actsMax * scale));
    const rows = this.#lifecycle.rules.some(givesUpUploads) ? await take(this.#view, { from, to: range.to }, most) : [];
    const { clock, dayMs } = this.#view.ports;
    for (const row of rows) {
      const record = decodeUpload(row.value);
      this.#count({ examined: 1 });
      const due = abortOf(this.#lifecycle, record, dayMs);
      if (!due || due.atMs > clock.wallMs()) continue;
      if (!this.#dryRun) endUpload(this.#change, generation, record.id, row);
      this.#report(due.ruleId, { matched: 1, acted: this.#dryRun ? 0 : 1 });
    }
    const last = rows.at(-1);
    if (!last || rows.length < most) return { cursor: { digest, phase: "uploads" }, done: true };
    return { cursor: { digest, phase: "uploads", upload: asBuffer(last.key).toString("base64") } };
  }

  #asksEnough(acts: number): boolean {
    return this.carry.length >= acts || this.carry.reduce((sum, { bytes }) => sum + bytes, 0) >= carryLimits.bytesMax;
  }

  /** "uncarried": nothing was done, since bytes that must be carried were not asked for before. */
  async #act(verdict: Verdict, { listed }: Walked): Promise<"uncarried" | undefined> {
    if (this.#dryRun) return this.#report(verdict.rule, { matched: 1 });
    let counts: Partial<RuleCounts> = {};
    try {
      const chain = await this.#chains.of(listed.key);
      const newest = chain.head?.sequence;
      if (verdict.act === "move") {
        const moved = await this.#move(chain, listed.sequence, verdict.storageClass);
        if (moved === "uncarried") return moved;
        if (moved === "left") return this.#report(verdict.rule, { matched: 1, left: 1 });
        counts = moved.bytes === 0 ? {} : { moved: moved.bytes };
        if (moved.version) await emitMoved(this.#view, this.#change, this.#bucket, { version: moved.version, newest });
      } else {
        const selector = verdict.act === "expire" ? undefined : listed.sequence;
        const result = await deleteOnChain(this.#view.ports, this.#bucket.state, chain, selector, this.#bucket.state.owner, { bypass: false });
        await emitRemoved(this.#view, this.#change, this.#bucket, undefined, { key: listed.key, result, newest });
      }
      const isRemoval = verdict.act === "remove" || (verdict.act === "expire" && this.#bucket.state.versioning === "off");
      return this.#report(verdict.rule, { matched: 1, acted: 1, bytes: isRemoval ? listed.size : 0, ...counts });
    } catch (error) {
      if (!isDomainError(error, "versionLocked")) throw error;
      return this.#report(verdict.rule, { matched: 1, locked: 1 });
    }
  }
  /** To its class, and its bytes to where that class lies: `bytes` of them. */
  async #move(chain: Chain, sequence: number, storageClass: StorageClass): Promise<{ version: Version | undefined; bytes: number } | "uncarried" | "left"> {
    const found = await chain.find(sequence);
    if (!found) return { version: undefined, bytes: 0 };
    const version = { ...(await chain.whole(found)), storageClass };
    const { content, key, size } = version;
    if (!content || !(await isElsewhere(this.#view, content, storageClass))) {
      await chain.replace(version);
      return { version, bytes: 0 };
    }
    const shelf = shelfOf(this.#view.ports, storageClass);
    const name = carryName(content.id, shelf);
    const bytes = storedBytes(content, size);
    if (!this.#carried) {
      if (!this.carry.some((each) => carryName(each.content.id, each.shelf) === name)) this.carry.push({ content, bytes, shelf, key });
      return { version: undefined, bytes };
    }
    const moved = this.#carried.get(name);
    if (moved === undefined) return "uncarried";
    if (moved === "left") return moved;
    await giveContent(chain, this.#change, version, layContent(this.#change, moved.content));
    this.used.push(moved.content.id);
    return { version, bytes };
  }
  /** With its tags, which a filter asks for. */
  async #whole({ listed, value }: Walked): Promise<Version> {
    const { version, hasDetail } = decodeVersion(listed.key, value);
    if (!hasDetail) return version;
    const detail = await this.#view.get(tables.detail.key(this.#bucket.state.generation, listed.key, listed.sequence));
    return decodeVersion(listed.key, value, detail).version;
  }
  #count(counts: Partial<JobCounts>): void {
    this.counts = addCounts(this.counts, counts);
  }
  #report(rule: string, counts: Partial<RuleCounts>): undefined {
    const { matched = 0, acted = 0, bytes = 0, locked = 0, moved = 0 } = counts;
    this.result.rules[rule] = addRuleCounts(this.result.rules[rule], counts);
    this.#count({ matched, acted, bytes: bytes + moved, locked });
  }
}
