/** Background jobs, as operators see and steer them. */
import { type AdminCall, AdminError, adminOperation, optionalText, pathValue } from "../admin-operation.ts";
import { eventLimits, jobEvents } from "../job-events.ts";

const pageDefault = 100;

function listed(call: AdminCall): { limit: number; open?: boolean } {
  const limit = call.query("limit") ?? String(pageDefault);
  if (!/^\d{1,4}$/.test(limit)) throw new AdminError(400, "invalidArgument", "?limit= is a number up to 1000");
  const list = call.query("list");
  if (list !== undefined && list !== "open" && list !== "ended") throw new AdminError(400, "invalidArgument", "?list= is open or ended");
  return { limit: Number(limit), ...(list === undefined ? {} : { open: list === "open" }) };
}
function turned(call: AdminCall): { job: string; reason?: string } {
  const reason = optionalText(call, "reason");
  return { job: pathValue(call, "job"), ...(reason === undefined ? {} : { reason }) };
}

export const ListJobs = adminOperation({
  name: "ListJobs",
  docs: "Background jobs: open ones, then those that ended, newest first: ?list=open|ended&limit=. Each with state, counts, bytes, rate (examined a second), percent and etaMs, who started it and why.",
  method: "GET",
  path: "/jobs",
  input: listed,
  run: (core, context, input) => core.jobs.list(context, input),
  reply: (jobs) => ({ json: { jobs } }),
});
export const GetJob = adminOperation({
  name: "GetJob",
  docs: "One job.",
  method: "GET",
  path: "/jobs/:job",
  input: (call) => pathValue(call, "job"),
  run: (core, context, job) => core.jobs.get(context, job),
  reply: (job) => ({ json: job }),
});
export const PauseJob = adminOperation({
  name: "PauseJob",
  docs: "It stands still until it is resumed, over restarts too: { reason? }. A job that ended: 409.",
  method: "POST",
  path: "/jobs/:job/pause",
  input: turned,
  run: (core, context, input) => core.jobs.pause(context, input),
  reply: (job) => ({ json: job }),
});
export const ResumeJob = adminOperation({
  name: "ResumeJob",
  docs: "It goes on where it was: { reason? }.",
  method: "POST",
  path: "/jobs/:job/resume",
  input: turned,
  run: (core, context, input) => core.jobs.resume(context, input),
  reply: (job) => ({ json: job }),
});
export const CancelJob = adminOperation({
  name: "CancelJob",
  docs: "It ends; what it did stays done: { reason? }.",
  method: "POST",
  path: "/jobs/:job/cancel",
  input: turned,
  run: (core, context, input) => core.jobs.cancel(context, input),
  reply: (job) => ({ json: job }),
});

export const JobEvents = adminOperation({
  name: "JobEvents",
  docs: "Server-sent events: the job whenever it has changed, until it is over (`event: job`), or gone (`event: gone`).",
  method: "GET",
  path: "/jobs/:job/events",
  input: (call) => pathValue(call, "job"),
  run: async (core, context, job, call) => {
    await core.jobs.get(context, job);
    return jobEvents(async () => [await core.jobs.get(context, job)], { call, untilOver: true });
  },
  reply: (events) => ({ events }),
});
export const JobsEvents = adminOperation({
  name: "JobsEvents",
  docs: "Server-sent events: every open job, and those that ended last, whenever one has changed (`event: job`).",
  method: "GET",
  path: "/job-events",
  input: () => undefined,
  run: async (core, context, _input, call) => jobEvents(() => core.jobs.list(context, { limit: eventLimits.jobsMax }), { call, untilOver: false }),
  reply: (events) => ({ events }),
});
