/** Everything in scope is listed and removed, over and over, until a pass finds nothing more to do. The bucket is the only state. */
import { type BucketPort, batchMax, type Found, type ListName, type PortOptions, type PurgeKind, purgeKinds, type Refused } from "./bucket-port.ts";
import { AccessDenied, CloudError, Unavailable } from "./errors.ts";
import { delayMs, healsWithTime, pause } from "./retry.ts";

/** `before`: last written (or begun) before. All of it by default. */
export type Scope = { prefix?: string | undefined; kinds?: readonly PurgeKind[] | undefined; before?: Date | undefined };
export type Counts = Record<PurgeKind, number> & { bytes: number };
export type Progress = { doing: "listing" | "removing" | "waiting"; removed: Counts; refused: number; retries: number };
/** `refused`: how many; `examples`: the first of them, explained; `why`: how many of each sort. `unlisted`: what the keys may not list, and
 * which is left if it is there. `complete`: nothing in scope is left that was there. */
export type Report = { removed: Counts; refused: number; why: Record<Refused["why"], number>; examples: Refused[]; retries: number; unlisted: ListName[]; complete: boolean };

export type SweepOptions = {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Requests at once. Default 8. */
  concurrency?: number | undefined;
};

export const sweepLimits = {
  passesMax: 20,
  /** Refusals that are remembered, and explained. */
  examplesMax: 20,
  /** Of single keys that a service is asked again for, since it was too busy for them. */
  keyAttemptsMax: 6,
  concurrencyMax: 64,
} as const;

export const noCounts = (): Counts => ({ current: 0, noncurrent: 0, markers: 0, uploads: 0, channels: 0, bytes: 0 });
export const countOf = (counts: Counts): number => purgeKinds.reduce((sum, kind) => sum + counts[kind], 0);
function add(counts: Counts, { kind, bytes }: Found): void {
  counts[kind]++;
  counts.bytes += bytes;
}

/** Pages of everything in scope, list after list. */
export async function* foundIn(port: BucketPort, scope: Scope, options: PortOptions, unlisted: Set<ListName>): AsyncGenerator<Found[]> {
  const { prefix = "", kinds = purgeKinds, before } = scope;
  const wanted: Record<ListName, boolean> = {
    versions: kinds.some((kind) => kind === "current" || kind === "noncurrent" || kind === "markers"),
    uploads: kinds.includes("uploads"),
    channels: kinds.includes("channels"),
  };
  const lists = port.lists.filter((list) => wanted[list]);
  for (const name of lists) {
    let after: Awaited<ReturnType<BucketPort["list"]>>["next"];
    do {
      const page = await port.list(name, prefix, after, options).catch((error: unknown) => {
        // rights to delete objects do not always come with those to list uploads; what is asked for alone has to be seen
        if (!(error instanceof AccessDenied) || name === "versions" || lists.length === 1) throw error;
        unlisted.add(name);
        return { found: [], next: undefined };
      });
      if (page.next !== undefined && JSON.stringify(page.next) === JSON.stringify(after)) throw new CloudError(`the list of ${name} does not go on`);
      after = page.next;
      // what has no date is not known to be old
      yield page.found.filter(({ kind, modifiedMs }) => kinds.includes(kind) && (before === undefined || (modifiedMs ?? Number.POSITIVE_INFINITY) < before.getTime()));
    } while (after !== undefined);
  }
}

/** Runs at most `size` tasks at once; `run` waits for a place. The first that fails ends them all. */
function createPool(size: number) {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const check = (): void => {
    if (failure) throw failure.error;
  };
  return {
    async run(task: () => Promise<void>): Promise<void> {
      while (running.size >= size) await Promise.race(running);
      check();
      const one = task()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(one));
      running.add(one);
    },
    async drain(): Promise<void> {
      await Promise.all(running);
      check();
    },
    /** What runs ends; nobody waits for its outcome. */
    settle: async (): Promise<void> => void (await Promise.all(running)),
  };
}

