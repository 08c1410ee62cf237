/** `amphora <command> ...`: finds the command, reads its flags, and turns what it throws into one sentence and an exit code. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Environment } from "../config/read.ts";
import { nearest } from "../config/values.ts";
import { type AnyCommand, type Call, commonFlags, type Flags, namesTaken, type Wired } from "./command.ts";
import { exitOf, exits, isTold, UsageError } from "./exits.ts";
import { commandHelp, groupHelp, overview } from "./help.ts";
import { commandsOf, commandWords, isElsewhere } from "./load-commands.ts";
import { createOutput, type Streams } from "./output.ts";

/** Where a command line speaks, what it knows of its surroundings, and what ends it early. */
export type Surroundings = Streams & { env: Environment; interrupt: AbortSignal };

/** What the process has. */
function ofProcess(): Surroundings {
  // `amphora ls | head`: nobody reads on
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exits.done : exits.failed));
  const { stdout, stderr, stdin, env } = process;
  const interrupted = new AbortController();
  // the second one ends the process at once, as ever
  process.once("SIGINT", () => interrupted.abort());
  return { stdout, stderr, stdin, env, interrupt: interrupted.signal };
}

/** Gives the exit code. Never throws. */
export async function commandLine(args: readonly string[], wired: Wired, given?: Surroundings): Promise<number> {
  let around = given;
  try {
    const found = await find(args);
    if (typeof found === "string") {
      (given ?? process).stdout.write(found);
      return exits.done;
    }
    // what reads its own arguments handles its own signals
    if (found.command.raw) return (await found.command.run({ ...found, names: [], flags: {}, env: process.env, wired } as unknown as Call)) ?? exits.done;
    const read = readArguments(found.command, found.args);
    around ??= ofProcess();
    const out = createOutput(around, read.flags.json === true);
    const call = { ...read, args: found.args, env: around.env, out, signal: around.interrupt, wired } as Call;
    return (await found.command.run(call)) ?? exits.done;
  } catch (error) {
    if (around?.interrupt.aborted) return exits.interrupted;
    // a mistake of the operator's has a sentence; anything else a stack
    (given ?? process).stderr.write(`amphora: ${isTold(error) ? error.message : describe(error)}\n`);
    return exitOf(error);
  }
}

/** The command and what is left for it; or the text that was asked for instead. */
async function find(args: readonly string[]): Promise<string | { command: AnyCommand; args: readonly string[] }> {
  const [word = "help", ...rest] = args;
  if (word === "--version" || word === "-v" || word === "version") return `amphora ${version()} (node ${process.version})\n`;
  if (word === "--help" || word === "-h" || word === "help") return await helpAbout(rest);
  const group = await commandsOf(word, { about: rest.some(isElsewhere) ? "elsewhere" : "here" });
  const verb = rest[0] ?? "";
  const command = group.find(({ name }) => name === `${word} ${verb}`) ?? group.find(({ name }) => name === word);
  if (rest.includes("--help") || rest.includes("-h")) return command ? commandHelp(command) : await helpAbout([word]);
  if (!command) throw new UsageError(await unknown(word, verb, group, rest));
  return { command, args: rest.slice(command.name.split(" ").length - 1) };
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
const version = (): string => (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
