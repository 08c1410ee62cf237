import type { BlockersInFull } from "../../core/errors.ts";
import { adminOf, inTenant } from "../admin-client.ts";
import { command, serverFlags, tenantFlag } from "../command.ts";
import { destroyFlags } from "../confirm.ts";
import { withData } from "../data-client.ts";
import { detachBucket } from "../detach.ts";
import { CommandError, exits } from "../exits.ts";
import { explainDelete } from "../explain.ts";
import { hasOwnKey } from "../known-server.ts";

export const rb = command({
  name: "rb",
  section: "Deleting, and having back",
  summary: "Deletes a bucket; with --force whatever is in it. It goes into the trash, in one step",
  names: "BUCKET",
  details:
    "Its name is free at once. Without --force, a bucket with anything in it is refused (exit code 4), and what is in the way is said; a locked version refuses it in any case.\nAdministrators delete any bucket. With AMPHORA_ACCESS_KEY_ID set, an empty bucket is deleted as that account, through S3, and for good.",
  flags: { force: { type: "boolean", short: "f", help: "With everything in it; asks for the name. For administrators." }, ...destroyFlags, ...tenantFlag, ...serverFlags },
  async run(call) {
    const [bucket = ""] = call.names;
    const { force, tenant, "dry-run": isDry } = call.flags;
    if (force) return await detachBucket(call, bucket, "delete");
    if (hasOwnKey(call.env) && !isDry) {
      await withData(call, (data) => data.send({ method: "DELETE", bucket: tenant === undefined ? bucket : `${tenant}:${bucket}` }, { signal: call.signal }));
      await call.out.one({ bucket, deleted: true }, `${bucket} deleted\n`);
      return exits.done;
    }
    const blockers = (await adminOf(call)("GET", `/buckets/${encodeURIComponent(bucket)}/blockers${inTenant(tenant)}`)) as BlockersInFull;
    if (blockers.blocks.openUploadsRefuse) throw new CommandError("refused", explainDelete(bucket, blockers).trimEnd());
    // nothing is in it: nobody has to type its name
    return await detachBucket({ ...call, flags: { ...call.flags, confirm: bucket } }, bucket, "delete");
  },
});
