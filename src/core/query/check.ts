/** What can be told to be wrong with a statement before a byte of the object is read. */
import { refuse } from "./faults.ts";
import { functionType } from "./functions.ts";
import { likePattern } from "./like.ts";
import { queryLimits } from "./limits.ts";
import type { Expression, Language, Projection, Statement, Type } from "./model.ts";
import { isTimestampFormat, parseTimestamp } from "./timestamps.ts";

export type Checked = { of: "rows" | "json"; keepColumns: boolean; language: Language };

/** The type an expression has whatever the data; undefined: the data, or who asks, decides. */
export function typeOf(expression: Expression): Type | "null" | undefined {
  switch (expression.kind) {
    case "literal":
      return expression.type;
    case "cast":
      return expression.to;
    case "arithmetic":
      return [expression.left, expression.right].some((one) => typeOf(one) === "decimal") ? "decimal" : "double";
    case "concat":
      return "text";
    case "column":
      return undefined;
    case "call":
      return functionType(expression.name);
    default:
      return "boolean";
  }
}

const family = (type: Type): string => (type === "int" || type === "double" || type === "decimal" ? "number" : type);
const isNumber = (type: Type | "null" | undefined): boolean => type !== undefined && type !== "null" && family(type) === "number";

export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "column":
      return [];
    case "arithmetic":
    case "concat":
    case "compare":
      return [expression.left, expression.right];
    case "all":
    case "any":
    case "call":
      return expression.of;
    case "in":
      return [expression.of, ...expression.values];
    case "between":
      return [expression.of, expression.low, expression.high];
    default:
      return [expression.of];
  }
}

export const expressionsOf = ({ columns, where }: Statement): Expression[] => [
  ...(columns === "all" ? [] : columns.flatMap((column) => ("value" in column ? [column.value] : column.of === undefined ? [] : [column.of]))),
  ...(where === undefined ? [] : [where]),
];

export function checkStatement(statement: Statement, checked: Checked): void {
  const { columns, from, where } = statement;
  if (checked.of === "rows" && from.length > 0) refuse("rootInRows", "Only JSON has something below its root");
  const casts = new Map<string, Type>();
  for (const expression of expressionsOf(statement)) checkExpression(expression, checked, casts);
  if (columns !== "all") checkColumns(columns, checked);
  if (where === undefined) return;
  const type = typeOf(where);
  if (type !== "boolean" && type !== undefined) refuse("comparison", "WHERE needs something that is true or false");
  const { conditions, depth } = measure(where);
  if (conditions > queryLimits.conditionsMax) refuse("tooManyConditions", `WHERE has more than ${queryLimits.conditionsMax} conditions`);
  if (depth > queryLimits.conditionDepthMax) refuse("tooDeep", `The conditions of WHERE nest deeper than ${queryLimits.conditionDepthMax}`);
}

function measure(expression: Expression): { conditions: number; depth: number } {
  if (expression.kind !== "all" && expression.kind !== "any" && expression.kind !== "not") return { conditions: 1, depth: 1 };
  const inner = childrenOf(expression).map(measure);
  return { conditions: inner.reduce((all, { conditions }) => all + conditions, 0), depth: 1 + Math.max(...inner.map(({ depth }) => depth)) };
}

function checkColumns(columns: readonly Projection[], { of, keepColumns, language }: Checked): void {
  for (const column of columns) {
    if (!("aggregate" in column)) continue;
    if (keepColumns) refuse("keepWithAggregates", "Columns cannot be kept where aggregates are asked for");
    const { aggregate } = column;
    if (column.of === undefined) continue;
    if (aggregate === "count" && !language.computed) refuse("syntax", "COUNT takes * only");
    if (aggregate === "count") continue;
    const type = typeOf(column.of);
    if (type === "timestamp" && (aggregate === "sum" || aggregate === "avg")) refuse("aggregateTimestamp", `${aggregate} cannot be taken of timestamps`);
    const isFree = type === undefined && of === "json";
    if (!isFree && !isNumber(type) && type !== "timestamp") refuse("aggregateType", `${aggregate} needs numbers: CAST says which`);
  }
  if (!keepColumns) return;
  const names = columns.map((column) => ("value" in column ? JSON.stringify(column.value).toLowerCase() : ""));
  if (new Set(names).size < names.length) refuse("keepTwice", "A column is selected twice, and columns are kept");
}