/** Throws what the port throws, and what `signal` was aborted with; what was removed until then is gone. */
export async function sweep(port: BucketPort, scope: Scope, options: SweepOptions): Promise<Report> {
  const removed = noCounts();
  const concurrency = Math.max(1, Math.min(options.concurrency ?? 8, sweepLimits.concurrencyMax));
  const unlisted = new Set<ListName>();
  let retries = 0;
  let refusedSoFar = 0;
  const tell = (doing: Progress["doing"]): void => options.onProgress?.({ doing, removed: { ...removed }, refused: refusedSoFar, retries });
  const portOptions: PortOptions = {
    signal: options.signal,
    onRetry: () => {
      retries++;
      tell("waiting");
    },
  };

  async function removeBatch(batch: readonly Found[]): Promise<Refused[]> {
    let left = batch;
    const settled: Refused[] = [];
    for (let attempt = 1; ; attempt++) {
      const refused = await port.removeMany(left, portOptions);
      const names = new Set(refused.map(nameOf));
      for (const found of left) if (!names.has(nameOf(found))) add(removed, found);
      const again = refused.filter(healsWithTime);
      settled.push(...refused.filter((one) => !healsWithTime(one)));
      tell("removing");
      if (again.length === 0) return settled;
      if (attempt === sweepLimits.keyAttemptsMax)
        throw new Unavailable(`${again[0]?.key} is not deleted after ${attempt} attempts: ${again[0]?.message}`, { code: again[0]?.code ?? "" });
      retries++;
      await pause(delayMs(attempt, {}, Math.random), options.signal);
      left = again;
    }
  }

  async function pass(): Promise<{ acted: number; refused: Refused[]; refusedCount: number; why: Report["why"] }> {
    const before = countOf(removed);
    const refused: Refused[] = [];
    const why = { locked: 0, denied: 0, failed: 0 };
    refusedSoFar = 0;
    const note = (more: readonly Refused[]): void => {
      refusedSoFar += more.length;
      for (const one of more) why[one.why]++;
      refused.push(...more.slice(0, Math.max(0, sweepLimits.examplesMax - refused.length)));
    };
    const pool = createPool(concurrency);
    const removeOne = async (found: Found): Promise<void> => {
      const one = await port.remove(found, portOptions);
      if (one) note([one]);
      else add(removed, found);
      tell("removing");
    };
    try {
      for await (const page of foundIn(port, scope, portOptions, unlisted)) {
        tell("listing");
        const versions = page.filter(({ kind }) => kind !== "uploads" && kind !== "channels");
        for (let at = 0; at < versions.length; at += batchMax) {
          const batch = versions.slice(at, at + batchMax);
          await pool.run(async () => note(await removeBatch(batch)));
        }
        for (const found of page) if (found.kind === "uploads" || found.kind === "channels") await pool.run(() => removeOne(found));
      }
      await pool.drain();
    } catch (error) {
      await pool.settle();
      throw error;
    }
    return { acted: countOf(removed) - before, refused, refusedCount: refusedSoFar, why };
  }

  for (let passes = 1; ; passes++) {
    const { acted, refused, refusedCount, why } = await pass();
    // what a pass removed may have been in the way of something else (folders), and more may have come meanwhile
    if (acted > 0 && passes < sweepLimits.passesMax) continue;
    const examples = await Promise.all(refused.map((one) => port.explain(one, portOptions)));
    for (const [index, one] of examples.entries()) {
      const was = refused[index]?.why;
      if (was === undefined || was === one.why) continue;
      why[was]--;
      why[one.why]++;
    }
    return { removed, refused: refusedCount, why, examples, retries, unlisted: [...unlisted], complete: refusedCount === 0 && acted === 0 && unlisted.size === 0 };
  }
}
const nameOf = ({ key, id }: Found): string => `${key}\0${id ?? ""}`;

/** What is there, exactly, changing nothing. `sample`: the first of it. */
export async function count(port: BucketPort, scope: Scope, { signal, onProgress }: SweepOptions): Promise<{ found: Counts; sample: Found[]; unlisted: ListName[] }> {
  const found = noCounts();
  const sample: Found[] = [];
  const unlisted = new Set<ListName>();
  let retries = 0;
  const onRetry = (): void => {
    retries++;
  };
  for await (const page of foundIn(port, scope, { signal, onRetry }, unlisted)) {
    for (const one of page) add(found, one);
    sample.push(...page.slice(0, Math.max(0, sweepLimits.examplesMax - sample.length)));
    onProgress?.({ doing: "listing", removed: noCounts(), refused: 0, retries });
  }
  return { found, sample, unlisted: [...unlisted] };
}
