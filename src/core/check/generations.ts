/** Names, states, counters, details, uploads and parts: everything under a bucket but its chains. */
import { decodeDocument } from "../buckets/documents.ts";
import { type CounterKind, counterKey, counterKinds, generationOf, readCounterKey, tables, uploadUser } from "../keys.ts";
import type { BucketState, Generation } from "../model.ts";
import type { KeyRange, Ports } from "../ports.ts";
import { versionAt } from "../reclaim/named.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { decodeBucketState } from "../records.ts";
import { wholeBucketKey } from "../retention/age.ts";
import { lockedUntilMs } from "../retention/judge.ts";
import { decodeEnded, decodePart } from "../uploads/records.ts";
import { onView } from "../view.ts";
import type { AnnotationChecker } from "./annotations.ts";
import { checkBin } from "./binned.ts";
import { chainsOf } from "./chains.ts";
import type { BytesChecker } from "./contents.ts";
import type { Report } from "./problem.ts";

/** Names point at live states, live states are named and in their owner's list, and there is no other way into a generation. */
export async function checkNames(ports: Ports, report: Report): Promise<BucketState[]> {
  const named = new Map<Generation, string>();
  for await (const { key, value } of rowsOf(ports, tables.name.range())) {
    const [tenant, bucket] = tables.name.read(key);
    const where = `bucket ${tenant}/${bucket}`;
    const generation = generationOf(value);
    named.set(generation, where);
    const state = await onView(ports, (view) => view.get(tables.state.key(generation)));
    if (!state) {
      report("bucketWithoutState", where, `its generation ${generation} has no state`);
      continue;
    }
    const { status, owner, name } = decodeBucketState(state);
    if (status !== "live" || name !== bucket) report("bucketPointerWrong", where, `it points at generation ${generation} of ${name}, which is ${status}`);
    const owned = await onView(ports, (view) => view.get(tables.owned.key(owner, tenant, bucket)));
    if (!owned || generationOf(owned) !== generation) report("ownerRowWrong", where, `its owner's list ${owned ? `names generation ${generationOf(owned)}` : "does not have it"}`);
  }
  for await (const { key, value } of rowsOf(ports, tables.owned.range())) {
    const [owner, tenant, bucket] = tables.owned.read(key);
    if (!named.has(generationOf(value))) report("ownerRowWrong", `bucket ${tenant}/${bucket}`, `account ${owner} lists generation ${generationOf(value)}, which has no name`);
  }
  const states: BucketState[] = [];
  for await (const { key, value } of rowsOf(ports, tables.state.range())) {
    const state = decodeBucketState(value);
    const [generation] = tables.state.read(key);
    states.push(state);
    if (state.status === "live" && !named.has(generation)) report("bucketPointerWrong", `generation ${generation}`, `it is live as ${state.name} and no name points at it`);
    const queued = await onView(ports, (view) => view.get(tables.deadGeneration.key(generation)));
    const trashed = await onView(ports, (view) => view.get(tables.trash.key(generation)));
    if (trashed !== undefined && state.status !== "trash") report("generationWithoutWay", `generation ${generation}`, `the trash has it, and it is ${state.status}`);
    if (state.status === "trash" && !trashed) report("generationWithoutWay", `generation ${generation}`, "it is in the trash, and the trash does not know it");
    if (state.status === "reclaiming" && !queued) report("generationWithoutWay", `generation ${generation}`, "it is to be reclaimed and no job knows it");
  }
  return states;
}

/** Counters of generations that are being reclaimed mean nothing any more; they go with its last batch. */
export async function checkGeneration(ports: Ports, { generation, status }: BucketState, bytes: BytesChecker, annotations: AnnotationChecker, report: Report): Promise<void> {
  const counted: Record<CounterKind, number> = { objects: 0, versions: 0, markers: 0, bytes: 0, uploads: 0, parts: 0, partBytes: 0, channels: 0, binned: 0, binnedBytes: 0 };
  for await (const version of chainsOf(ports, generation, report, counted)) {
    await bytes.version(version, `${generation}/${version.key}`);
    if (version.annotations) await annotations.version(version.annotations, `${generation}/${version.key}#${version.sequence}`);
  }
  Object.assign(counted, await checkBin(ports, generation, { bytes, annotations, report }));
  for await (const _ of rowsOf(ports, tables.upload.range(generation))) counted.uploads++;
  for await (const _ of rowsOf(ports, tables.channel.range(generation))) counted.channels++;
  await eachPart(ports, generation, (size) => {
    counted.parts++;
    counted.partBytes += size;
  });
  for await (const { key } of rowsOf(ports, tables.detail.range(generation))) {
    const [, object, sequence] = tables.detail.read(key);
    const stored = await onView(ports, (view) => versionAt(view, generation, object, sequence));
    if (!stored?.hasDetail) report("detailWithoutVersion", `${generation}/${object}#${sequence}`, "a detail row that no version has");
  }
  for await (const { key, value } of rowsOf(ports, tables.document.range(generation))) {
    try {
      decodeDocument(value);
    } catch (error) {
      report("recordUnreadable", `${generation} document ${tables.document.read(key)[1]}`, String(error));
    }
  }
  await checkLocks(ports, generation, report);
  if (status === "reclaiming") return;
  for (const kind of counterKinds) {
    const says = await onView(ports, (view) => view.sum(counterKey(generation, kind)));
    if (says !== counted[kind]) report("counterWrong", `${generation} ${kind}`, `the counter says ${says}, there are ${counted[kind]}`);
  }
}

