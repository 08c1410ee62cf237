/** Conditions of a statement: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html (the widest of the vendors' sets). */
import { inRange, parseIp, parseIpRange } from "../../../lib/addresses.ts";
import type { Comparison, Condition, Pattern } from "./model.ts";
import { compileWildcard, fits, isFixed, type Wildcard } from "./wildcard.ts";

/** What is known of a request: the values of a fact, undefined where it has none. */
export type Facts = (name: string) => readonly string[] | undefined;
export type Holds = (facts: Facts) => boolean;

type Test = (value: string) => boolean;
const never: Test = () => false;

/** The one value that stands for a fact in a pattern. */
const single =
  (facts: Facts) =>
  (name: string): string | undefined => {
    const values = facts(name);
    return values?.length === 1 ? values[0] : undefined;
  };

export function compileCondition({ compare, negated = false, over, ifThere = false, fact, values }: Condition): Holds {
  if (compare === "absent") {
    const wanted = values.map((value) => textOf(value));
    return (facts) => wanted.includes(String(facts(fact) === undefined));
  }
  const fixed = values.every(isFixed) ? values.map((value) => testOf(compare, value, undefined)) : undefined;
  return (facts) => {
    const asked = facts(fact);
    if (asked === undefined || asked.length === 0) {
      if (ifThere || over === "all") return true;
      return negated && over === undefined;
    }
    const tests = fixed ?? values.map((value) => testOf(compare, value, facts));
    const holds = (value: string): boolean => tests.some((test) => test(value)) !== negated;
    // Without a word about sets a negation concerns all of them, as its opposite concerns any.
    return over === "all" || (over === undefined && negated) ? asked.every(holds) : asked.some(holds);
  };
}

function textOf(pattern: Pattern, facts?: Facts): string {
  return pattern
    .map((token) => (token === 0 ? "?" : token === 1 ? "*" : typeof token === "string" ? token : ((facts && single(facts)(token.fact)) ?? token.otherwise ?? "")))
    .join("");
}
const isKnown = (pattern: Pattern, facts: Facts | undefined): boolean =>
  pattern.every((token) => typeof token !== "object" || token.otherwise !== undefined || (facts !== undefined && single(facts)(token.fact) !== undefined));

function testOf(compare: Exclude<Comparison, "absent">, pattern: Pattern, facts: Facts | undefined): Test {
  if (!isKnown(pattern, facts)) return never;
  if (compare === "pattern") {
    const wildcard = compileWildcard(pattern, facts && single(facts));
    return wildcard ? (value) => fits(wildcard, value) : never;
  }
  if (compare === "segments") return segmentsTest(pattern, facts);
  const text = textOf(pattern, facts);
  switch (compare) {
    case "text":
      return (value) => value === text;
    case "textIgnoringCase": {
      const folded = text.toLowerCase();
      return (value) => value.toLowerCase() === folded;
    }
    case "truth": {
      const folded = text.toLowerCase();
      return (value) => value.toLowerCase() === folded;
    }
    case "bytes":
      return (value) => value === text;
    case "address": {
      const range = parseIpRange(text);
      return (value) => {
        const address = addressOf(value);
        return range !== undefined && address !== undefined && inRange(address, range);
      };
    }
    default:
      return ordered(compare, text);
  }
}

/** A request has one address, and every statement asks for it. */
let parsed: { text: string; address: ReturnType<typeof parseIp> } = { text: "", address: undefined };
function addressOf(text: string): ReturnType<typeof parseIp> {
  if (parsed.text !== text) parsed = { text, address: parseIp(text) };
  return parsed.address;
}

export const parseNumber = (text: string): number => (/^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text) ? Number(text) : Number.NaN);
/** Seconds since 1970, or an ISO date with or without a time; in milliseconds. */
export function parseDate(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text) ? Date.parse(/T[^Z+-]*$/.test(text) ? `${text}Z` : text) : Number.NaN;
}

const orders: Record<string, (a: number, b: number) => boolean> = {
  number: (a, b) => a === b,
  numberBelow: (a, b) => a < b,
  numberUpTo: (a, b) => a <= b,
  numberAbove: (a, b) => a > b,
  numberFrom: (a, b) => a >= b,
  date: (a, b) => a === b,
  dateBefore: (a, b) => a < b,
  dateUpTo: (a, b) => a <= b,
  dateAfter: (a, b) => a > b,
  dateFrom: (a, b) => a >= b,
};
function ordered(compare: string, text: string): Test {
  const parse = compare.startsWith("date") ? parseDate : parseNumber;
  const order = orders[compare];
  const wanted = parse(text);
  return (value) => order?.(parse(value), wanted) === true;
}

const segmentsMax = 6;
/** Names of six parts between colons, each compared by itself: a star never reaches over a colon of the first five. */
function segmentsTest(pattern: Pattern, facts: Facts | undefined): Test {
  const parts: Pattern[] = [[]];
  for (const token of pattern) {
    const text = typeof token === "object" ? ((facts && single(facts)(token.fact)) ?? token.otherwise ?? "") : token;
    if (typeof text !== "string") {
      parts.at(-1)?.push(text);
      continue;
    }
    for (const [index, piece] of text.split(":").entries()) {
      if (index > 0 && parts.length < segmentsMax) parts.push([]);
      else if (index > 0) parts.at(-1)?.push(":");
      if (piece !== "") parts.at(-1)?.push(piece);
    }
  }
  const wildcards = parts.map((part) => compileWildcard(part) as Wildcard);
  if (wildcards.length === 1) {
    const [only] = wildcards as [Wildcard];
    return (value) => fits(only, value);
  }
  return (value) => {
    const words = value.split(":");
    const segments = words.length <= segmentsMax ? words : [...words.slice(0, segmentsMax - 1), words.slice(segmentsMax - 1).join(":")];
    return segments.length === wildcards.length && wildcards.every((wildcard, index) => fits(wildcard, segments[index] as string));
  };
}
