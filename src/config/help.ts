/** What people read about the settings, made from the one table. */
import { type Option, options } from "./options.ts";

const columnsMax = 100;

function defaultWords(option: Option): string {
  if (option.defaultWords !== undefined) return option.defaultWords;
  if (option.kind.type === "switch") return "off";
  const value = typeof option.default === "function" ? option.default() : option.default;
  if (option.kind.type === "bytes") return `${Number(value) / 1024 ** 2}MiB`;
  return Array.isArray(value) || value === "" ? "" : String(value);
}
const valueWords = (option: Option): string =>
  option.kind.type === "choice" ? option.kind.choices.join("|") : option.kind.type === "switch" ? "" : (option.placeholder ?? "VALUE");

/** Words in lines of at most 100 characters, `indent` blanks in front of each. */
export function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > columnsMax) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each).join("\n");
}

export function serveHelp(): string {
  const rows = options.map((option) => {
    const title = option.flag === undefined ? `  ${option.env.join(", ")}` : `  --${option.flag} ${valueWords(option)}`.trimEnd();
    const fallback = defaultWords(option);
    const environment = option.flag === undefined ? "Environment only, or NAME_FILE." : `[${option.env.join(", ")}]`;
    return `${title}\n${wrapped(`${option.help}${fallback === "" ? "" : ` Default: ${fallback}.`} ${environment}`, 8)}`;
  });
  return `amphora serve [flags]\n\nFlags come before the environment, the environment before the defaults.\nEach variable can also be read from a file: NAME_FILE=path.\n\n${rows.join("\n")}\n`;
}

/** docs/reference/config.md */
export function configReference(): string {
  const rows = options.map((option) => {
    const cell = (text: string): string => text.replaceAll("|", "\\|");
    const flag = option.flag === undefined ? "" : `\`--${option.flag}${valueWords(option) === "" ? "" : ` ${cell(valueWords(option))}`}\``;
    return `| ${flag} | ${option.env.map((name) => `\`${name}\``).join(", ")} | ${cell(defaultWords(option))} | ${cell(option.help)}${option.kind.type === "list" && option.flag !== undefined ? " In the environment: separated by commas." : ""} |`;
  });
  return `# Settings\n\nMade from \`src/config/options.ts\` by \`npm run gen\`. Flags come before the environment, the environment before the defaults. Each variable can also be read from a file: \`NAME_FILE=path\`.\n\n| Flag | Environment | Default | Meaning |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}
