/** Jobs as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { setTimeout as sleep } from "node:timers/promises";
import { isDomainError } from "../../core/errors.ts";
import type { ShownJob } from "../../core/jobs/api.ts";
import { isOver } from "../../core/jobs/model.ts";
import type { ByteSource } from "../../core/ports.ts";
import { type AdminCall, AdminError } from "./admin-operation.ts";

export const eventLimits = {
  /** Of one thread. */
  streamsMax: 64,
  /** How many jobs one stream shows. */
  jobsMax: 100,
  lookMs: 500,
  /** A comment now and then, so that somebody notices when nobody listens any more. */
  quietMsMax: 15_000,
  /** Then the stream ends; who listens still connects anew by itself. */
  streamMsMax: 3_600_000,
} as const;

let streams = 0;

/** `look` is asked again and again; what has changed since is an event. Ends with the client, the server, or (`untilOver`) the jobs. */
export function jobEvents(look: () => Promise<ShownJob[]>, { call, untilOver }: { call: Pick<AdminCall, "draining" | "request">; untilOver: boolean }): ByteSource {
  if (streams >= eventLimits.streamsMax) throw new AdminError(503, "overloaded", `more than ${eventLimits.streamsMax} streams of events`);
  streams++;
  const { signal } = call.request;
  const endAt = performance.now() + eventLimits.streamMsMax;
  const told = new Map<string, string>();
  let closed = false;
  let ended = false;
  let isFirst = true;

  const changed = (jobs: readonly ShownJob[]): string => {
    let text = "";
    for (const job of jobs) {
      const data = JSON.stringify(job);
      if (told.get(job.id) === data) continue;
      told.set(job.id, data);
      text += `event: job\ndata: ${data}\n\n`;
    }
    for (const id of told.keys()) if (!jobs.some((job) => job.id === id)) told.delete(id);
    return text;
  };

  return {
    async read() {
      const quietAt = performance.now() + eventLimits.quietMsMax;
      while (!ended && !closed && !signal.aborted && !call.draining() && performance.now() < endAt) {
        if (!isFirst) await sleep(eventLimits.lookMs);
        isFirst = false;
        try {
          const jobs = await look();
          if (untilOver && jobs.every(isOver)) ended = true;
          const text = changed(jobs);
          if (text !== "") return Buffer.from(text);
        } catch (error) {
          if (!isDomainError(error, "jobMissing")) throw error;
          ended = true;
          return Buffer.from("event: gone\ndata: {}\n\n");
        }
        if (performance.now() >= quietAt) return Buffer.from(": still here\n\n");
      }
      return undefined;
    },
    close() {
      if (!closed) streams--;
      closed = true;
    },
  };
}
