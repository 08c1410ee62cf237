/**
 * The inventory job: goes over a bucket's versions and writes what it is told to say of them into files, a file a step, and last what names the
 * files. A file's bytes are made and stored before the step's batch; it becomes an object in the same batch that moves the cursor, so a job that is
 * killed anywhere goes on with the file it was at, and none is there twice.
 */
import { createHash } from "node:crypto";
import { gzipped } from "../../lib/gzip-source.ts";
import { isDomainError } from "../errors.ts";
import { liveBucket } from "../jobs/live-bucket.ts";
import { type Job, type JobCounts, noCounts } from "../jobs/model.ts";
import type { PreparedKind, PreparedStep, Step } from "../jobs/step.ts";
import { counterKey } from "../keys.ts";
import type { BucketEncryption, BucketState, ObjectKey, StorageClass } from "../model.ts";
import { discard, sourceOf } from "../objects/store-body.ts";
import type { Ports } from "../ports.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import type { InventoryFile, InventoryForm, InventoryRun } from "./form.ts";
import { inventoryLimits } from "./model.ts";
import type { InventoryCursor, InventoryInput, InventoryResult } from "./report.ts";
import { linesOf } from "./rows.ts";
import { findInventoryTarget, placeFile, type StoredFile, storeFile } from "./target.ts";

type Making = {
  ports: Ports;
  job: Job;
  form: InventoryForm;
  source: BucketState;
  cursor: InventoryCursor;
  run: InventoryRun;
  asked: BucketEncryption | undefined;
  storageClass: StorageClass;
  isSame: boolean;
};
type Made = { objects: { key: ObjectKey; file: StoredFile }[]; cursor: InventoryCursor; counts: JobCounts; result: InventoryResult; done?: true };

export const inventoryJob: PreparedKind = { prepare };

async function prepare(ports: Ports, job: Job, scale: number): Promise<PreparedStep> {
  const { id, form: name, inventory } = job.input as InventoryInput;
  const form = ports.inventoryForms?.[name];
  if (form === undefined) throw new Error(`There is no form of reports called ${name}`);
  const found = await onView(ports, async (view) => {
    const source = await liveBucket(view, job.bucket.generation);
    return source && { source, target: await targetOf(view, source, inventory.target.bucket) };
  });
  if (!found) return { refs: [], step: async () => ({ done: true }) };
  const { source, target } = found;
  const cursor = (job.cursor as InventoryCursor | undefined) ?? { phase: "files", startedMs: ports.clock.wallMs(), files: [] };
  const run = { bucket: source.state.name, id, inventory, startedMs: cursor.startedMs };
  const asked = inventory.target.encryption ?? target.state.encryption;
  const making: Making = {
    ports,
    job,
    form,
    source: source.state,
    cursor,
    run,
    asked,
    storageClass: target.state.storageClass,
    isSame: source.state.generation === target.state.generation,
  };
  const made = cursor.phase === "files" ? await makeFile(making, scale) : await makeManifest(making);
  return { refs: made.objects.flatMap(({ file }) => file.body.refs), step: (view, change, now) => place(view, change, now, made) };
}

/** The target as a view shows it; what is wrong with it is told in the job. */
async function targetOf(view: View, source: BucketHandle, target: InventoryInput["inventory"]["target"]["bucket"]): Promise<BucketHandle> {
  try {
    return await findInventoryTarget(view, source.state, target);
  } catch (error) {
    if (isDomainError(error, "inventoryTargetInvalid")) throw new Error(`Reports cannot be written into bucket ${target}: ${error.detail.why}`, { cause: error });
    throw error;
  }
}

async function place(view: View, change: Parameters<typeof placeFile>[1], job: Job, { objects, ...step }: Made): Promise<Step> {
  const { inventory } = job.input as InventoryInput;
  const source = await liveBucket(view, job.bucket.generation);
  // Nothing was written: the next try finds the same, and ends.
  if (!source) throw new Error("The bucket is gone");
  const target = await targetOf(view, source, inventory.target.bucket);
  for (const { key, file } of objects) await placeFile(view, change, target, key, file);
  return { ...step, ...(job.cursor === undefined ? { expected: await expectedIn(view, source, inventory.versions) } : {}) };
}

