/**
 * How a command of `amphora` is declared. One file in commands/, called after the command's first word, is all there is to adding one: the command
 * line, its help, docs/reference/commands.md and the completion of shells are made from the declarations.
 */
import type { Environment } from "../config/read.ts";
import type { Output } from "./output.ts";

/** `value`: what help calls the value of a flag that has one. */
export type Flag =
  | { type: "boolean"; short?: string; help: string }
  | { type: "string"; value: string; multiple?: boolean; choices?: readonly string[]; short?: string; help: string };
export type Flags = Readonly<Record<string, Flag>>;
type ValueOf<F extends Flag> = F extends { type: "boolean" } ? boolean : F extends { multiple: true } ? readonly string[] : string | undefined;
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: ValueOf<F[K]> };

export const sections = ["The server", "Buckets and objects", "Deleting, and having back", "Background work", "Identities", "This command line"] as const;

/** What main.ts wires: commands that open a store of their own. Both give the exit code. */
export type Wired = { serve(args: readonly string[]): Promise<number>; check(options: CheckOptions): Promise<number> };
/** `classes`: folders of storage classes, as `NAME=FOLDER`. */
export type CheckOptions = { data?: string | undefined; json: boolean; classes: readonly string[] };

export type Call<F extends Flags = Flags> = {
  /** What was given besides flags; as many as the declaration takes. */
  names: readonly string[];
  flags: FlagValues<F>;
  /** Everything behind the command's name, as it came. */
  args: readonly string[];
  env: Environment;
  out: Output;
  /** Ended by Ctrl-C. */
  signal: AbortSignal;
  wired: Wired;
};

export type Command<F extends Flags = Flags> = {
  /** One word, or two: `trash list` is the verb `list` of `trash`, and stands in commands/trash.ts with the other verbs. */
  name: string;
  section: (typeof sections)[number];
  /** One line, without a full stop. */
  summary: string;
  /** The names it takes: `BUCKET [PREFIX]`; `[X]` may be left out, `X...` is one or more. */
  names?: string;
  flags?: F;
  /** More for its own help: paragraphs. */
  details?: string;
  /** Its flags are read by somebody else; `flags` only describes them, and `help` is what is shown. */
  raw?: { help(): string };
  /** Gives the exit code (exits.ts); nothing: done. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most commands have nothing to say
  run(call: Call<F>): Promise<number | void>;
};
// biome-ignore lint/suspicious/noExplicitAny: a list of commands forgets what each one's flags are
export type AnyCommand = Command<any>;

export const command = <const F extends Flags = Record<never, never>>(declaration: Command<F>): Command<F> => declaration;

/** Of every command that asks a server. */
export const serverFlags = {
  data: { type: "string", value: "FOLDER", help: "Data folder of the server, for its address and key; default: AMPHORA_DATA, else ./data/store." },
  endpoint: { type: "string", value: "URL", help: "Address of the server; default: AMPHORA_ENDPOINT, else what the data folder says." },
} as const satisfies Flags;
export const tenantFlag = { tenant: { type: "string", value: "NAME", help: "Tenant of the bucket; default: default." } } as const satisfies Flags;
/** Of every command. */
export const commonFlags = {
  json: { type: "boolean", help: "JSON for programs: one line for each row." },
  help: { type: "boolean", short: "h", help: "What this command does." },
} as const satisfies Flags;

/** How many names a command takes. */
export function namesTaken({ names = "" }: Pick<AnyCommand, "names">): { min: number; max: number } {
  const words = names.split(" ").filter((word) => word !== "");
  return { min: words.filter((word) => !word.startsWith("[")).length, max: words.some((word) => /\.\.\.\]?$/.test(word)) ? Number.POSITIVE_INFINITY : words.length };
}
