import { command, serverFlags } from "../command.ts";
import { objectIn, withData } from "../data-client.ts";
import { secondsIn } from "../durations.ts";

const methods = ["GET", "HEAD", "PUT", "DELETE"] as const;
const expiresSecondsMax = 604_800;

export const presign = command({
  name: "presign",
  section: "Buckets and objects",
  summary: "Makes a URL with which anybody may do one thing to one object for a time",
  names: "BUCKET/KEY",
  details: "Nothing is asked of the server. The URL ends with the key that signed it.",
  flags: {
    method: { type: "string", value: "METHOD", choices: methods, help: "What it is for; default: GET." },
    expires: { type: "string", value: "TIME", help: "How long: seconds, or 15m, 12h, 7d (the most); default: 1h." },
    "version-id": { type: "string", value: "ID", help: "Of this version." },
    ...serverFlags,
  },
  run: (call) =>
    withData(call, async (data) => {
      const { method = "GET", expires = "1h", "version-id": versionId } = call.flags;
      const { bucket, key } = objectIn(call.names[0] as string);
      const seconds = secondsIn(expires, "--expires", expiresSecondsMax);
      const url = data.presign({ method: method as (typeof methods)[number], bucket, key, query: { versionId } }, seconds);
      await call.out.one({ url, method, expiresSeconds: seconds }, `${url}\n`);
    }),
});
