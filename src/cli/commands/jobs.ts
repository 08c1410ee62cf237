import type { ShownJob } from "../../core/jobs/api.ts";
import { adminOf } from "../admin-client.ts";
import { command, serverFlags } from "../command.ts";
import { UsageError } from "../exits.ts";
import { exitOfJob, followJob, jobColumns, jobRow, jobWords } from "../jobs.ts";
import type { Row } from "../table.ts";

const section = "Background work";

export const jobsList = command({
  name: "jobs list",
  section,
  summary: "Lists jobs: open ones, then those that ended, the newest first",
  flags: {
    state: { type: "string", value: "STATE", choices: ["open", "ended"], help: "Only those." },
    limit: { type: "string", value: "N", help: "At most so many; default: 100." },
    ...serverFlags,
  },
  async run(call) {
    const { state, limit = "100" } = call.flags;
    if (!/^\d{1,4}$/.test(limit)) throw new UsageError("--limit is a number up to 1000");
    const { jobs } = (await adminOf(call)("GET", `/jobs?limit=${limit}${state === undefined ? "" : `&list=${state}`}`)) as { jobs: ShownJob[] };
    await call.out.rows(call.out.isJson ? (jobs as unknown as Row[]) : jobs.map(jobRow), jobColumns);
  },
});

export const jobsShow = command({
  name: "jobs show",
  section,
  summary: "Shows one job with its whole story",
  names: "ID",
  flags: serverFlags,
  async run(call) {
    const job = (await adminOf(call)("GET", `/jobs/${encodeURIComponent(call.names[0] as string)}`)) as ShownJob;
    const notes = job.notes.map(
      ({ atMs, what, by, reason }) => `  ${new Date(atMs).toISOString()} ${what} by ${by}${reason === undefined || reason === "" ? "" : `: ${reason}`}\n`,
    );
    const told = `  told: ${JSON.stringify(job.input)}\n${job.result === undefined ? "" : `  found: ${JSON.stringify(job.result)}\n`}`;
    await call.out.one(job, `${jobWords(job)}${told}${notes.join("")}`);
  },
});

const turn = (verb: "pause" | "resume" | "cancel", summary: string) =>
  command({
    name: `jobs ${verb}`,
    section,
    summary,
    names: "ID",
    flags: { reason: { type: "string", value: "TEXT", help: "Why; stands in the job and in the audit log." }, ...serverFlags },
    async run(call) {
      const job = (await adminOf(call)("POST", `/jobs/${encodeURIComponent(call.names[0] as string)}/${verb}`, { reason: call.flags.reason })) as ShownJob;
      await call.out.one(job, jobWords(job));
    },
  });
export const jobsPause = turn("pause", "Holds a job until it is resumed, over restarts too");
export const jobsResume = turn("resume", "Lets a paused job go on where it was");
export const jobsCancel = turn("cancel", "Ends a job; what it did stays done");

export const jobsWatch = command({
  name: "jobs watch",
  section,
  summary: "Watches a job until it is over",
  names: "ID",
  details: "With --json: a line whenever it has changed. Exit code 0: done; 6: a lock kept some of it; 1: it failed or was cancelled.",
  flags: serverFlags,
  async run(call) {
    const { out } = call;
    const job = await followJob(call, adminOf(call), call.names[0] as string, async (each) => {
      if (out.isJson) await out.one(each, "");
    });
    if (!out.isJson) await out.write(jobWords(job));
    return exitOfJob(job);
  },
});
