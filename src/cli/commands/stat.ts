import { command, serverFlags } from "../command.ts";
import { placeIn, versioningOf, withData } from "../data-client.ts";
import { bytesText } from "../table.ts";

/** Of one answer, not of the object. */
const passing: ReadonlySet<string> = new Set(["date", "connection", "keep-alive", "server", "x-amz-request-id", "x-amz-id-2", "accept-ranges", "vary"]);

export const stat = command({
  name: "stat",
  section: "Buckets and objects",
  summary: "Shows what is known of an object, or of a bucket",
  names: "BUCKET[/KEY]",
  flags: { "version-id": { type: "string", value: "ID", help: "Of this version." }, ...serverFlags },
  run: (call) =>
    withData(call, async (data) => {
      const { out, signal } = call;
      const { bucket, key } = placeIn(call.names[0] as string);
      const show = async (rows: Record<string, unknown>): Promise<void> =>
        await out.one(
          rows,
          Object.entries(rows)
            .map(([name, value]) => `${name}: ${String(value)}\n`)
            .join(""),
        );
      if (key === "") {
        const { headers } = await data.send({ method: "HEAD", bucket }, { signal });
        return await show({ bucket, region: headers["x-amz-bucket-region"] ?? "-", versioning: await versioningOf(data, bucket, signal) });
      }
      const { headers } = await data.send({ method: "HEAD", bucket, key, query: { versionId: call.flags["version-id"] } }, { signal });
      const size = Number(headers["content-length"]);
      const rest = Object.entries(headers).filter(([name]) => !passing.has(name) && name !== "content-length");
      await show({ bucket, key, size: out.isJson ? size : `${size} (${bytesText(size)})`, ...Object.fromEntries(rest) });
    }),
});
