import { command, serverFlags } from "../command.ts";

export const check = command({
  name: "check",
  section: "The server",
  summary: "Verifies everything that a stopped server stored",
  details: "Changes nothing. Exit code 1: something is lost or wrong; what is merely left over is reported, and no failure.",
  flags: {
    data: serverFlags.data,
    class: { type: "string", value: "NAME=FOLDER", multiple: true, help: "Where the folder of a storage class is now, if it is not where it was." },
  },
  run: ({ flags, out, wired }) => wired.check({ data: flags.data, json: out.isJson, classes: flags.class }),
});
