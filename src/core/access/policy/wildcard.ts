/**
 * Wildcards without backtracking: a pattern is cut at its stars; first and last piece are anchored, each piece between is searched once, leftmost,
 * from where the one before ended (a piece of literal text by its failure function, Knuth, Morris and Pratt 1977). Characters are code points.
 */
import type { Pattern } from "./model.ts";

/** Code points; -1 stands for any one character. `text`: what it is as a string, where comparing strings compares characters. */
type Piece = { points: readonly number[]; fallback: readonly number[] | undefined; text: string | undefined };
export type Wildcard = { pieces: readonly Piece[]; literal: string | undefined };

const anyOne = -1;
const pointsOf = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) as number);

/** `values`: what stands for a fact; undefined: the pattern fits nothing. */
export function compileWildcard(pattern: Pattern, valueFor?: (name: string) => string | undefined, fold = false): Wildcard | undefined {
  const pieces: number[][] = [[]];
  let literal: string | undefined = "";
  for (const token of pattern) {
    if (token === 1) {
      pieces.push([]);
      literal = undefined;
      continue;
    }
    const piece = pieces.at(-1) as number[];
    if (token === 0) {
      piece.push(anyOne);
      literal = undefined;
      continue;
    }
    const text = typeof token === "string" ? token : (valueFor?.(token.fact) ?? token.otherwise);
    if (text === undefined) return undefined;
    const folded = fold ? text.toLowerCase() : text;
    for (const point of pointsOf(folded)) piece.push(point);
    if (literal !== undefined) literal += folded;
  }
  return { pieces: pieces.map((points, index) => pieceOf(points, index > 0 && index < pieces.length - 1)), literal };
}

/** Only what is searched for needs a failure function. */
function pieceOf(points: readonly number[], isSearched: boolean): Piece {
  const isOpen = points.includes(anyOne);
  const hasHalves = points.some((point) => point > 0xffff || (point >= 0xd800 && point <= 0xdfff));
  return { points, fallback: isOpen || !isSearched ? undefined : fallbackOf(points), text: isOpen || hasHalves ? undefined : String.fromCodePoint(...points) };
}

/** Is it the same for everybody? */
export const isFixed = (pattern: Pattern): boolean => pattern.every((token) => typeof token !== "object");
/** Does it fit one text alone? */
export const isLiteral = (pattern: Pattern): boolean => pattern.every((token) => typeof token === "string");

function fallbackOf(points: readonly number[]): number[] {
  const fallback = [0];
  for (let at = 1, length = 0; at < points.length; at++) {
    while (length > 0 && points[at] !== points[length]) length = fallback[length - 1] as number;
    if (points[at] === points[length]) length++;
    fallback.push(length);
  }
  return fallback;
}

const fitsAt = (piece: readonly number[], text: readonly number[], at: number): boolean => piece.every((point, index) => point === anyOne || point === text[at + index]);

/** Where the piece ends at its leftmost place from `from` on, not beyond `to`; -1: nowhere. */
function endOf({ points, fallback }: Piece, text: readonly number[], from: number, to: number): number {
  if (points.length === 0) return from;
  if (fallback === undefined) {
    for (let at = from; at + points.length <= to; at++) if (fitsAt(points, text, at)) return at + points.length;
    return -1;
  }
  for (let at = from, length = 0; at < to; at++) {
    while (length > 0 && text[at] !== points[length]) length = fallback[length - 1] as number;
    if (text[at] === points[length]) length++;
    if (length === points.length) return at + 1;
  }
  return -1;
}

/** What beginning and end of a text alone say: most often that is all there is to say. */
function byEnds(pieces: readonly Piece[], text: string): boolean | undefined {
  const first = pieces[0]?.text;
  const last = pieces.length > 1 ? pieces[pieces.length - 1]?.text : "";
  if (first !== undefined && !text.startsWith(first)) return false;
  if (last !== undefined && !text.endsWith(last)) return false;
  return pieces.length === 2 && first !== undefined && last !== undefined ? text.length >= first.length + last.length : undefined;
}

let last: { text: string; points: readonly number[] } = { text: "", points: [] };

export function fits({ pieces, literal }: Wildcard, text: string): boolean {
  if (literal !== undefined) return literal === text;
  const plain = byEnds(pieces, text);
  if (plain !== undefined) return plain;
  if (last.text !== text) last = { text, points: pointsOf(text) };
  const { points } = last;
  const [first, ...rest] = pieces as [Piece, ...Piece[]];
  const tail = rest.pop();
  if (tail === undefined) return points.length === first.points.length && fitsAt(first.points, points, 0);
  const to = points.length - tail.points.length;
  if (to < first.points.length || !fitsAt(first.points, points, 0) || !fitsAt(tail.points, points, to)) return false;
  let at = first.points.length;
  for (const piece of rest) {
    at = endOf(piece, points, at, to);
    if (at < 0) return false;
  }
  return true;
}
