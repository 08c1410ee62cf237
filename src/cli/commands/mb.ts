import { command, serverFlags } from "../command.ts";
import { placeIn, withData } from "../data-client.ts";
import { UsageError } from "../exits.ts";

export const mb = command({
  name: "mb",
  section: "Buckets and objects",
  summary: "Makes a bucket",
  names: "BUCKET",
  flags: {
    versioning: { type: "boolean", help: "With versions: what is deleted or overwritten can be had back." },
    lock: { type: "boolean", help: "With object lock, which versions come with." },
    ...serverFlags,
  },
  run: (call) =>
    withData(call, async (data) => {
      const { flags, signal } = call;
      const { bucket, key } = placeIn(call.names[0] as string);
      if (key !== "") throw new UsageError(`"${call.names[0]}" is no bucket's name`);
      await data.send({ method: "PUT", bucket, headers: flags.lock ? { "x-amz-bucket-object-lock-enabled": "true" } : {} }, { signal });
      if (flags.versioning && !flags.lock) {
        const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        await data.send({ method: "PUT", bucket, query: { versioning: "" }, body }, { signal });
      }
      await call.out.one({ bucket }, `made ${bucket}\n`);
    }),
});
