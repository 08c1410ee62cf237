import { command, serverFlags, tenantFlag } from "../command.ts";
import { destroyFlags } from "../confirm.ts";
import { detachBucket } from "../detach.ts";

export const empty = command({
  name: "empty",
  section: "Deleting, and having back",
  summary: "Puts everything in a bucket into the trash, in one step; the bucket and its configuration stay",
  names: "BUCKET",
  details: "Objects, versions, delete markers and uploads go, whatever their number. A locked version refuses it, by name.",
  flags: { ...destroyFlags, ...tenantFlag, ...serverFlags },
  run: (call) => detachBucket(call, call.names[0] as string, "empty"),
});
