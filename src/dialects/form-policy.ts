/**
 * The policy of an upload by form: a JSON document that says what the form may hold and until when. Judged over the fields as they stand after
 * `${filename}` was replaced. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html,
 * https://help.aliyun.com/zh/oss/developer-reference/postobject
 */
import type { ByteSource } from "../core/ports.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { parseIsoTime } from "../lib/time.ts";
import { refuseForm } from "./form-failure.ts";

/** Lower-case names; `bucket` among them. */
export type PolicyFields = ReadonlyMap<string, string>;
export type PolicyRules = {
  /** `in` and `not-in`, which take lists. */
  lists: boolean;
  /** Fields that no condition names: refused, unless this says that they need none. Absent: all are let through. */
  exempt?: (field: string) => boolean;
};
/** Bytes of the file, both included. */
export type SizeRange = { min: number; max: number };

type Condition = { text: string } & (
  | { operator: "eq" | "starts-with"; field: string; value: string }
  | { operator: "in" | "not-in"; field: string; values: readonly string[] }
  | { operator: "content-length-range"; range: SizeRange }
);

/** A condition with a list in it is the deepest there is. */
const policyDepthMax = 4;

const syntax = (why: string): never => refuseForm("policySyntax", { why });
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** `policy`: base64 as it was sent. Throws FormFailure policySyntax, policyExpired, conditionFailed, uncovered. */
export function judgePolicy(policy: string, fields: PolicyFields, nowMs: number, rules: PolicyRules): SizeRange {
  const { expiration, conditions } = parsePolicy(policy, rules);
  if (nowMs > expiration) refuseForm("policyExpired", { expiresMs: expiration, serverMs: nowMs });
  const range = { min: 0, max: Number.POSITIVE_INFINITY };
  const named = new Set<string>();
  for (const condition of conditions) {
    if (condition.operator === "content-length-range") {
      range.min = Math.max(range.min, condition.range.min);
      range.max = Math.min(range.max, condition.range.max);
      continue;
    }
    named.add(condition.field);
    if (!holds(condition, fields.get(condition.field) ?? "")) refuseForm("conditionFailed", { condition: condition.text });
  }
  const { exempt } = rules;
  const extra = exempt === undefined ? [] : [...fields.keys()].filter((field) => !named.has(field) && !exempt(field));
  if (extra.length > 0) refuseForm("uncovered", { fields: extra });
  return range;
}

/** A field that is not there counts as empty. */
function holds(condition: Exclude<Condition, { operator: "content-length-range" }>, value: string): boolean {
  switch (condition.operator) {
    case "eq":
      return value === condition.value;
    case "starts-with":
      return value.startsWith(condition.value);
    case "in":
      return condition.values.includes(value);
    case "not-in":
      return !condition.values.includes(value);
  }
}

function parsePolicy(policy: string, rules: PolicyRules): { expiration: number; conditions: Condition[] } {
  let parsed: unknown;
  try {
    if (!/^[A-Za-z0-9+/=\s]*$/.test(policy)) throw new Error("not base64");
    parsed = parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(policy, "base64")), { depthMax: policyDepthMax });
  } catch {
    return syntax("Invalid JSON.");
  }
  if (!isObject(parsed)) return syntax("Invalid JSON.");
  // Names of members are told without their case, as those of conditions are.
  const members = new Map(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value]));
  if (members.size !== Object.keys(parsed).length) return syntax("Invalid JSON.");
  const expiration = members.get("expiration");
  const conditions = members.get("conditions");
  if (expiration === undefined) return syntax("Policy missing expiration.");
  const expiresMs = typeof expiration === "string" ? parseIsoTime(expiration) : undefined;
  if (expiresMs === undefined) return syntax("Invalid 'expiration' value.");
  if (!Array.isArray(conditions)) return syntax("Policy missing conditions.");
  return { expiration: expiresMs, conditions: conditions.map((condition: unknown) => parseCondition(condition, rules)) };
}

function parseCondition(condition: unknown, rules: PolicyRules): Condition {
  if (isObject(condition)) {
    const [pair, ...others] = Object.entries(condition);
    if (pair === undefined || others.length > 0) return syntax("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
    const [field, value] = pair;
    if (typeof value !== "string") return syntax("Invalid Simple-Condition: value must be a string.");
    return { operator: "eq", field: field.toLowerCase(), value, text: JSON.stringify(["eq", `$${field}`, value]) };
  }
  if (!Array.isArray(condition)) return syntax("Invalid condition.");
  const [first, second, third] = condition as unknown[];
  const text = JSON.stringify(condition);
  const operator = typeof first === "string" ? first.toLowerCase() : "";
  if (operator === "content-length-range") {
    const min = wholeNumber(second);
    const max = wholeNumber(third);
    if (condition.length !== 3 || min === undefined || max === undefined) return syntax("Invalid content-length-range.");
    return { operator, range: { min, max }, text };
  }
  const isList = rules.lists && (operator === "in" || operator === "not-in");
  if (!isList && operator !== "eq" && operator !== "starts-with") return syntax(`Invalid condition: ${text}`);
  // Only S3's grammar insists on the dollar sign; without one it can mean nothing else.
  if (condition.length !== 3 || typeof second !== "string" || second === "" || second === "$") return syntax(`Invalid condition: ${text}`);
  const field = (second.startsWith("$") ? second.slice(1) : second).toLowerCase();
  if (isList) {
    if (!Array.isArray(third) || !third.every((value) => typeof value === "string")) return syntax(`Invalid condition: ${text}`);
    return { operator: operator === "in" ? "in" : "not-in", field, values: third as string[], text };
  }
  if (typeof third !== "string") return syntax(`Invalid condition: ${text}`);
  return { operator: operator === "eq" ? "eq" : "starts-with", field, value: third, text };
}

/** A number or its digits. */
function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** The file's bytes, held against the policy while they pass: throws FormFailure fileTooLarge as soon as there are too many, fileTooSmall at the end. */
export function sizedSource(source: ByteSource, { min, max }: SizeRange): ByteSource {
  let size = 0;
  return {
    async read() {
      const chunk = await source.read();
      size += chunk?.length ?? 0;
      if (size > max) refuseForm("fileTooLarge", { size, max });
      if (chunk === undefined && size < min) refuseForm("fileTooSmall", { size, min });
      return chunk;
    },
    close: () => source.close(),
  };
}
