/** SELECT columns FROM table [path] [alias] [WHERE condition] [LIMIT n], and nothing else. */
import { readExpression, readPath, TokenReader } from "./expressions.ts";
import { refuse } from "./faults.ts";
import { queryLimits } from "./limits.ts";
import type { Aggregate, Expression, Language, Projection, Statement, Step } from "./model.ts";
import { tokensOf } from "./tokens.ts";

const aggregates = ["count", "sum", "min", "max", "avg"] as const;

/** Throws queryFault: what is no statement of the language, or goes beyond a limit. Paths of columns begin below what FROM names: its alias is gone. */
export function parseStatement(text: string, language: Language): Statement {
  const reader = new TokenReader(tokensOf(text, language), language.computed);
  reader.needWord("select");
  const columns = readColumns(reader, language);
  reader.needWord("from");
  const { from, aliases } = readTable(reader, language);
  const where = reader.word("where") ? readExpression(reader) : undefined;
  const limit = reader.word("limit") ? readLimit(reader) : undefined;
  reader.sign(";");
  if (reader.token.kind !== "end") reader.unexpected();
  const bare = (expression: Expression): Expression => withoutAlias(expression, aliases);
  return {
    columns:
      columns === "all"
        ? columns
        : columns.map((column) => ("value" in column ? { ...column, value: bare(column.value) } : column.of === undefined ? column : { ...column, of: bare(column.of) })),
    from,
    ...(where === undefined ? {} : { where: bare(where) }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function readColumns(reader: TokenReader, language: Language): "all" | Projection[] {
  const columns: ("all" | Projection)[] = [];
  do {
    columns.push(reader.sign("*") ? "all" : readProjection(reader, language));
    if (columns.length > queryLimits.projectionsMax) refuse("tooManyAggregates", `More than ${queryLimits.projectionsMax} columns are selected`);
  } while (reader.sign(","));
  if (columns.length === 1 && columns[0] === "all") return "all";
  if (columns.includes("all")) refuse("mixOfStar", "* stands beside columns");
  const projections = columns as Projection[];
  const counted = projections.filter((column) => "aggregate" in column).length;
  if (counted > queryLimits.aggregatesMax) refuse("tooManyAggregates", `More than ${queryLimits.aggregatesMax} aggregates are asked for`);
  if (counted > 0 && counted < projections.length) refuse("mixOfAggregates", "Aggregates stand beside columns");
  return projections;
}

function readProjection(reader: TokenReader, { computed }: Language): Projection {
  const aggregate = aggregates.find((name) => reader.isWord(name));
  const projection = (aggregate === undefined ? undefined : readAggregate(reader, aggregate)) ?? { value: readValue(reader, computed) };
  // Of several aliases the last counts, as the vendor's own SDK tests have it.
  let alias: string | undefined;
  for (;;) {
    const isNamed = reader.word("as");
    const name = reader.name() ?? (isNamed ? reader.unexpected() : undefined);
    if (name === undefined) break;
    alias = name;
  }
  return alias === undefined ? projection : { ...projection, alias };
}

function readAggregate(reader: TokenReader, aggregate: Aggregate): Projection | undefined {
  const name = reader.take();
  if (!reader.sign("(")) return { value: { kind: "column", depth: 1, path: [{ key: name.text }, ...readPath(reader)] } };
  if (aggregate === "count" && reader.sign("*")) {
    reader.needSign(")");
    return { aggregate };
  }
  const of = readExpression(reader);
  reader.needSign(")");
  return { aggregate, of };
}

function readValue(reader: TokenReader, computed: boolean): Expression {
  const value = readExpression(reader);
  if (!computed && value.kind !== "column" && value.kind !== "cast") refuse("syntax", "Only columns, casts and aggregates can be selected");
  return value;
}

function readTable(reader: TokenReader, language: Language): { from: Step[]; aliases: ReadonlySet<string> } {
  const { text } = reader.token;
  if (reader.name()?.toLowerCase() !== language.table) refuse("syntax", `FROM names ${text.slice(0, 40)}, not ${language.table}`);
  const path = readPath(reader);
  const [first] = path;
  const from = language.records && first !== undefined && "any" in first ? path.slice(1) : path;
  const isNamed = reader.word("as");
  const alias = reader.name() ?? (isNamed ? reader.unexpected() : undefined);
  return { from, aliases: new Set([language.table, ...(alias === undefined ? [] : [alias.toLowerCase()])]) };
}

function readLimit(reader: TokenReader): number {
  const isNegative = reader.sign("-");
  const { kind, text } = reader.token;
  if (kind !== "number") reader.unexpected();
  reader.take();
  const limit = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return isNegative || limit < 1 ? refuse("rowLimit", "LIMIT is a whole number from 1") : limit;
}

function withoutAlias(expression: Expression, aliases: ReadonlySet<string>): Expression {
  const bare = (one: Expression): Expression => withoutAlias(one, aliases);
  switch (expression.kind) {
    case "literal":
      return expression;
    case "column": {
      const first = expression.path[0];
      return first !== undefined && "key" in first && aliases.has(first.key.toLowerCase()) ? { ...expression, path: expression.path.slice(1) } : expression;
    }
    case "all":
    case "any":
    case "call":
      return { ...expression, of: expression.of.map(bare) };
    case "compare":
    case "arithmetic":
    case "concat":
      return { ...expression, left: bare(expression.left), right: bare(expression.right) };
    case "in":
      return { ...expression, of: bare(expression.of), values: expression.values.map(bare) };
    case "between":
      return { ...expression, of: bare(expression.of), low: bare(expression.low), high: bare(expression.high) };
    default:
      return { ...expression, of: bare(expression.of) };
  }
}
