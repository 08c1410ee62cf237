/** A statement cut into words, names, texts, numbers and signs. */
import { refuse } from "./faults.ts";

/** `text` of a text or a quoted name: what stands between the quotation marks. `at`: where it begins. */
export type Token = { kind: "word" | "name" | "text" | "number" | "sign" | "end"; text: string; at: number };

const blank = /\s+/y;
const word = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const text = /'((?:[^']|'')*)'/y;
const name = /"((?:[^"]|"")*)"/y;
const sign = /\|\||<>|!=|<=|>=|[=<>+\-*/%(),.[\];]/y;

export function tokensOf(statement: string, { strayQuote }: { strayQuote: boolean }): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(statement);
  };
  const afterDot = (): boolean => tokens.at(-1)?.text === "." && tokens.at(-1)?.kind === "sign";
  while (at < statement.length) {
    const space = take(blank);
    if (space) {
      at += space[0].length;
      continue;
    }
    // Behind a word, a dot begins a step of a path, not a number.
    const follows = tokens.at(-1);
    const inPath = statement[at] === "." && follows !== undefined && (follows.kind !== "sign" || follows.text === "]") && follows.kind !== "number";
    const found: [Token["kind"], RegExpExecArray | null][] = [
      ["word", take(word)],
      ["number", inPath || afterDot() ? null : take(number)],
      ["text", take(text)],
      ["name", take(name)],
      ["sign", take(sign)],
    ];
    const match = found.find(([, result]) => result !== null);
    if (match === undefined) {
      // The vendor's own SDK tests end statements so (aliyun-oss-python-sdk, test_select_csv_object.py).
      if (strayQuote && statement[at] === "'" && statement.slice(at + 1).trim() === "") break;
      return refuse("syntax", `Nothing can begin with ${statement.slice(at, at + 10)} at position ${at}`);
    }
    const [kind, result] = match as [Token["kind"], RegExpExecArray];
    const inner = kind === "text" ? (result[1] as string).replaceAll("''", "'") : kind === "name" ? (result[1] as string).replaceAll('""', '"') : result[0];
    tokens.push({ kind, text: inner, at });
    at += result[0].length;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}
