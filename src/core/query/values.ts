/** What expressions give, what one can become, and how two compare. */
import { Decimal } from "./decimal.ts";
import type { Comparison, Type } from "./model.ts";
import { parseTimestamp } from "./timestamps.ts";

/** A number of a JSON document, as it is written there. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export class Timestamp {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}
/** Of a JSON document. Of a name that comes twice the last value counts. */
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | Map<string, JsonValue>;
/** `bigint`: a whole number, `number`: a double. `undefined`: there is none (a column that a row has not), which counts as null. */
export type Value = JsonValue | bigint | number | Decimal | Timestamp | undefined;

/** A value is not of the type that the statement takes it for: the row is skipped. One object for all, thrown often. */
export const mismatch: Error = new Error("a value is not of the type that the query needs");
const unfit = (): never => {
  throw mismatch;
};

const wholeText = /^\s*[+-]?\d{1,40}\s*$/;
const numberText = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const int64Max = 2n ** 63n - 1n;

function whole(value: bigint): bigint {
  return value > int64Max || value < -int64Max - 1n ? unfit() : value;
}

/** Texts that are empty are no numbers, but no wrong ones either: null. Whole numbers beyond 64 bits are doubles. */
export function toNumber(value: Value): bigint | number | Decimal | null {
  if (typeof value === "bigint" || typeof value === "number" || value instanceof Decimal) return value;
  const text = value instanceof JsonNumber ? value.text : value;
  if (text === null || text === undefined || text === "") return null;
  if (typeof text !== "string") return unfit();
  if (wholeText.test(text)) {
    const value = BigInt(text.trim().replace(/^\+/, ""));
    if (value <= int64Max && value >= -int64Max - 1n) return value;
  }
  return numberText.test(text) ? Number(text) : unfit();
}

/** A number to compare with: numbers of few digits are exact as doubles, and those are quick. */
export function toComparable(value: Value): bigint | number | Decimal | null {
  const text = value instanceof JsonNumber ? value.text : value;
  return typeof text === "string" && text.length <= exactDigits && numberText.test(text) ? Number(text) : toNumber(value);
}
const exactDigits = 15;

function toDecimal(value: Value): Decimal | null {
  if (value instanceof Decimal) return value;
  const text = value instanceof JsonNumber ? value.text : typeof value === "bigint" || typeof value === "number" ? String(value) : value;
  if (text === null || text === undefined || text === "") return null;
  return (typeof text === "string" ? Decimal.parse(text) : undefined) ?? unfit();
}

function toInt(value: Value): bigint | null {
  const number = toNumber(value);
  if (number === null || typeof number === "bigint") return number;
  if (number instanceof Decimal) return whole(number.digits / 10n ** BigInt(number.scale));
  // What is written as a fraction is no whole number; what was computed is cut.
  return typeof value === "number" && Number.isFinite(value) ? whole(BigInt(Math.trunc(value))) : unfit();
}

function toDouble(value: Value): number | null {
  const number = toNumber(value);
  if (number === null) return null;
  return number instanceof Decimal ? number.toNumber() : Number(number);
}

function toTimestamp(value: Value, format?: string): Timestamp | null {
  if (value instanceof Timestamp) return value;
  const text = value instanceof JsonNumber ? value.text : value;
  if (text === null || text === undefined || text === "") return null;
  const ms = typeof text === "string" ? parseTimestamp(text, format) : undefined;
  return ms === undefined ? unfit() : new Timestamp(ms);
}

export function toBoolean(value: Value): boolean | null {
  if (value === null || value === undefined || typeof value === "boolean") return value ?? null;
  if (typeof value === "string" && /^\s*(true|false)\s*$/i.test(value)) return value.trim().toLowerCase() === "true";
  return value === "" ? null : unfit();
}

/** As it is written out. Numbers of a document keep their digits. */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Timestamp) return new Date(value.ms).toISOString();
  return typeof value === "object" && !(value instanceof Decimal) ? jsonOf(value) : String(value);
}
const toText = (value: Value): string | null => (value === null || value === undefined ? null : textOf(value));

export function convert(value: Value, to: Type, format?: string): Value {
  switch (to) {
    case "int":
      return toInt(value);
    case "double":
      return toDouble(value);
    case "decimal":
      return toDecimal(value);
    case "timestamp":
      return toTimestamp(value, format);
    case "boolean":
      return toBoolean(value);
    case "text":
      return toText(value);
  }
}

const sign = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Below, at or above zero; both are of the same kind, or both numbers. NaN: neither. */
export function order(a: Exclude<Value, null | undefined>, b: Exclude<Value, null | undefined>): number {
  if (typeof a === "string" && typeof b === "string") return sign(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return sign(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return sign(a.ms, b.ms);
  const [left, right] = [toNumber(a), toNumber(b)];
  if (left === null || right === null) return unfit();
  if (left instanceof Decimal || right instanceof Decimal) return Decimal.compare(toDecimal(left) as Decimal, toDecimal(right) as Decimal);
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function holds(operator: Comparison, at: number): boolean {
  switch (operator) {
    case "=":
      return at === 0;
    case "!=":
      return at !== 0;
    case "<":
      return at < 0;
    case "<=":
      return at <= 0;
    case ">":
      return at > 0;
    case ">=":
      return at >= 0;
  }
}

/** Whole numbers stay whole (and are cut), decimals exact, the rest is done in doubles. Null with anything is null; by zero is no value that fits. */
export function calculate(operator: "+" | "-" | "*" | "/" | "%", a: Value, b: Value): Value {
  const [left, right] = [toNumber(a), toNumber(b)];
  if (left === null || right === null) return null;
  if (typeof left === "bigint" && typeof right === "bigint") {
    if ((operator === "/" || operator === "%") && right === 0n) return unfit();
    return whole(operator === "+" ? left + right : operator === "-" ? left - right : operator === "*" ? left * right : operator === "/" ? left / right : left % right);
  }
  if (typeof left !== "number" && typeof right !== "number") return exact(operator, toDecimal(left) as Decimal, toDecimal(right) as Decimal);
  const [x, y] = [toDouble(left) as number, toDouble(right) as number];
  if ((operator === "/" || operator === "%") && y === 0) return unfit();
  return operator === "+" ? x + y : operator === "-" ? x - y : operator === "*" ? x * y : operator === "/" ? x / y : x % y;
}
function exact(operator: "+" | "-" | "*" | "/" | "%", a: Decimal, b: Decimal): Decimal {
  if (operator === "+") return Decimal.add(a, b);
  if (operator === "-") return Decimal.add(a, b.negated());
  if (operator === "*") return Decimal.multiply(a, b);
  return (operator === "/" ? Decimal.divide(a, b) : Decimal.remainder(a, b)) ?? unfit();
}

/** JSON text without blanks. */
export function jsonOf(value: Value): string {
  if (value instanceof Map) return `{${[...value].map(([key, one]) => `${JSON.stringify(key)}:${jsonOf(one)}`).join(",")}}`;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`;
  if (typeof value === "string" || value instanceof Timestamp) return JSON.stringify(textOf(value));
  if (typeof value === "number" && !Number.isFinite(value)) return "null";
  return value === null || value === undefined ? "null" : textOf(value);
}
