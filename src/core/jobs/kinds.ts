/** What each kind of job does in a step. */
import { lifecycleStep } from "../lifecycle/pass.ts";
import { purgeStep } from "../purge/step.ts";
import type { JobKinds } from "./step.ts";

export const jobKinds: JobKinds = { lifecycle: lifecycleStep, purge: purgeStep };
