/** What people read about the commands, made from their declarations. */

import { wrapped } from "../config/help.ts";
import { type AnyCommand, commonFlags, type Flag, type Flags, sections } from "./command.ts";
import { exits, exitWords } from "./exits.ts";
import { allCommands } from "./load-commands.ts";

const allFlags = ({ flags, raw }: AnyCommand): Flags => ({ ...flags, ...(raw ? {} : commonFlags) });
const flagTitle = (name: string, flag: Flag): string =>
  `${flag.short === undefined ? "" : `-${flag.short}, `}--${name}${flag.type === "string" ? ` ${flag.choices?.join("|") ?? flag.value}` : ""}`;

/** `amphora ls [BUCKET] [flags]` */
export const usageOf = (command: AnyCommand): string => `amphora ${command.name}${command.names === undefined ? "" : ` ${command.names}`} [flags]`;

/** The first line is the usage. */
export function commandHelp(command: AnyCommand): string {
  if (command.raw) return command.raw.help();
  const flags = Object.entries(allFlags(command)).map(([name, flag]) => `  ${flagTitle(name, flag)}\n${wrapped(flag.help, 8)}`);
  const details = command.details?.split("\n").map((line) => (line.startsWith("  ") ? line : wrapped(line, 0)));
  return `${[usageOf(command), "", `${command.summary}.`, ...(details ? ["", ...details] : []), "", ...flags].join("\n")}\n`;
}

/** The verbs of one word. */
export function groupHelp(group: readonly AnyCommand[]): string {
  return `${lines(group.map((command) => [usageOf(command).replace(" [flags]", ""), command.summary])).join("\n")}\n\nMore: amphora help ${group[0]?.name}\n`;
}

const titleWidth = 46;
const lines = (rows: readonly (readonly [string, string])[]): string[] =>
  rows.map(([title, text]) => (title.length > titleWidth ? `  ${title}\n  ${" ".repeat(titleWidth)}  ${text}` : `  ${title.padEnd(titleWidth)}  ${text}`));

const exitRows = (Object.keys(exits) as (keyof typeof exits)[]).map((name) => [String(exits[name]), exitWords[name]] as const);

export async function overview(): Promise<string> {
  const { here, elsewhere } = await allCommands();
  const all = [...here, ...elsewhere];
  const parts = sections.map((section) => {
    const rows = all.filter((command) => command.section === section).map((command) => [usageOf(command).replace(" [flags]", ""), command.summary] as const);
    return rows.length === 0 ? "" : `\n${section}\n${lines(rows).join("\n")}\n`;
  });
  return `amphora: one object store reached through the OSS, S3 and HCP APIs
${parts.join("")}
Commands that ask a server read its address and keys from the data folder (--data, default ./data/store), or from
AMPHORA_ENDPOINT with AMPHORA_ADMIN_TOKEN (administration), AMPHORA_ACCESS_KEY_ID and AMPHORA_SECRET_ACCESS_KEY (buckets and objects).
Flags of a command: amphora help COMMAND. --json prints JSON, one line for each row.

Exit codes
${exitRows.map(([code, words]) => `  ${code.padEnd(4)} ${words}\n`).join("")}`;
}

/** docs/reference/commands.md */
export async function commandReference(): Promise<string> {
  const { here, elsewhere } = await allCommands();
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const all = [...here, ...elsewhere];
  const parts = sections.flatMap((section) => [
    `\n## ${section}\n`,
    ...all
      .filter((command) => command.section === section)
      .map((command) => {
        const flags = Object.entries<Flag>(command.raw ? {} : (command.flags ?? {})).map(([name, flag]) => `| \`${cell(flagTitle(name, flag))}\` | ${cell(flag.help)} |\n`);
        return `\n### \`${usageOf(command)}\`\n${command.summary}.${command.details === undefined ? "" : `\n\n${command.details}`}\n${flags.length === 0 ? "" : `\n| Flag | |\n|---|---|\n${flags.join("")}`}`;
      }),
  ]);
  const codes = exitRows.map(([code, words]) => `| ${code} | ${cell(words)} |\n`);
  return `# Commands\n\nMade from \`src/cli/commands/\` by \`npm run gen\`. Every command has \`--json\` (one line of JSON for each row) and \`--help\`.\n\n| Exit code | |\n|---|---|\n${codes.join("")}${parts.join("")}`;
}
