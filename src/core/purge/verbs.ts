/** The verbs of purging, bound to the ports. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { BucketAddress, Context } from "../api.ts";
import { usageOf } from "../buckets/read.ts";
import { fail } from "../errors.ts";
import type { ShownJob } from "../jobs/api.ts";
import { newJobId } from "../jobs/model.ts";
import { showJob } from "../jobs/show.ts";
import { audit, boundReason, insertJob, whoAsks } from "../jobs/verbs.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { type Confirmed, type PurgeScope, type PurgeVerbs, purgeKinds } from "./api.ts";
import { deleteFullBucket, emptyBucket, judgeConfirmation, planDetach, setTrashKeep } from "./detach.ts";
import { forceDeleteBucket, forcePurge } from "./force.ts";
import type { PurgeInput } from "./step.ts";
import { emptyTrash, listTrash, restoreBucket } from "./trash.ts";

async function startPurge(ports: Ports, context: Context, input: BucketAddress & PurgeScope & Confirmed & { dryRun: boolean }): Promise<ShownJob> {
  authorizeAdmin(context);
  if (!input.dryRun) judgeConfirmation(input.bucket, input);
  if (input.kinds.length === 0) fail("invalidArgument", { argument: "kinds", value: "", why: `one or more of ${purgeKinds.join(", ")}` });
  const reason = boundReason(input.reason);
  const job = await transact(ports, context, bucketTurn(input), async (view, change) => {
    const { state, stateKey, stateValue } = await view.bucket(context, input);
    const { kinds, prefix, beforeMs, dryRun } = input;
    const told: PurgeInput = { kinds, prefix, dryRun, ...(beforeMs === undefined ? {} : { beforeMs }) };
    const usage = await usageOf(view, state.generation);
    change.expect(stateKey, stateValue);
    return insertJob(view, change, {
      id: newJobId(ports),
      kind: "purge",
      bucket: { tenant: state.tenant, name: state.name, generation: state.generation },
      input: told,
      by: whoAsks(context),
      reason,
      // How much stands under a prefix nobody knows.
      ...(prefix === ""
        ? { expected: usage.objects + usage.versions + usage.markers + (kinds.includes("uploads") ? usage.uploads : 0) + (kinds.includes("binned") ? usage.binned : 0) }
        : {}),
    });
  });
  audit(ports, "job.started", job, job.by, reason);
  return showJob(job);
}

export const purgeVerbs = (ports: Ports): PurgeVerbs => ({
  purge: (context, input) => startPurge(ports, context, input),
  deleteBucket: (context, input) => deleteFullBucket(ports, context, input),
  emptyBucket: (context, input) => emptyBucket(ports, context, input),
  forceDelete: (context, input) => forceDeleteBucket(ports, context, input),
  forcePurge: (context, input) => forcePurge(ports, context, input),
  plan: (context, input) => planDetach(ports, context, input),
  setTrashKeep: (context, input) => setTrashKeep(ports, context, input),
  trash: (context, input) => listTrash(ports, context, input),
  restore: (context, input) => restoreBucket(ports, context, input),
  emptyTrash: (context, input) => emptyTrash(ports, context, input),
});
