/** `Condition`: operator -> key -> values. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { parseDate, parseNumber } from "../../../core/access/policy/conditions.ts";
import type { Comparison, Condition } from "../../../core/access/policy/model.ts";
import { parseIpRange } from "../../../lib/addresses.ts";
import type { JsonValue } from "../../../lib/strict-json.ts";
import { factOf } from "./names.ts";
import { isObject, malformedPolicy, policyLimits, textPattern } from "./parse.ts";

const operators: Record<string, [compare: Comparison, negated: boolean]> = {
  stringequals: ["text", false],
  stringnotequals: ["text", true],
  stringequalsignorecase: ["textIgnoringCase", false],
  stringnotequalsignorecase: ["textIgnoringCase", true],
  stringlike: ["pattern", false],
  stringnotlike: ["pattern", true],
  numericequals: ["number", false],
  numericnotequals: ["number", true],
  numericlessthan: ["numberBelow", false],
  numericlessthanequals: ["numberUpTo", false],
  numericgreaterthan: ["numberAbove", false],
  numericgreaterthanequals: ["numberFrom", false],
  dateequals: ["date", false],
  datenotequals: ["date", true],
  datelessthan: ["dateBefore", false],
  datelessthanequals: ["dateUpTo", false],
  dategreaterthan: ["dateAfter", false],
  dategreaterthanequals: ["dateFrom", false],
  bool: ["truth", false],
  binaryequals: ["bytes", false],
  ipaddress: ["address", false],
  notipaddress: ["address", true],
  arnequals: ["segments", false],
  arnlike: ["segments", false],
  arnnotequals: ["segments", true],
  arnnotlike: ["segments", true],
  null: ["absent", false],
};

export function conditionsOf(value: JsonValue, variables: boolean): Condition[] {
  if (!isObject(value)) return malformedPolicy("Invalid policy syntax.");
  const conditions: Condition[] = [];
  for (const [operator, keys] of Object.entries(value)) {
    const [, set, name = "", ifThere] = /^(?:(ForAnyValue|ForAllValues):)?(.+?)(IfExists)?$/i.exec(operator) ?? [];
    const lower = name.toLowerCase();
    const known = Object.hasOwn(operators, lower) ? operators[lower] : undefined;
    if (!known || (known[0] === "absent" && (set !== undefined || ifThere !== undefined))) return malformedPolicy(`Invalid Condition type : ${operator}`);
    if (!isObject(keys)) return malformedPolicy("Invalid policy syntax.");
    const [compare, negated] = known;
    for (const [key, wanted] of Object.entries(keys)) {
      const fact = factOf(key) ?? malformedPolicy(`Policy has an invalid condition key - ${key}`);
      const values = (Array.isArray(wanted) ? wanted : [wanted]).map((entry) => textFor(entry, compare));
      if (values.length === 0 || values.length > policyLimits.valuesMax) return malformedPolicy("Invalid policy syntax.");
      conditions.push({
        compare,
        ...(negated ? { negated } : {}),
        ...(set === undefined ? {} : { over: set.toLowerCase() === "foranyvalue" ? "any" : "all" }),
        ...(ifThere === undefined ? {} : { ifThere: true }),
        fact,
        values: values.map((text) => textPattern(text, variables, compare === "pattern" || compare === "segments")),
      });
    }
  }
  return conditions;
}

/** Numbers and truths may stand without quotes. */
function textFor(value: JsonValue, compare: Comparison): string {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return malformedPolicy("Invalid policy syntax.");
  const text = String(value);
  if (text.includes("${")) return text;
  if (compare === "address" && !parseIpRange(text)) return malformedPolicy(`Invalid IP Address condition: ${text}`);
  if (compare.startsWith("date") && Number.isNaN(parseDate(text))) return malformedPolicy(`Invalid Date condition: ${text}`);
  if (compare.startsWith("number") && Number.isNaN(parseNumber(text))) return malformedPolicy(`Invalid Numeric condition: ${text}`);
  if ((compare === "truth" || compare === "absent") && !/^(true|false)$/i.test(text)) return malformedPolicy(`Invalid Bool condition: ${text}`);
  return compare === "absent" ? text.toLowerCase() : text;
}
