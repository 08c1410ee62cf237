/**
 * Empties and deletes buckets of OSS, S3 and HCP services, whoever runs them, by asking for what their manuals say has to go first: versions, delete
 * markers, objects, uploads, live channels, then the bucket. What fails half-way is called again and goes on with what is left: the bucket itself is the state.
 *
 * ```ts
 * import { deleteBucket } from "amphora-store/client";
 * await deleteBucket({ service: "oss", region: "cn-hangzhou", credentials }, "photos", { contents: "remove" });
 * ```
 */
import { type AmphoraAdmin, askAmphora } from "./amphora.ts";
import type { BucketPort } from "./bucket-port.ts";
import { BucketNotEmpty, CloudError } from "./errors.ts";
import { delayMs, pause } from "./retry.ts";
import { type BucketOptions, openBucket } from "./service-bucket.ts";
import { type Counts, count, countOf, noCounts, type Report, type Scope, type SweepOptions, sweep } from "./sweep.ts";
import type { Target } from "./target.ts";

export type { AmphoraAdmin } from "./amphora.ts";
export type { Found, PurgeKind, Refused } from "./bucket-port.ts";
export { purgeKinds } from "./bucket-port.ts";
export type { Blockers } from "./errors.ts";
export { AccessDenied, BucketNotEmpty, CloudError, NoSuchBucket, Unavailable, WrongAnswer, WrongEndpoint } from "./errors.ts";
export { type Credentials, hcpCredentials } from "./signing.ts";
export type { Counts, Progress, Report, Scope } from "./sweep.ts";
export type { ServiceName, Target } from "./target.ts";

/** `admin`: where the endpoint is an Amphora, its own job does it, in one step; elsewhere, and where it may not, this is passed over. */
export type Options = SweepOptions & BucketOptions & { admin?: AmphoraAdmin | undefined };
/** `by`: who did it, this client or the server's own job. A server's `report` says what went, and nothing of retries. */
export type Done = { bucket: string; by: "client" | "server"; report: Report };

/** How often a bucket that is refused as not empty is looked through again. */
export const lookAgainMax = 6;
/** Enough to tell what is in the way; counts beyond are "at least". */
const blockerPagesMax = 5;

