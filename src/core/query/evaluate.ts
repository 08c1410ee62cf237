/** Expressions become functions of a row. Logic has three values: null where a value that is needed is not there. */
import { typeOf } from "./check.ts";
import { Decimal } from "./decimal.ts";
import { functionNamed } from "./functions.ts";
import { likePattern } from "./like.ts";
import type { Expression, Language, Step, Type } from "./model.ts";
import { calculate, convert, holds, JsonNumber, type JsonValue, mismatch, order, textOf, toBoolean, toComparable, toNumber, type Value } from "./values.ts";

/** A record cut into columns, or a node of a document. */
export type Row = readonly string[] | JsonValue;
export type Getter = (row: Row) => Value;
/** `column` says how a path is read. */
export type Compiling = { column(path: readonly Step[]): Getter; numbersAsText: boolean; language: Language };

/** A value as it stands: what is selected. */
export function compileValue(expression: Expression, compiling: Compiling): Getter {
  const compile = (one: Expression): Getter => compileValue(one, compiling);
  switch (expression.kind) {
    case "literal":
      return constant(literal(expression, undefined));
    case "column":
      return compiling.column(expression.path);
    case "cast": {
      const of = expression.of.kind === "literal" && expression.to === "decimal" ? constant(expression.of.value) : compile(expression.of);
      const { to, format } = expression;
      return (row) => {
        const value = of(row);
        return value === undefined ? undefined : convert(value, to, format);
      };
    }
    case "arithmetic": {
      const { operator } = expression;
      const type = typeOf(expression);
      const [left, right] = [operand(expression.left, type, compiling), operand(expression.right, type, compiling)];
      return (row) => calculate(operator, left(row), right(row));
    }
    case "concat": {
      const [left, right] = [operand(expression.left, "text", compiling), operand(expression.right, "text", compiling)];
      return (row) => {
        const [a, b] = [left(row), right(row)];
        return a === null || a === undefined || b === null || b === undefined ? null : textOf(a) + textOf(b);
      };
    }
    case "call": {
      const apply = functionNamed(expression.name);
      const of = expression.of.map(compile);
      return (row) => apply(of.map((one) => one(row)));
    }
    default:
      return compileCondition(expression, compiling);
  }
}

const constant =
  (value: Value): Getter =>
  () =>
    value;

function literal({ type, value }: Extract<Expression, { kind: "literal" }>, beside: Type | "null" | undefined): Value {
  if (typeof value !== "string" || type === "text") return value;
  if (beside === "decimal") return Decimal.parse(value) ?? null;
  return type === "int" ? toNumber(value) : Number(value);
}

/** One side of a comparison, a sum or the like: what has no type of its own takes that of the other side. */
function operand(expression: Expression, beside: Type | "null" | undefined, compiling: Compiling): Getter {
  if (expression.kind === "literal") return constant(literal(expression, beside));
  const value = compileValue(expression, compiling);
  if (typeOf(expression) !== undefined || beside === undefined || beside === "null") return value;
  if (beside === "text") return (row) => plainText(value(row), compiling.numbersAsText);
  if (beside === "int" || beside === "double") return (row) => toNumber(value(row));
  return (row) => convert(value(row), beside);
}

function plainText(value: Value, numbersAsText: boolean): Value {
  if (typeof value === "string" || value === null || value === undefined) return value;
  if (value instanceof JsonNumber && numbersAsText) return value.text;
  throw mismatch;
}

type Condition = (row: Row) => boolean | null;

/** Of a column: is it true? */
export function compileCondition(expression: Expression, compiling: Compiling): Condition {
  const condition = (one: Expression): Condition => compileCondition(one, compiling);
  switch (expression.kind) {
    case "all":
      return allOf(expression.of.map(condition), false);
    case "any":
      return allOf(expression.of.map(condition), true);
    case "not":
      return negate(condition(expression.of), true);
    case "isNull": {
      const value = compileValue(expression.of, compiling);
      return (row) => {
        const one = value(row);
        return (one === null || one === undefined) !== expression.negated;
      };
    }
    case "compare": {
      const { operator } = expression;
      const compared = comparing(expression.left, expression.right, compiling);
      return (row) => {
        const at = compared(row);
        return at === null ? null : holds(operator, at);
      };
    }
    case "between": {
      const low = comparing(expression.of, expression.low, compiling);
      const high = comparing(expression.of, expression.high, compiling);
      const bounds: Condition[] = [(row) => atLeast(low(row), 1), (row) => atLeast(high(row), -1)];
      return negate(allOf(bounds, false), expression.negated);
    }
    case "in":
      return negate(oneOf(expression, compiling), expression.negated);
    case "like": {
      const isAlike = likePattern(expression.pattern, expression.escape, compiling.language);
      const of = operand(expression.of, "text", compiling);
      return (row) => {
        const text = of(row);
        return typeof text === "string" ? isAlike(text) !== expression.negated : null;
      };
    }
    default: {
      const value = compileValue(expression, compiling);
      return (row) => toBoolean(value(row));
    }
  }
}

/** The values are of one type, so the column is read once and looked for. */
function oneOf({ of, values }: Extract<Expression, { kind: "in" }>, compiling: Compiling): Condition {
  const type = values.map(typeOf).find((one) => one !== "null");
  const beside = typeOf(of) === "decimal" ? "decimal" : type;
  const value = operand(of, type ?? "null", compiling);
  const wanted = values.map((one) => compileOne(one, beside)).filter((one) => one !== null && one !== undefined);
  const absent = wanted.length < values.length ? null : false;
  const texts = type === "text" ? new Set<Value>(wanted) : undefined;
  return (row) => {
    const one = value(row);
    if (one === null || one === undefined) return null;
    return (texts ? texts.has(one) : wanted.some((other) => order(one, other) === 0)) || absent;
  };
}
const compileOne = (one: Expression, beside: Type | "null" | undefined): Value => (one.kind === "literal" ? literal(one, beside) : null);

const atLeast = (at: number | null, side: 1 | -1): boolean | null => (at === null ? null : at * side >= 0);

function negate(condition: Condition, really: boolean): Condition {
  if (!really) return condition;
  return (row) => {
    const value = condition(row);
    return value === null ? null : !value;
  };
}

/** And (`decides` false) and or (`decides` true): one that decides is enough, else one that is null spoils it. */
function allOf(conditions: readonly Condition[], decides: boolean): Condition {
  return (row) => {
    let result: boolean | null = !decides;
    for (const condition of conditions) {
      const value = condition(row);
      if (value === decides) return decides;
      if (value === null) result = null;
    }
    return result;
  };
}

const isPlainNumber = (type: Type | "null" | undefined): boolean => type === "int" || type === "double";
/** As `operand`, where nothing is done with the value but to compare it. */
function compared(expression: Expression, beside: Type | "null" | undefined, compiling: Compiling): Getter {
  const isColumn = typeOf(expression) === undefined && isPlainNumber(beside);
  if (isColumn) {
    const value = compileValue(expression, compiling);
    return (row) => toComparable(value(row));
  }
  return expression.kind === "literal" && isPlainNumber(expression.type) && beside !== "decimal"
    ? constant(toComparable(expression.value))
    : operand(expression, beside, compiling);
}

function comparing(left: Expression, right: Expression, compiling: Compiling): (row: Row) => number | null {
  const [a, b] = [compared(left, typeOf(right), compiling), compared(right, typeOf(left), compiling)];
  return (row) => {
    const x = a(row);
    if (x === null || x === undefined) return null;
    const y = b(row);
    return y === null || y === undefined ? null : order(x, y);
  };
}
