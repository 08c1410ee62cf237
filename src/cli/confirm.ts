/** What every command that destroys has: a dry run, a reason for the audit log, and the name, typed once more. */
import type { Flags } from "./command.ts";
import { CommandError } from "./exits.ts";
import type { Output } from "./output.ts";

export const destroyFlags = {
  "dry-run": { type: "boolean", help: "Says what would go, and changes nothing." },
  confirm: { type: "string", value: "NAME", help: "The name once more; without it a person at a terminal is asked, and a program refused." },
  reason: { type: "string", value: "TEXT", help: "Why; stands in the server's audit log." },
} as const satisfies Flags;

/** The name as it was confirmed. Throws "refused" when it was not. `what`: what becomes of it, as in `delete photos with 3 objects`. */
export async function confirmed({ flags, out }: { flags: { confirm: string | undefined }; out: Output }, name: string, what: string): Promise<string> {
  if (flags.confirm !== undefined) {
    if (flags.confirm === name) return name;
    throw new CommandError("refused", `--confirm ${flags.confirm} is not ${name}; nothing was done`);
  }
  if (!out.isTerminal) throw new CommandError("refused", `to ${what}, say --confirm ${name} (see --dry-run first); nothing was done`);
  const typed = await out.ask(`This will ${what}.\nType ${name} to go on: `);
  if (typed.trim() !== name) throw new CommandError("refused", "not confirmed; nothing was done");
  return name;
}
