/** `amphora <command> ...`: finds the command, reads its flags, and turns what it throws into one sentence and an exit code. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { nearest, SettingsError } from "../config/values.ts";
import { type AnyCommand, type Call, commonFlags, type Flags, namesTaken, type Wired } from "./command.ts";
import { CommandError, exits, UsageError } from "./exits.ts";
import { commandHelp, groupHelp, overview } from "./help.ts";
import { commandsOf, commandWords, isElsewhere } from "./load-commands.ts";
import { createOutput } from "./output.ts";

/** Gives the exit code. */
export async function commandLine(args: readonly string[], wired: Wired): Promise<number> {
  const interrupted = new AbortController();
  // `amphora ls | head`: nobody reads on
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exits.done : exits.failed));
  try {
    return await run(args, wired, interrupted);
  } catch (error) {
    if (interrupted.signal.aborted) return exits.interrupted;
    // a mistake of the operator's has a sentence; anything else a stack
    const known = error instanceof SettingsError || (error instanceof Error && error.name === "FolderInUse");
    process.stderr.write(`amphora: ${known ? error.message : describe(error)}\n`);
    return error instanceof CommandError ? error.exit : error instanceof UsageError ? exits.usage : exits.failed;
  }
}

async function run(args: readonly string[], wired: Wired, interrupted: AbortController): Promise<number> {
  const [word = "help", ...rest] = args;
  if (word === "--version" || word === "-v" || word === "version") return print(`amphora ${version()} (node ${process.version})\n`);
  if (word === "--help" || word === "-h" || word === "help") return print(await helpAbout(rest));
  const group = await commandsOf(word, { about: rest.some(isElsewhere) ? "elsewhere" : "here" });
  const verb = rest[0] ?? "";
  const found = group.find(({ name }) => name === `${word} ${verb}`) ?? group.find(({ name }) => name === word);
  if (rest.includes("--help") || rest.includes("-h")) return print(found ? commandHelp(found) : await helpAbout([word]));
  if (!found) throw new UsageError(await unknown(word, verb, group, rest));
  const own = rest.slice(found.name.split(" ").length - 1);
  if (!found.raw) process.once("SIGINT", () => interrupted.abort());
  const read = found.raw ? { names: [], flags: {} } : readArguments(found, own);
  const out = createOutput({ stdout: process.stdout, stderr: process.stderr, stdin: process.stdin }, (read.flags as { json?: boolean }).json === true);
  const call: Call = { ...read, args: own, env: process.env, out, signal: interrupted.signal, wired } as Call;
  return (await found.run(call)) ?? exits.done;
}

async function unknown(word: string, verb: string, group: readonly AnyCommand[], rest: readonly string[]): Promise<string> {
  if (group.length > 0) {
    const verbs = group.map(({ name }) => name.split(" ")[1] ?? "");
    const near = verb === "" ? undefined : nearest(verb, verbs);
    return `${verb === "" || verb.startsWith("-") ? `amphora ${word} what?` : `unknown command "${word} ${verb}"${near === undefined ? "" : `, do you mean ${near}?`}`}\n${groupHelp(group)}`.trimEnd();
  }
  if (rest.some(isElsewhere) && (await commandsOf(word)).length > 0)
    return `amphora ${word} is for buckets of an Amphora: NAME, without ${rest.find(isElsewhere)?.replace(/:\/\/.*/, "://")}`;
  const near = nearest(word, commandWords());
  return `unknown command "${word}"${near === undefined ? "" : `, do you mean ${near}?`} (see: amphora help)`;
}

/** @throws UsageError with the usage behind it */
export function readArguments(command: AnyCommand, args: readonly string[]): { names: string[]; flags: Record<string, string | boolean | string[] | undefined> } {
  const flags: Flags = { ...commonFlags, ...command.flags };
  const usage = `usage: ${commandHelp(command).split("\n", 1)[0]}`;
  const refuse = (message: string, cause?: unknown): never => {
    throw new UsageError(`${message}\n${usage}`, { cause });
  };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.type, ...(flag.short === undefined ? {} : { short: flag.short }), ...(flag.type === "string" && flag.multiple ? { multiple: true } : {}) },
    ]),
  );
  let parsed: { values: Record<string, string | boolean | string[] | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true }) as typeof parsed;
  } catch (error) {
    const wrong = /'--?([\w-]+)/.exec((error as Error).message)?.[1];
    const near = wrong === undefined || Object.hasOwn(flags, wrong) ? undefined : nearest(wrong, Object.keys(flags));
    return refuse(`${(error as Error).message.split(". ")[0]}${near === undefined ? "" : `, do you mean --${near}?`}`, error);
  }
  const { min, max } = namesTaken(command);
  const { positionals, values } = parsed;
  if (positionals.length < min) refuse(`${command.names?.split(" ")[positionals.length]} is missing`);
  if (positionals.length > max) refuse(`what is "${positionals[max]}"?`);
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.type === "boolean") values[name] ??= false;
    else if (flag.multiple) values[name] ??= [];
    else if (flag.choices && values[name] !== undefined && !flag.choices.includes(values[name] as string)) refuse(`--${name} is one of ${flag.choices.join(", ")}`);
  }
  return { names: positionals, flags: { ...values } };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.AMPHORA_DEBUG ? (error.stack ?? error.message) : `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ""}`;
}

async function helpAbout([word, verb]: readonly string[]): Promise<string> {
  if (word === undefined) return await overview();
  const group = [...(await commandsOf(word)), ...(await commandsOf(word, { about: "elsewhere" }))];
  if (group.length === 0) throw new UsageError(await unknown(word, "", [], []));
  const named = group.filter(({ name }) => name === word || name === `${word} ${verb}`);
  return named.length > 0 ? named.map(commandHelp).join("\n") : groupHelp(group);
}
function print(text: string): number {
  process.stdout.write(text);
  return exits.done;
}
const version = (): string => (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