async function withBucket<T>(target: Target, bucket: string, options: BucketOptions, use: (port: BucketPort) => Promise<T>): Promise<T> {
  if (/^\.*$/.test(bucket) || /[/?#\u0000-\u0020]/.test(bucket)) throw new CloudError(`${JSON.stringify(bucket)} is no name of a bucket`);
  const port = openBucket(target, bucket, options);
  try {
    return await use(port);
  } finally {
    port.close();
  }
}

/**
 * Deletes a bucket. `contents: "refuse"` (the default): only an empty one; `"remove"`: with everything in it, for good.
 *
 * Throws BucketNotEmpty with what is in the way (for "remove": what could not be removed, and why), NoSuchBucket, AccessDenied, WrongEndpoint,
 * WrongAnswer, Unavailable, and what `signal` was aborted with. Every one of them leaves a bucket that the same call may be made for again.
 */
export async function deleteBucket(target: Target, bucket: string, options: Options & { contents?: "refuse" | "remove" } = {}): Promise<Done> {
  const { contents = "refuse" } = options;
  return withBucket(target, bucket, options, async (port) => {
    if (contents === "refuse") {
      await port.removeBucket({ signal: options.signal }).catch(async (error: unknown) => {
        throw isNotEmpty(error) ? await notEmpty(port, bucket, options, undefined, error) : error;
      });
      return { bucket, by: "client", report: emptyReport() };
    }
    const byServer = await askAmphora(target, bucket, "delete", options);
    if (byServer) return { bucket, by: "server", report: { ...emptyReport(), removed: byServer } };
    let report = await sweep(port, {}, options);
    const onRetry = (): void => {
      report = { ...report, retries: report.retries + 1 };
    };
    for (let attempt = 1; ; attempt++) {
      if (report.refused > 0) throw await notEmpty(port, bucket, options, report, undefined);
      try {
        await port.removeBucket({ signal: options.signal, onRetry });
        return { bucket, by: "client", report };
      } catch (error) {
        if (!isNotEmpty(error)) throw error;
        if (attempt === lookAgainMax) throw await notEmpty(port, bucket, options, report, error);
        // nothing was listed, or something came since: a list may be behind (HCP), a writer may be at work
        await pause(delayMs(attempt, target.retry ?? {}, Math.random), options.signal);
        report = joined(report, await sweep(port, {}, options));
      }
    }
  });
}

/** Removes everything in a bucket, for good; the bucket and its configuration stay. What could not be removed is in the report. Throws as deleteBucket does, but BucketNotEmpty. */
export async function emptyBucket(target: Target, bucket: string, options: Options = {}): Promise<Done> {
  const byServer = await askAmphora(target, bucket, "empty", options);
  if (byServer) return { bucket, by: "server", report: { ...emptyReport(), removed: byServer } };
  return purgeBucket(target, bucket, {}, options);
}

/**
 * Removes for good what is in scope, version by version: "current" without "noncurrent" lets the version before become the current one.
 * What could not be removed is in the report. Throws as emptyBucket does.
 */
export const purgeBucket = (target: Target, bucket: string, scope: Scope, options: Options = {}): Promise<Done> =>
  withBucket(target, bucket, options, async (port) => ({ bucket, by: "client", report: await sweep(port, scope, options) }));

/** What a purge with that scope would remove, were nothing locked: exact counts by a whole listing, which changes nothing. */
export const countBucket = (target: Target, bucket: string, scope: Scope = {}, options: SweepOptions = {}): ReturnType<typeof count> =>
  withBucket(target, bucket, {}, (port) => count(port, scope, options));

const isNotEmpty = (error: unknown): boolean => error instanceof CloudError && error.code === "BucketNotEmpty";
const emptyReport = (): Report => ({ removed: noCounts(), refused: 0, why: { locked: 0, denied: 0, failed: 0 }, examples: [], retries: 0, unlisted: [], complete: true });
function joined(a: Report, b: Report): Report {
  const removed = Object.fromEntries(Object.entries(a.removed).map(([name, n]) => [name, n + b.removed[name as keyof Counts]])) as Counts;
  return { ...b, removed, retries: a.retries + b.retries };
}

async function notEmpty(port: BucketPort, bucket: string, options: Options, report: Report | undefined, cause: unknown): Promise<BucketNotEmpty> {
  const { found, examples, more } = await blockersIn(port, options);
  const answered =
    cause instanceof CloudError ? { code: cause.code ?? "BucketNotEmpty", ...(cause.status === undefined ? {} : { status: cause.status }) } : { code: "BucketNotEmpty" };
  const blockers = { found, more, examples, ...(report === undefined ? {} : { report }) };
  const { why = { locked: 0, denied: 0, failed: 0 } } = report ?? {};
  const reasons = Object.entries(why).flatMap(([name, n]) => (n > 0 ? [`${n} ${name}`] : []));
  const unseen = report?.unlisted.map((name) => `${name} may not be listed with these keys`) ?? [];
  const kept = reasons.length + unseen.length === 0 ? "" : ` (${[...reasons, ...unseen].join(", ")})`;
  const listed = countOf(found);
  const words =
    listed === 0
      ? `${bucket} is refused as not empty, though nothing is listed in it${cause instanceof CloudError ? ` (${cause.message})` : ""}: content that this API does not list${unseen.length === 0 ? "" : ` (${unseen.join(", ")})`}, deletion records (HCP: switch keepDeletionRecords off and prune), or lists that are behind`
      : `${bucket} is not empty: ${more ? "at least " : ""}${listed} ${listed === 1 ? "thing is" : "things are"} in it${kept}`;
  return new BucketNotEmpty(words, { ...answered, blockers, cause });
}

async function blockersIn(port: BucketPort, { signal }: Options): Promise<{ found: Counts; examples: string[]; more: boolean }> {
  const found = noCounts();
  const examples: string[] = [];
  let more = false;
  for (const name of port.lists) {
    let after: Awaited<ReturnType<BucketPort["list"]>>["next"];
    for (let page = 1; page === 1 || (after !== undefined && page <= blockerPagesMax); page++) {
      const { found: items, next } = await port.list(name, "", after, { signal }).catch((error: unknown) => {
        // what keeps the lists from being read is not what the caller asked about
        if (!(error instanceof CloudError)) throw error;
        more = true;
        return { found: [], next: undefined };
      });
      for (const { kind, bytes } of items) {
        found[kind]++;
        found.bytes += bytes;
      }
      examples.push(...items.slice(0, Math.max(0, 10 - examples.length)).map(({ key }) => key));
      after = next;
    }
    more ||= after !== undefined;
  }
  return { found, examples, more };
}
