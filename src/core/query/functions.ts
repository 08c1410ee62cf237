/** Functions of single values. What is null, or not there, makes the result null, but for COALESCE. */
import type { Type } from "./model.ts";
import { mismatch, order, textOf, toNumber, type Value } from "./values.ts";

type Function = { type: Type | undefined; arguments: [min: number, max: number]; apply(values: readonly Value[]): Value };

const isNull = (value: Value): boolean => value === null || value === undefined;
const strict =
  (apply: (values: readonly Value[]) => Value) =>
  (values: readonly Value[]): Value =>
    values.some(isNull) ? null : apply(values);
function textIn(value: Value): string {
  if (typeof value !== "string") throw mismatch;
  return value;
}
const ofText = (apply: (text: string) => Value, type: Type): Function => ({ type, arguments: [1, 1], apply: strict(([value]) => apply(textIn(value))) });
const length = ofText((text) => BigInt([...text].length), "int");

/** Characters are counted from 1; what lies before the first counts too. */
function substring([text, start, count]: readonly Value[]): Value {
  const from = Number(toNumber(start)) - 1;
  const to = count === undefined ? Number.POSITIVE_INFINITY : from + Number(toNumber(count));
  if (!(from < Number.POSITIVE_INFINITY) || to < from) throw mismatch;
  return [...textIn(text)].slice(Math.max(0, from), Math.max(0, to)).join("");
}

const functions = new Map<string, Function>([
  ["lower", ofText((text) => text.toLowerCase(), "text")],
  ["upper", ofText((text) => text.toUpperCase(), "text")],
  ["trim", ofText((text) => text.trim(), "text")],
  ["char_length", length],
  ["character_length", length],
  ["substring", { type: "text", arguments: [2, 3], apply: strict(substring) }],
  ["to_string", { type: "text", arguments: [1, 1], apply: strict(([value]) => textOf(value)) }],
  ["coalesce", { type: undefined, arguments: [1, 16], apply: (values) => values.find((value) => !isNull(value)) ?? null }],
  ["nullif", { type: undefined, arguments: [2, 2], apply: ([a, b]) => (a === null || a === undefined || (b !== null && b !== undefined && order(a, b) === 0) ? null : a) }],
]);

export function isFunction(name: string, values: number): boolean {
  const [min, max] = functions.get(name)?.arguments ?? [1, 0];
  return values >= min && values <= max;
}
export const functionType = (name: string): Type | undefined => functions.get(name)?.type;
export function functionNamed(name: string): Function["apply"] {
  const found = functions.get(name);
  if (!found) throw new Error(`no function is called ${name}`);
  return found.apply;
}
