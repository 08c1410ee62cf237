/** `amphora <command> ...`: finds the command, and turns what it throws into one sentence and an exit code. */
import { readFileSync } from "node:fs";
import { serveHelp } from "../config/help.ts";
import { nearest, SettingsError } from "../config/values.ts";
import { explainCommand } from "./explain-command.ts";
import { accountCommand, keyCommand, tenantCommand } from "./identity-commands.ts";

/** Gives the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

const overview = `amphora: one object store reached through the OSS, S3 and HCP APIs

  amphora serve [flags]                          run the server (amphora help serve)
  amphora check [--data FOLDER] [--json]         verify everything a stopped server stored
  amphora tenant  create NAME | list | delete NAME
  amphora account create NAME [--tenant T] ... | list | delete ID
  amphora key     create --account ID [--user U] | list --account ID | delete KEY
  amphora explain delete BUCKET [--tenant T]     what keeps a bucket from being deleted, and what to do
  amphora help [command]
  amphora --version

The commands in the middle talk to a running server: they read its address and token from the data folder
(--data, default ./data/store), or from AMPHORA_ENDPOINT and AMPHORA_ADMIN_TOKEN. --json prints JSON.
`;

export async function commandLine(args: readonly string[], wired: { serve: Command; check: Command }): Promise<number> {
  const commands: Record<string, Command> = {
    serve: wired.serve,
    check: wired.check,
    tenant: tenantCommand,
    account: accountCommand,
    key: keyCommand,
    explain: explainCommand,
    help,
  };
  const [name = "help", ...rest] = args;
  try {
    if (name === "--version" || name === "-v" || name === "version") return print(`amphora ${version()} (node ${process.version})\n`);
    if (name === "--help" || name === "-h") return await help(rest);
    if (rest.includes("--help") || rest.includes("-h")) return await help([name]);
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) {
      const near = nearest(name, Object.keys(commands));
      throw new SettingsError(`unknown command "${name}"${near === undefined ? "" : `, do you mean ${near}?`} (see: amphora help)`);
    }
    return await command(rest);
  } catch (error) {
    // a mistake of the operator's has a sentence; anything else a stack
    const known = error instanceof SettingsError || (error instanceof Error && error.name === "FolderInUse");
    process.stderr.write(`amphora: ${known ? error.message : describe(error)}\n`);
    return 1;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.AMPHORA_DEBUG ? (error.stack ?? error.message) : `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ""}`;
}

async function help([topic]: readonly string[]): Promise<number> {
  return print(topic === "serve" ? serveHelp() : overview);
}
function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
const version = (): string => (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
