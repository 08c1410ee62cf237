/** Scripts that complete the command line in a shell, made from the declarations. */
import { type AnyCommand, commonFlags, type Flag } from "./command.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

type Words = { words: Map<string, string>; verbs: Map<string, Map<string, string>>; flags: Map<string, [string, Flag][]> };

/** First words with what they do, verbs of each, flags of each command by its whole name. */
function wordsOf(commands: readonly AnyCommand[]): Words {
  const found: Words = { words: new Map([["help", "What a command does"]]), verbs: new Map(), flags: new Map() };
  for (const { name, summary, flags, raw } of commands) {
    const [word = "", verb] = name.split(" ");
    if (verb === undefined) found.words.set(word, summary);
    else {
      const verbs = (found.verbs.get(word) ?? new Map<string, string>()).set(verb, summary);
      found.verbs.set(word, verbs);
      // a word may be a command too, as space is
      if (!commands.some((each) => each.name === word)) found.words.set(word, [...verbs.keys()].join(", "));
    }
    const own = Object.entries({ ...(flags as Record<string, Flag>), ...(raw ? {} : commonFlags) });
    // a command here and one of its name about a bucket elsewhere
    found.flags.set(name, [...new Map([...(found.flags.get(name) ?? []), ...own])]);
  }
  return found;
}

/** Within single quotes, in each of the three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const fishQuoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const flagWords = (flags: readonly [string, Flag][]): string => flags.map(([name]) => `--${name}`).join(" ");

export function completionScript(shell: Shell, commands: readonly AnyCommand[]): string {
  return { bash, zsh, fish }[shell](wordsOf(commands));
}

function bash({ words, verbs, flags }: Words): string {
  const choices = new Map([...flags.values()].flat().flatMap(([name, flag]) => (flag.type === "string" && flag.choices ? [[name, flag.choices.join(" ")] as const] : [])));
  return `# amphora completion bash > /etc/bash_completion.d/amphora, or: source <(amphora completion bash)
_amphora() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" name="\${COMP_WORDS[1]}" verbs="" flags=""
  COMPREPLY=()
  case "$previous" in
${[...choices].map(([name, list]) => `    --${name}) COMPREPLY=($(compgen -W ${quoted(list)} -- "$current")); return ;;`).join("\n")}
    --data) COMPREPLY=($(compgen -d -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W ${quoted([...words.keys()].join(" "))} -- "$current")); return; fi
  case "$name" in
    help) verbs=${quoted([...words.keys()].join(" "))} ;;
${[...verbs].map(([word, list]) => `    ${word}) verbs=${quoted([...list.keys()].join(" "))} ;;`).join("\n")}
  esac
  if [ -n "$verbs" ] && [ "$COMP_CWORD" -eq 2 ]; then COMPREPLY=($(compgen -W "$verbs" -- "$current")); return; fi
  if [ -n "$verbs" ]; then name="$name \${COMP_WORDS[2]}"; fi
  case "$name" in
${[...flags].map(([name, own]) => `    ${quoted(name)}) flags=${quoted(flagWords(own))} ;;`).join("\n")}
  esac
  case "$current" in -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;; esac
}
complete -o default -F _amphora amphora
`;
}

function zsh({ words, verbs, flags }: Words): string {
  // _describe and _arguments give a colon, brackets and backslashes a meaning of their own
  const plain = (text: string): string => text.replace(/[\\:[\]]/g, "\\$&");
  const list = (entries: Iterable<[string, string]>): string => [...entries].map(([word, text]) => quoted(`${plain(word)}:${plain(text)}`)).join(" ");
  const argument = ([name, flag]: [string, Flag]): string => {
    const value = flag.type === "boolean" ? "" : `:${plain(flag.value)}:${flag.choices ? `(${flag.choices.join(" ")})` : name === "data" ? "_files -/" : ""}`;
    return quoted(`${flag.type === "string" && flag.multiple ? "*" : ""}--${name}[${plain(flag.help)}]${value}`);
  };
  const branches = [...flags].map(([name, own]) => `    ${quoted(name)}) _arguments ${own.map(argument).join(" ")} '*: :_default' ;;`);
  return `#compdef amphora
# amphora completion zsh > a folder of $fpath, as _amphora; or: source <(amphora completion zsh)
_amphora() {
  local name="$words[2]"
  if (( CURRENT == 2 )); then local -a all=(${list(words)}); _describe command all; return; fi
  local -a verbs=()
  case "$name" in
    help) verbs=(${list(words)}) ;;
${[...verbs].map(([word, own]) => `    ${word}) verbs=(${list(own)}) ;;`).join("\n")}
  esac
  if (( $#verbs && CURRENT == 3 )); then _describe verb verbs; return; fi
  if (( $#verbs )); then name="$name $words[3]"; shift words; (( CURRENT-- )); fi
  shift words; (( CURRENT-- ))
  case "$name" in
${branches.join("\n")}
  esac
}
if [ "$funcstack[1]" = _amphora ]; then _amphora "$@"; else compdef _amphora amphora; fi
`;
}

function fish({ words, verbs, flags }: Words): string {
  const lines = ["# amphora completion fish > ~/.config/fish/completions/amphora.fish", "complete -c amphora -f"];
  for (const [word, text] of words) lines.push(`complete -c amphora -n __fish_use_subcommand -a ${word} -d ${fishQuoted(text)}`);
  for (const [word, own] of [["help", words] as const, ...verbs]) {
    const unseen = `__fish_seen_subcommand_from ${word}; and not __fish_seen_subcommand_from ${[...own.keys()].filter((verb) => verb !== word).join(" ")}`;
    for (const [verb, text] of own) lines.push(`complete -c amphora -n ${fishQuoted(unseen)} -a ${verb} -d ${fishQuoted(text)}`);
  }
  for (const [name, own] of flags) {
    const seen = name
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    for (const [flag, { help, ...rest }] of own) {
      const value = rest.type === "boolean" ? "" : rest.choices ? ` -x -a ${fishQuoted(rest.choices.join(" "))}` : flag === "data" ? " -r -F" : " -x";
      lines.push(`complete -c amphora -n ${fishQuoted(seen)} -l ${flag}${value} -d ${fishQuoted(help)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
