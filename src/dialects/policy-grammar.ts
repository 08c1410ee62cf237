/**
 * What the vendors' policy grammars share: JSON read strictly, lists of texts, wildcards, conditions and their operators. Names of keys, of actions and
 * of principals, and the words of refusals, belong to each dialect.
 */
import { parseDate, parseNumber } from "../core/access/policy/conditions.ts";
import type { Comparison, Condition, Pattern, Statement } from "../core/access/policy/model.ts";
import { parseIpRange } from "../lib/addresses.ts";
import { JsonError, type JsonObject, type JsonValue, parseStrictJson } from "../lib/strict-json.ts";

export const policyLimits = { depthMax: 8, statementsMax: 1000, valuesMax: 4000 } as const;

/** Throws the dialect's refusal. */
export type Refuse = (message: string) => never;

export function readPolicy(document: Uint8Array, refuse: Refuse): JsonObject {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document);
  } catch {
    return refuse("Policies must be valid JSON and the first byte must be '{'");
  }
  if (!text.startsWith("{")) return refuse("Policies must be valid JSON and the first byte must be '{'");
  try {
    return parseStrictJson(text, policyLimits) as JsonObject;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return refuse(error.kind === "duplicate" ? `Duplicate field ${error.key}` : "This policy contains invalid Json");
  }
}

export const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

export function onlyFields(object: JsonObject, names: readonly string[], refuse: Refuse): void {
  for (const name of Object.keys(object)) if (!names.includes(name)) refuse(`Unknown field ${name}`);
}

/** The statements, of which there is one at least; one may stand without a list. */
export function statementsOf(root: JsonObject, refuse: Refuse): JsonValue[] {
  if (root.Statement === undefined) return refuse("Missing required field Statement");
  const list = Array.isArray(root.Statement) ? root.Statement : [root.Statement];
  if (list.length === 0) return refuse("Could not parse the policy: Statement is empty!");
  return list.length > policyLimits.statementsMax ? refuse("Invalid policy syntax.") : list;
}

/** One text, or a list of them. */
export function texts(value: JsonValue | undefined, wrong: string, refuse: Refuse): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > policyLimits.valuesMax) return refuse(wrong);
  return list.map((entry) => (typeof entry === "string" ? entry : refuse(wrong)));
}

/** A field or its negation, not both; neither: undefined. */
export function eitherOf(statement: JsonObject, name: string, refuse: Refuse): { not: boolean; value: JsonValue } | undefined {
  const plain = statement[name];
  const negated = statement[`Not${name}`];
  if (plain !== undefined && negated !== undefined) return refuse(`Statement/policy cannot contain both ${name} and Not${name}`);
  const value = plain ?? negated;
  return value === undefined ? undefined : { not: plain === undefined, value };
}
/** Exactly one of them. */
export const oneOf = (statement: JsonObject, name: string, refuse: Refuse): { not: boolean; value: JsonValue } =>
  eitherOf(statement, name, refuse) ?? refuse(`Missing required field ${name}`);

export function effectOf({ Effect: effect }: JsonObject, refuse: Refuse): "allow" | "deny" {
  if (effect === undefined) return refuse("Missing required field Effect");
  if (effect === "Allow") return "allow";
  return effect === "Deny" ? "deny" : refuse(`Invalid effect: ${typeof effect === "string" ? effect : JSON.stringify(effect)}`);
}

export const wildcards = (text: string): Pattern => {
  const pattern: Pattern = [];
  for (const piece of text.split(/([*?])/)) if (piece !== "") pattern.push(piece === "*" ? 1 : piece === "?" ? 0 : piece);
  return pattern;
};

/** A role in a policy, in either vendor's spelling: `account/name`, whose parts may have wildcards. Paths are not kept. */
export function roleOf(text: string): string | undefined {
  const [, account, path] = /^(?:arn:[a-z0-9*-]+:iam::|acs:ram:[^:]*:)([\d*?]{1,64}):role\/([^:]{1,512})$/.exec(text) ?? [];
  return account === undefined || path === undefined ? undefined : `${account}/${path.slice(path.lastIndexOf("/") + 1)}`;
}

/**
 * What a statement of an identity's policy says about becoming a role; undefined: nothing. Who may do everything with everything may become every role
 * that lets them in.
 */
export function roleStatement(statement: JsonObject, said: Pick<Statement, "id" | "effect" | "conditions">, refuse: Refuse): Statement | undefined {
  const action = oneOf(statement, "Action", refuse);
  const resource = oneOf(statement, "Resource", refuse);
  const actions = texts(action.value, "Policy has invalid action", refuse).flatMap((text) => {
    const name = text === "*" ? "*" : /^sts:([A-Za-z*?]+)$/i.exec(text)?.[1];
    return name === undefined ? [] : [wildcards(name)];
  });
  const resources = texts(resource.value, "Policy has invalid resource", refuse).flatMap((text) => {
    const role = text === "*" ? "*" : roleOf(text);
    return role === undefined ? [] : [wildcards(role)];
  });
  // A denial of all but something is about roles too; leave is never given by what is left out.
  const isOpen = (one: { not: boolean }, patterns: Pattern[]): boolean => (one.not ? said.effect === "deny" : patterns.length > 0);
  if (!isOpen(action, actions) || !isOpen(resource, resources)) return undefined;
  return { ...said, actions: { not: action.not, patterns: actions }, resources: { not: resource.not, patterns: resources } };
}

