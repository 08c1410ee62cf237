/** What each kind of job does in a step. */
import { lifecycleStep } from "../lifecycle/pass.ts";
import type { JobKinds } from "./step.ts";

export const jobKinds: JobKinds = { lifecycle: lifecycleStep };
