import type { BlockersInFull } from "../../core/errors.ts";
import { adminOf, inTenant } from "../admin-client.ts";
import { command, serverFlags, tenantFlag } from "../command.ts";
import { exits } from "../exits.ts";
import { explainDelete } from "../explain.ts";

export const explainDeleteCommand = command({
  name: "explain delete",
  section: "Deleting, and having back",
  summary: "Says what keeps a bucket from being deleted, and what to do",
  names: "BUCKET",
  flags: { ...tenantFlag, ...serverFlags },
  details: "Exit code 0: nothing is in the way; 1: something is.",
  async run(call) {
    const [bucket = ""] = call.names;
    const blockers = (await adminOf(call)("GET", `/buckets/${encodeURIComponent(bucket)}/blockers${inTenant(call.flags.tenant)}`)) as BlockersInFull;
    await call.out.one(blockers, explainDelete(bucket, blockers));
    return blockers.blocks.openUploadsRefuse ? exits.failed : exits.done;
  },
});