const operators: Record<Comparison, [plain: string, negated: string]> = {
  text: ["StringEquals", "StringNotEquals"],
  textIgnoringCase: ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
  pattern: ["StringLike", "StringNotLike"],
  segments: ["ArnLike", "ArnNotLike"],
  number: ["NumericEquals", "NumericNotEquals"],
  numberBelow: ["NumericLessThan", "NumericGreaterThanEquals"],
  numberUpTo: ["NumericLessThanEquals", "NumericGreaterThan"],
  numberAbove: ["NumericGreaterThan", "NumericLessThanEquals"],
  numberFrom: ["NumericGreaterThanEquals", "NumericLessThan"],
  date: ["DateEquals", "DateNotEquals"],
  dateBefore: ["DateLessThan", "DateGreaterThanEquals"],
  dateUpTo: ["DateLessThanEquals", "DateGreaterThan"],
  dateAfter: ["DateGreaterThan", "DateLessThanEquals"],
  dateFrom: ["DateGreaterThanEquals", "DateLessThan"],
  truth: ["Bool", "Bool"],
  bytes: ["BinaryEquals", "BinaryEquals"],
  address: ["IpAddress", "NotIpAddress"],
  absent: ["Null", "Null"],
};
const byName = new Map<string, [compare: Comparison, negated: boolean]>([
  ["arnequals", ["segments", false]],
  ["arnnotequals", ["segments", true]],
]);
for (const [compare, [plain, negated]] of Object.entries(operators) as [Comparison, [string, string]][]) {
  byName.set(plain.toLowerCase(), [compare, false]);
  // Of an order the opposite is an operator of its own.
  if (negated.includes("Not")) byName.set(negated.toLowerCase(), [compare, true]);
}

export type ConditionGrammar = {
  factOf(key: string): string | undefined;
  /** A value as a pattern; not `isWild`: stars are text. */
  pattern(text: string, isWild: boolean): Pattern;
  /** A value that is judged only when its variables are known. */
  isOpen(text: string): boolean;
  /** Comparisons that the vendor's operators do not have. */
  without?: readonly Comparison[];
  refuse: Refuse;
};

/** `Condition`: operator -> key -> values, each a text or a list of them. */
export function conditionsOf(value: JsonValue, grammar: ConditionGrammar): Condition[] {
  const { refuse } = grammar;
  if (!isObject(value)) return refuse("Invalid policy syntax.");
  const conditions: Condition[] = [];
  for (const [operator, keys] of Object.entries(value)) {
    const [, set, name = "", ifThere] = /^(?:(ForAnyValue|ForAllValues):)?(.+?)(IfExists)?$/i.exec(operator) ?? [];
    const known = byName.get(name.toLowerCase());
    if (!known || grammar.without?.includes(known[0]) || (known[0] === "absent" && (set !== undefined || ifThere !== undefined)))
      return refuse(`Invalid Condition type : ${operator}`);
    if (!isObject(keys)) return refuse("Invalid policy syntax.");
    const [compare, negated] = known;
    for (const [key, wanted] of Object.entries(keys)) {
      const fact = grammar.factOf(key) ?? refuse(`Policy has an invalid condition key - ${key}`);
      const values = (Array.isArray(wanted) ? wanted : [wanted]).map((entry) => textFor(entry, compare, grammar));
      if (values.length === 0 || values.length > policyLimits.valuesMax) return refuse("Invalid policy syntax.");
      conditions.push({
        compare,
        ...(negated ? { negated } : {}),
        ...(set === undefined ? {} : { over: set.toLowerCase() === "foranyvalue" ? "any" : "all" }),
        ...(ifThere === undefined ? {} : { ifThere: true }),
        fact,
        values: values.map((text) => grammar.pattern(text, compare === "pattern" || compare === "segments")),
      });
    }
  }
  return conditions;
}

/** Numbers and truths may stand without quotes. */
function textFor(value: JsonValue, compare: Comparison, { isOpen, refuse }: ConditionGrammar): string {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return refuse("Invalid policy syntax.");
  const text = String(value);
  if (isOpen(text)) return text;
  if (compare === "address" && !parseIpRange(text)) return refuse(`Invalid IP Address condition: ${text}`);
  if (compare.startsWith("date") && Number.isNaN(parseDate(text))) return refuse(`Invalid Date condition: ${text}`);
  if (compare.startsWith("number") && Number.isNaN(parseNumber(text))) return refuse(`Invalid Numeric condition: ${text}`);
  if ((compare === "truth" || compare === "absent") && !/^(true|false)$/i.test(text)) return refuse(`Invalid Bool condition: ${text}`);
  return compare === "absent" ? text.toLowerCase() : text;
}

/** The other way: `Condition` of another grammar's statement. The same key under the same operator twice takes the operator in another case. */
export function renderConditions(
  list: readonly Condition[],
  { keyOf, text }: { keyOf(fact: string): string; text(pattern: Pattern, isWild: boolean): string },
): Record<string, Record<string, string[]>> {
  const all: Record<string, Record<string, string[]>> = {};
  for (const { compare, negated, over, ifThere, fact, values } of list) {
    const operator = `${over === undefined ? "" : over === "any" ? "ForAnyValue:" : "ForAllValues:"}${operators[compare][negated ? 1 : 0]}${ifThere ? "IfExists" : ""}`;
    const key = keyOf(fact);
    const free = [operator, operator.toLowerCase(), operator.toUpperCase()].find((spelled) => all[spelled]?.[key] === undefined);
    if (free === undefined) throw new Error(`${key} stands too often under ${operator}`);
    all[free] = { ...all[free], [key]: values.map((value) => text(value, compare === "pattern" || compare === "segments")) };
  }
  return all;
}
