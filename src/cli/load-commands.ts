/** Finds commands: the files in commands/ are the list. One call loads one file; help and completion load them all. */
import { existsSync, readdirSync } from "node:fs";
import type { AnyCommand } from "./command.ts";

const folder = new URL("./commands/", import.meta.url);
/** Commands about a bucket elsewhere: `amphora rb s3://...` is commands/elsewhere/rb.ts, where there is one. */
const elsewhere = new URL("./commands/elsewhere/", import.meta.url);

const isSource = (name: string): boolean => /\.[jt]s$/.test(name) && !/\.(?:test|d)\.[jt]s$/.test(name);
const filesIn = (where: URL): string[] => (existsSync(where) ? readdirSync(where).filter(isSource).sort() : []);
const wordOf = (file: string): string => file.replace(/\.[jt]s$/, "");

function isCommand(value: unknown): value is AnyCommand {
  return typeof value === "object" && value !== null && "name" in value && "summary" in value && "run" in value && typeof value.run === "function";
}
async function commandsIn(where: URL, file: string): Promise<AnyCommand[]> {
  const module = (await import(new URL(file, where).href)) as Record<string, unknown>;
  const found = Object.values(module).filter(isCommand);
  for (const { name } of found) if (name.split(" ")[0] !== wordOf(file)) throw new Error(`commands/${file} declares "${name}": the file is called after the first word`);
  return found;
}

/** First words of all commands. */
export const commandWords = (): string[] => filesIn(folder).map(wordOf);

/** A command, or the verbs of a group, that this word begins. `about` (a scheme and `://` in front): those about a bucket elsewhere. */
export async function commandsOf(word: string, { about = "here" }: { about?: "here" | "elsewhere" } = {}): Promise<AnyCommand[]> {
  const where = about === "here" ? folder : elsewhere;
  const file = filesIn(where).find((name) => wordOf(name) === word);
  return file === undefined ? [] : commandsIn(where, file);
}

/** In the order of their names; `elsewhere` says which ones are about a bucket elsewhere. */
export async function allCommands(): Promise<{ here: AnyCommand[]; elsewhere: AnyCommand[] }> {
  const from = async (where: URL): Promise<AnyCommand[]> => (await Promise.all(filesIn(where).map((file) => commandsIn(where, file)))).flat();
  return { here: await from(folder), elsewhere: await from(elsewhere) };
}

/** `oss://bucket/prefix`, `s3://bucket`, `hcp://bucket`. */
export const isElsewhere = (name: string): boolean => /^(?:oss|s3|hcp):\/\//.test(name);