/** Rows of locks that no version has: a purge would wait for them. Versions without theirs: `judgeLock` in chains.ts. */
async function checkLocks(ports: Ports, generation: Generation, report: Report): Promise<void> {
  for await (const { key } of rowsOf(ports, tables.locked.range(generation))) {
    const [, untilMs, object, sequence] = tables.locked.read(key);
    if (object === wholeBucketKey) continue;
    const stored = await onView(ports, (view) => versionAt(view, generation, object, sequence));
    if (!stored || lockedUntilMs(stored.version) !== untilMs)
      report("lockRowWithoutVersion", `${generation}/${object}#${sequence}`, `locked until ${untilMs}, says a row, and the version does not`);
  }
}

/** The parts of open uploads, and those of ended ones that the job has not cleared yet. */
async function eachPart(ports: Ports, generation: Generation, count: (size: number) => void): Promise<void> {
  const sizes = async (range: KeyRange): Promise<void> => {
    for await (const { key, value } of rowsOf(ports, range)) if (tables.part.read(key)[1] !== 0) count(decodePart(value).size);
  };
  for await (const { key } of rowsOf(ports, tables.upload.range(generation))) await sizes(tables.part.range(tables.upload.read(key)[2]));
  for await (const { key, value } of rowsOf(ports, tables.ended.range())) {
    if (decodeEnded(value).generation === generation) await sizes(tables.part.range(tables.ended.read(key)[0]));
  }
}

/** Parts belong to an open or an ended upload; the borrowed ones are known to their source; the bytes of open ones are there. */
export async function checkParts(ports: Ports, bytes: BytesChecker, report: Report): Promise<void> {
  const open = new Set<string>();
  const ended = new Map<string, ReadonlySet<number> | "all">();
  for await (const { key } of rowsOf(ports, tables.upload.range())) open.add(tables.upload.read(key)[2]);
  for await (const { key, value } of rowsOf(ports, tables.ended.range())) {
    const { unused } = decodeEnded(value);
    ended.set(tables.ended.read(key)[0], unused === "all" ? "all" : new Set(unused));
  }
  for await (const { key, value } of rowsOf(ports, tables.part.range())) {
    const [id, number] = tables.part.read(key);
    const where = `part ${id}/${number}`;
    if (!open.has(id) && !ended.has(id)) report("partWithoutUpload", where, "its upload is neither open nor ended");
    if (number === 0 || !open.has(id)) continue;
    const part = decodePart(value);
    const length = await bytes.extents(part.extents, where);
    if (length !== part.size) report("contentLength", where, `size ${part.size}, but its extents have ${length} bytes`);
    const { source } = part;
    if (source === undefined) continue;
    const use = await onView(ports, (view) => view.get(tables.use.key(source, uploadUser(id, number))));
    if (use === undefined) report("useMissing", where, `content ${source} does not know that this part borrows it`);
  }
}

/** Rows and counters of a generation that has no state: nothing will ever visit them. */
export async function checkStrays(ports: Ports, known: ReadonlySet<Generation>, report: Report): Promise<void> {
  for (const table of [tables.current, tables.detail, tables.locked, tables.binned, tables.upload, tables.channel, tables.document] as const) {
    for (let from = table.range().from; ; ) {
      const row = await onView(ports, (view) => view.first({ from, to: table.range().to }));
      if (!row) break;
      const generation = generationOf(row.key.subarray(1, 13));
      if (!known.has(generation)) report("rowsWithoutGeneration", `generation ${generation}`, `table ${table.tag} has rows of it, and it has no state`);
      from = table.range(generation).to;
    }
  }
  const all = { from: Buffer.alloc(1), to: Buffer.alloc(14, 0xff) };
  for (const { counter, value } of await onView(ports, (view) => view.counters(all))) {
    const { generation, kind } = readCounterKey(counter);
    if (!known.has(generation) && value !== 0) report("rowsWithoutGeneration", `generation ${generation}`, `its counter of ${kind} says ${value}, and it has no state`);
  }
}
