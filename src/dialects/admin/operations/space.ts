/** Where the bytes are, and having back what nobody needs. */
import { adminOperation, optionalText } from "../admin-operation.ts";

export const GetSpace = adminOperation({
  name: "GetSpace",
  docs: "Bytes that are live, in the trash (and until when), being reclaimed, waiting for their readers, and what the files on disk hold, live and dead; what the last reclaim that was asked for came to.",
  method: "GET",
  path: "/space",
  input: () => undefined,
  run: (core, context) => core.space.report(context),
  reply: (report) => ({ json: report }),
});
export const ReclaimSpace = adminOperation({
  name: "ReclaimSpace",
  docs: "Everything that nothing holds is reclaimed at once, and volumes with dead bytes are compacted: { reason? }. It is over when GET /space shows `reclaim.done` at the `asked` of the answer.",
  method: "POST",
  path: "/space/reclaim",
  input: (call) => {
    const reason = optionalText(call, "reason");
    return reason === undefined ? {} : { reason };
  },
  run: (core, context, input) => core.space.reclaimNow(context, input),
  reply: (row) => ({ created: true, json: row }),
});
