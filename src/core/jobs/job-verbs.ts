/** The verbs of jobs, bound to the ports. */
import { inventoryStatus, runInventory } from "../inventory/run.ts";
import { setDisposition } from "../lifecycle/disposition.ts";
import { lifecycleReport, runLifecycle } from "../lifecycle/run.ts";
import type { Ports } from "../ports.ts";
import type { JobVerbs } from "./api.ts";
import { cancelJob, getJob, listJobs, pauseJob, resumeJob } from "./verbs.ts";

export const jobVerbs = (ports: Ports): JobVerbs => ({
  list: (context, input) => listJobs(ports, context, input),
  get: (context, job) => getJob(ports, context, job),
  pause: (context, input) => pauseJob(ports, context, input),
  resume: (context, input) => resumeJob(ports, context, input),
  cancel: (context, input) => cancelJob(ports, context, input),
  lifecycle: (context, input) => lifecycleReport(ports, context, input),
  setDisposition: (context, input) => setDisposition(ports, context, input),
  runLifecycle: (context, input) => runLifecycle(ports, context, input),
  inventories: (context, input) => inventoryStatus(ports, context, input),
  runInventory: (context, input) => runInventory(ports, context, input),
});