/** What is called once for every node of every expression, with the types CAST gave columns so far. */
function checkExpression(expression: Expression, checked: Checked, casts: Map<string, Type>): void {
  for (const child of childrenOf(expression)) checkExpression(child, checked, casts);
  switch (expression.kind) {
    case "column":
      checkColumn(expression, checked);
      return;
    case "cast":
      checkCast(expression, casts);
      return;
    case "arithmetic":
      for (const one of childrenOf(expression)) if (typeOf(one) !== undefined && !isNumber(typeOf(one))) refuse("arithmeticOperand", "Only numbers can be calculated with");
      return;
    case "concat":
      checkConcat(expression);
      return;
    case "compare":
      comparable(expression.left, expression.right);
      return;
    case "between":
      comparable(expression.of, expression.low);
      comparable(expression.of, expression.high);
      return;
    case "in":
      checkIn(expression);
      return;
    case "like":
      checkLike(expression, checked);
      return;
    case "isNull":
      if (expression.of.kind === "literal") refuse("isNullOperand", "IS NULL is asked of something that is written out");
      return;
    case "all":
      allBoolean(expression.of, "andOperand");
      return;
    case "any":
      allBoolean(expression.of, "orOperand");
      return;
    case "not":
      allBoolean([expression.of], "notOperand");
      return;
  }
}

function allBoolean(expressions: readonly Expression[], fault: "andOperand" | "orOperand" | "notOperand"): void {
  const types = expressions.map(typeOf);
  if (types.some((type) => type !== "boolean" && type !== undefined)) refuse(fault, "AND, OR and NOT take what is true or false");
}

function comparable(a: Expression, b: Expression): void {
  const [left, right] = [typeOf(a), typeOf(b)];
  if (left === undefined || right === undefined || left === "null" || right === "null") return;
  if (family(left) !== family(right)) refuse("comparison", `A ${left} is compared with a ${right}`);
}

const columnIndex = /^_(\d{1,9})$/;
/** `_1` is the first. */
export function columnNumber(name: string): number | undefined {
  const match = columnIndex.exec(name);
  return match ? Number(match[1]) : undefined;
}

function checkColumn({ path }: Extract<Expression, { kind: "column" }>, { of }: Checked): void {
  if (of === "json") {
    if (path.some((step) => "any" in step)) refuse("wildcardPath", "[*] stands behind FROM only");
    return;
  }
  const [first] = path;
  const name = path.length === 1 && first !== undefined && "key" in first ? first.key : refuse("nestedInRows", "A column has nothing below it");
  const number = columnNumber(name);
  if (number !== undefined && (number < 1 || number > queryLimits.columnsMax)) refuse("columnIndex", `Columns are counted from 1 to ${queryLimits.columnsMax}`);
}

function checkCast({ of, to, format }: Extract<Expression, { kind: "cast" }>, casts: Map<string, Type>): void {
  if (format !== undefined && !isTimestampFormat(format)) refuse("timestampFormat", `There is no timestamp format ${format}`);
  if (to === "timestamp" && of.kind === "literal" && typeof of.value === "string" && parseTimestamp(of.value, format) === undefined)
    refuse(format === undefined ? "timestampValue" : "timestampMismatch", `${of.value} is no timestamp`);
  if (of.kind !== "column") return;
  const name = JSON.stringify(of.path);
  const before = casts.get(name);
  if (before !== undefined && before !== to) refuse("castTwice", `A column is cast to ${before} and to ${to}`);
  casts.set(name, to);
}

function checkConcat({ left, right }: Extract<Expression, { kind: "concat" }>): void {
  if (left.kind === "literal" && right.kind === "literal") refuse("concatOperand", "|| joins two texts that are written out");
  for (const one of [left, right]) if (typeOf(one) !== undefined && typeOf(one) !== "text") refuse("concatOperand", "|| joins texts");
}

function checkIn({ of, values }: Extract<Expression, { kind: "in" }>): void {
  if (of.kind === "literal" || values.some((value) => value.kind !== "literal")) refuse("syntax", "IN has a column on its left and values on its right");
  const families = new Set(values.map(typeOf).map((type) => (type === undefined || type === "null" ? "null" : family(type))));
  families.delete("null");
  if (families.size > 1) refuse("valueTypes", "The values of IN are of different types");
  for (const value of values) comparable(of, value);
}

function checkLike({ of, pattern, escape: mark }: Extract<Expression, { kind: "like" }>, { language }: Checked): void {
  const type = typeOf(of);
  if (of.kind === "literal" || (type !== undefined && type !== "text")) refuse("likeOperand", "LIKE is asked of a text column");
  likePattern(pattern, mark, language);
}
