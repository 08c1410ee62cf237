/** What each kind of job does in a step. */
import { inventoryJob } from "../inventory/job.ts";
import { lifecycleStep } from "../lifecycle/pass.ts";
import { purgeStep } from "../purge/step.ts";
import type { JobKinds } from "./step.ts";

export const jobKinds = { inventory: inventoryJob, lifecycle: lifecycleStep, purge: purgeStep } satisfies JobKinds;