async function expectedIn(view: View, { state: { generation } }: BucketHandle, versions: "current" | "all"): Promise<number> {
  let sum = 0;
  for (const kind of versions === "all" ? (["objects", "versions", "markers"] as const) : (["objects"] as const)) sum += await view.sum(counterKey(generation, kind));
  return sum;
}

/** What all keys of a configuration's reports begin with. */
function baseOf({ bucket, id, inventory }: InventoryRun): string {
  const { prefix } = inventory.target;
  return `${prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`}${bucket}/${id}/`;
}
/** Always the same for the same file of the same report, whoever makes it again. */
function dataKey({ form, run, job }: Making, number: number): ObjectKey {
  const digits = createHash("sha256").update(`${job.id}\0${run.startedMs}\0${number}`).digest("hex");
  const name = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20, 32)].join("-");
  return `${baseOf(run)}${form.places(run.startedMs).data}${name}.csv.gz` as ObjectKey;
}

async function makeFile(making: Making, scale: number): Promise<Made> {
  const { ports, job, form, source, cursor, run, asked, storageClass, isSame } = making;
  const { inventory } = run;
  const base = baseOf(run);
  if (cursor.files.length >= inventoryLimits.filesMax) throw new Error(`A report has at most ${inventoryLimits.filesMax} files`);
  const lines = linesOf(ports, {
    form,
    inventory,
    bucket: source,
    after: cursor.place,
    scale,
    // Into the bucket it is about: what this report has written so far is not told of.
    leaveOut: ({ listed }) => isSame && listed.modifiedMs >= cursor.startedMs && listed.key.startsWith(base),
  });
  const file = await storeFile(ports, gzipped(lines), { asked, storageClass, contentType: "application/gzip" });
  const { size, digests, refs } = file.body;
  const isEmpty = lines.rows === 0;
  if (isEmpty) await discard(ports, refs);
  const files: InventoryCursor["files"] = isEmpty ? cursor.files : [...cursor.files, [size, digests.md5]];
  return {
    objects: isEmpty ? [] : [{ key: dataKey(making, cursor.files.length), file }],
    cursor: { ...cursor, files, ...(lines.isEnd ? { phase: "manifest", place: undefined } : { place: lines.place }) },
    counts: { ...noCounts, examined: lines.examined, matched: lines.rows, acted: lines.rows, bytes: isEmpty ? 0 : size },
    result: { ...(job.result as InventoryResult | undefined), files: files.length },
  };
}

async function makeManifest(making: Making): Promise<Made> {
  const { ports, form, cursor, run, asked, storageClass } = making;
  const base = baseOf(run);
  const places = form.places(run.startedMs);
  const files: InventoryFile[] = cursor.files.map(([size, md5], number) => ({ key: dataKey(making, number), size, md5 }));
  const manifest = form.manifest(run, files);
  const texts: [place: string, text: string, contentType: string][] = [
    [places.manifest, manifest, "application/json"],
    [places.checksum, form.checksum(createHash("md5").update(manifest).digest("hex")), "text/plain"],
    [places.links, form.links(run, files), "text/plain"],
  ];
  const objects: Made["objects"] = [];
  try {
    for (const [at, text, contentType] of texts)
      objects.push({ key: `${base}${at}` as ObjectKey, file: await storeFile(ports, sourceOf(Buffer.from(text, "utf8")), { asked, storageClass, contentType }) });
  } catch (error) {
    await discard(
      ports,
      objects.flatMap(({ file }) => file.body.refs),
    );
    throw error;
  }
  return { objects, cursor, counts: noCounts, result: { files: files.length, manifest: `${base}${places.manifest}` }, done: true };
}
