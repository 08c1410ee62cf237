import { serveHelp } from "../../config/help.ts";
import { options } from "../../config/options.ts";
import { command, type Flag } from "../command.ts";

export const serve = command({
  name: "serve",
  section: "The server",
  summary: "Runs the server until it is told to stop",
  flags: Object.fromEntries(
    options.flatMap(({ flag, kind, help, placeholder = "VALUE" }): [string, Flag][] => {
      if (flag === undefined) return [];
      if (kind.type === "switch") return [[flag, { type: "boolean", help }]];
      return [[flag, { type: "string", value: placeholder, help, ...(kind.type === "choice" ? { choices: kind.choices } : {}) }]];
    }),
  ),
  raw: { help: serveHelp },
  run: ({ args, wired }) => wired.serve(args),
});
