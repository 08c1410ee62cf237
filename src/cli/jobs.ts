/** Jobs of the server as commands show them, and waiting until one is over. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ShownJob } from "../core/jobs/api.ts";
import { isOver } from "../core/jobs/model.ts";
import type { AdminClient } from "./admin-client.ts";
import type { Call, Flags } from "./command.ts";
import { CommandError, exits } from "./exits.ts";
import { bytesText, countText, durationText, numberText, type Row } from "./table.ts";

export const jobColumns = ["id", "kind", "bucket", "state", "done", "examined", "acted", "bytes", "locked", "eta", "by", "createdMs"];

export function jobRow({ id, kind, state, bucket, counts, percent, etaMs, by, createdMs }: ShownJob): Row {
  const { examined, acted, bytes, locked } = counts;
  return {
    id,
    kind,
    bucket: bucket.tenant === "default" ? bucket.name : `${bucket.tenant}:${bucket.name}`,
    state,
    done: percent === undefined ? undefined : `${percent} %`,
    examined: numberText(examined),
    acted: numberText(acted),
    bytes: bytesText(bytes),
    locked: numberText(locked),
    eta: etaMs === undefined ? undefined : durationText(etaMs),
    by,
    createdMs,
  };
}

const doneWords: Readonly<Record<string, string>> = { purge: "removed", lifecycle: "removed or moved" };
/** What a job came to, in a line. */
export function jobWords({ id, kind, state, counts, error, bucket, input }: ShownJob): string {
  const { matched, acted, bytes, locked } = counts;
  const isDry = (input as { dryRun?: boolean } | undefined)?.dryRun === true;
  const did = isDry ? `${countText(matched, "entry", "entries")} due` : `${countText(acted, "entry", "entries")} ${doneWords[kind] ?? "done"}`;
  return `${kind} of ${bucket.name} ${state}${isDry ? " (dry run)" : ""}: ${did}, ${bytesText(bytes)}${locked > 0 ? `, ${numberText(locked)} kept by locks` : ""}${error === undefined ? "" : `; ${error}`} (job ${id})\n`;
}

/** 0: done, all of it; 6: a lock kept some of it; 1: failed or cancelled. */
export function exitOfJob({ state, counts, input }: Pick<ShownJob, "state" | "counts" | "input">): number {
  if (state !== "done") return exits.failed;
  return counts.locked > 0 && (input as { dryRun?: boolean } | undefined)?.dryRun !== true ? exits.partly : exits.done;
}

export const waitFlags = {
  "no-wait": { type: "boolean", help: "Returns as soon as the job is begun; see it with: amphora jobs watch ID." },
} as const satisfies Flags;

export const watchLimits = { retriesMax: 8, retryMsMax: 15_000 } as const;

/** Until it is over; a server that restarts meanwhile is waited for. `each`: told whenever the job has changed. Throws "missing" for what is no job, or none any more. */
export async function followJob(call: Pick<Call, "out" | "signal">, client: AdminClient, id: string, each: (job: ShownJob) => Promise<void> = async () => {}): Promise<ShownJob> {
  const progress = call.out.progress(`job ${id}`);
  try {
    for (let failures = 0; ; ) {
      let why = "its stream of events ended";
      try {
        for await (const { event, data } of client.events(`/jobs/${encodeURIComponent(id)}/events`, call.signal)) {
          if (event === "gone") throw new CommandError("missing", `there is no job ${id} any more`);
          const job = data as ShownJob;
          failures = 0;
          const { examined, bytes } = job.counts;
          progress.show({ done: examined, total: job.expected, bytes, note: job.state === "running" ? undefined : job.state });
          await each(job);
          if (isOver(job)) return job;
        }
      } catch (error) {
        if (call.signal.aborted || (error instanceof CommandError && error.exit !== exits.unavailable)) throw error;
        why = (error as Error).message;
      }
      if (++failures > watchLimits.retriesMax) throw new CommandError("unavailable", `the job ${id} cannot be watched any more (${why}); it goes on in the server`);
      await sleep(Math.min(watchLimits.retryMsMax, 250 * 2 ** failures), undefined, { signal: call.signal });
    }
  } catch (error) {
    if (call.signal.aborted) call.out.note(`\nThe job goes on: amphora jobs watch ${id}\n`);
    throw error;
  } finally {
    progress.end();
  }
}

/** Waits for a job that was just started, unless told not to, and says what it came to. Gives the exit code. */
export async function startedJob(call: Call<typeof waitFlags>, client: AdminClient, started: ShownJob): Promise<number> {
  if (call.flags["no-wait"]) {
    await call.out.one(started, `begun: amphora jobs watch ${started.id}\n`);
    return exits.done;
  }
  const job = await followJob(call, client, started.id);
  await call.out.one(job, jobWords(job));
  return exitOfJob(job);
}
