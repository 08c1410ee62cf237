/** LIKE without regular expressions: time is bounded by the text's length times the pattern's. */
import { refuse } from "./faults.ts";
import { queryLimits } from "./limits.ts";

type Piece = { literal: string } | "one" | "any";

/** `any`: characters that stand for any text, `one`: for any character. Throws queryFault for what is wrong with the pattern. */
export function likePattern(pattern: string, mark: string | undefined, { any, one }: { any: string; one: string }): (text: string) => boolean {
  if (mark !== undefined && (any.includes(mark) || one.includes(mark))) refuse("escapeCharacter", `${mark} cannot be the character of ESCAPE`);
  const pieces: Piece[] = [];
  const characters = [...pattern];
  if (characters.length > queryLimits.patternCharactersMax) refuse("likeOperand", `A pattern has more than ${queryLimits.patternCharactersMax} characters`);
  for (let at = 0; at < characters.length; at++) {
    let character = characters[at] as string;
    if (character === mark) {
      character = characters[++at] ?? refuse("escapeEnd", "Nothing stands behind the last character of ESCAPE");
      pieces.push({ literal: character });
    } else if (any.includes(character)) {
      if (pieces.at(-1) !== "any") pieces.push("any");
    } else pieces.push(one.includes(character) ? "one" : { literal: character });
  }
  if (pieces.filter((piece) => piece === "any").length > queryLimits.wildcardsMax) refuse("tooManyWildcards", `A pattern has more than ${queryLimits.wildcardsMax} wildcards`);
  return pieces.includes("one") ? (text) => matches([...text], pieces) : searching(pieces);
}

/** Between wildcards stand texts only: the first one begins it, the last one ends it, the others are found one behind the other. */
function searching(pieces: readonly Piece[]): (text: string) => boolean {
  const texts = [""];
  for (const piece of pieces) {
    if (piece === "any") texts.push("");
    else if (piece !== "one") texts.push(`${texts.pop()}${piece.literal}`);
  }
  const [first = "", ...others] = texts;
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const other of others) {
      const found = text.indexOf(other, at);
      if (found < 0) return false;
      at = found + other.length;
    }
    return at <= text.length - last.length;
  };
}

/** Greedy from the left; only the last wildcard is ever tried again. */
function matches(text: string[], pieces: readonly Piece[]): boolean {
  let at = 0;
  let piece = 0;
  let wildcard = -1;
  let from = 0;
  while (at < text.length) {
    const now = pieces[piece];
    if (now === "any") {
      wildcard = piece++;
      from = at;
    } else if (now !== undefined && (now === "one" || now.literal === text[at])) {
      piece++;
      at++;
    } else if (wildcard >= 0) {
      piece = wildcard + 1;
      at = ++from;
    } else return false;
  }
  while (pieces[piece] === "any") piece++;
  return piece === pieces.length;
}
