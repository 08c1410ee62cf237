/** Pieces of evaluators that are written apart from ours, straight from the vendors' texts, for their oracles. */
import assert from "node:assert/strict";

export type Values = Record<string, string[] | undefined>;
export type Json = Record<string, unknown>;

export const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);

/** One character after another, trying everything. */
export function wild(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") return wild(pattern.slice(1), text) || (text !== "" && wild(pattern, text.slice(1)));
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && wild(pattern.slice(1), text.slice(1));
}
/** The value of the variable cannot hold a wildcard here, so that it may be put in before. */
export function filled(text: string, values: Values): string | undefined {
  let missing = false;
  const out = text.replace(/\$\{([^}]*)\}/g, (_, inside: string) => {
    const [key = "", otherwise] = inside.split(/,\s*/);
    const found = values[key.toLowerCase()];
    if (found?.length === 1) return found[0] as string;
    if (otherwise !== undefined) return otherwise.replaceAll("'", "");
    missing = true;
    return "";
  });
  return missing ? undefined : out;
}
function ipNumber(text: string): number {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
function inBlock(ip: string, block: string): boolean {
  const [base = "", bits = "32"] = block.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(ipNumber(ip) / size) === Math.floor(ipNumber(base) / size);
}
const comparisons: Record<string, (asked: string, wanted: string) => boolean> = {
  StringEquals: (a, w) => a === w,
  StringEqualsIgnoreCase: (a, w) => a.toLowerCase() === w.toLowerCase(),
  StringLike: (a, w) => wild(w, a),
  NumericEquals: (a, w) => Number(a) === Number(w),
  NumericLessThan: (a, w) => Number(a) < Number(w),
  NumericLessThanEquals: (a, w) => Number(a) <= Number(w),
  NumericGreaterThan: (a, w) => Number(a) > Number(w),
  NumericGreaterThanEquals: (a, w) => Number(a) >= Number(w),
  DateEquals: (a, w) => Date.parse(a) === Date.parse(w),
  DateLessThan: (a, w) => Date.parse(a) < Date.parse(w),
  DateLessThanEquals: (a, w) => Date.parse(a) <= Date.parse(w),
  DateGreaterThan: (a, w) => Date.parse(a) > Date.parse(w),
  DateGreaterThanEquals: (a, w) => Date.parse(a) >= Date.parse(w),
  Bool: (a, w) => a === w,
  BinaryEquals: (a, w) => a === w,
  IpAddress: inBlock,
  // A lone star stands for any name.
  ArnLike: (a, w) => w === "*" || (a.split(":").length === w.split(":").length && a.split(":").every((part, i) => wild(w.split(":")[i] as string, part))),
};
comparisons.ArnEquals = comparisons.ArnLike as (asked: string, wanted: string) => boolean;
const negations: Record<string, string> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
  NotIpAddress: "IpAddress",
  ArnNotEquals: "ArnLike",
  ArnNotLike: "ArnLike",
};

export function conditionHolds(operator: string, key: string, wanted: string[], values: Values): boolean {
  const asked = values[key.toLowerCase()];
  if (operator === "Null") return wanted.includes(asked === undefined ? "true" : "false");
  let name = operator;
  const set = name.startsWith("ForAnyValue:") ? "any" : name.startsWith("ForAllValues:") ? "all" : undefined;
  if (set) name = name.slice(name.indexOf(":") + 1);
  const optional = name.endsWith("IfExists");
  if (optional) name = name.slice(0, -"IfExists".length);
  const base = negations[name];
  const compare = comparisons[base ?? name];
  assert.ok(compare, name);
  if (asked === undefined) {
    if (optional || set === "all") return true;
    return set === undefined && base !== undefined;
  }
  const known = wanted.map((text) => filled(text, values)).filter((text) => text !== undefined);
  const one = (value: string): boolean => {
    const hit = known.some((text) => compare(value, text));
    return base === undefined ? hit : !hit;
  };
  if (set === "all") return asked.every(one);
  if (set === "any") return asked.some(one);
  return base === undefined ? asked.some(one) : asked.every(one);
}
