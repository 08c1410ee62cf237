/** A statement bound to its data: what each row is asked, and what becomes of it. */
import { accumulator } from "./aggregates.ts";
import { childrenOf, expressionsOf } from "./check.ts";
import { type Compiling, compileCondition, compileValue, type Getter, type Row } from "./evaluate.ts";
import type { Expression, InputFormat, Language, OutputFormat, SkipRules, Statement, Step } from "./model.ts";
import { columnOf, keptInPlace, nameOf, type Selected, type Writer, writerOf } from "./output.ts";
import { jsonOf, mismatch, type Value } from "./values.ts";

export type Query = { statement: Statement; input: InputFormat; output: OutputFormat; skip: SkipRules; language: Language };
/** "skipped": the row is not what the statement takes it for, or not whole. "full": nothing more is wanted. */
export type Outcome = { text: string } | "none" | "skipped" | "full";
export type Plan = { take(row: Row): Outcome; isFull(): boolean; head(): string | undefined; result(): string | undefined };

/** `header`: the names of the columns, where there are any. Throws queryFault (unknownColumn). */
export function planOf({ statement, input, output, skip, language }: Query, header: readonly string[] | undefined): Plan {
  const { columns, where, limit } = statement;
  const compiling: Compiling = {
    column: "rows" in input ? (path) => rowColumn(path, header) : jsonColumn,
    numbersAsText: "json" in input && input.json.numbersAsText,
    language,
  };
  const condition = where === undefined ? undefined : compileCondition(where, compiling);
  const writer = writerOf(output);
  const needed = skip.incomplete ? columnsIn(statement).map(({ path }) => compiling.column(path)) : [];
  const projections = columns === "all" ? [] : columns;
  const totals = projections.flatMap((column) =>
    "aggregate" in column ? [{ total: accumulator(column.aggregate), get: column.of === undefined ? () => true : compileValue(column.of, compiling) }] : [],
  );
  const selected = projections.map((column, index): Selected => {
    const name = nameOf(column, index);
    if (!("value" in column)) return { name, get: () => null };
    const { value } = column;
    const place = "rows" in input && value.kind === "column" ? { column: columnOf(keyOf(value.path), header) } : {};
    return { name, get: compileValue(value, compiling), ...place };
  });
  const names = selected.map(({ name }) => name);
  const keeps = "rows" in output && output.rows.keepColumns && columns !== "all";
  let left = limit ?? Number.POSITIVE_INFINITY;

  const written = (row: Row): string => {
    if (columns === "all") return "rows" in input ? writer.text(row as readonly string[], header) : whole(row, writer, "json" in output ? output.json.record : undefined);
    if (keeps) return writer.row(keptInPlace(selected, row, Math.max((row as readonly string[]).length, header?.length ?? 0)), names);
    return writer.row(
      selected.map(({ get }) => get(row)),
      names,
    );
  };
  const take = (row: Row): Outcome => {
    if (left <= 0) return "full";
    if (needed.some((get) => get(row) === undefined)) return "skipped";
    if (condition && condition(row) !== true) return "none";
    if (totals.length > 0) {
      const values = totals.map(({ get }) => get(row));
      totals.forEach(({ total }, index) => {
        total.add(values[index]);
      });
    }
    const result: Outcome = totals.length > 0 ? "none" : { text: written(row) };
    left--;
    return result;
  };
  return {
    take(row) {
      try {
        return take(row);
      } catch (error) {
        if (error === mismatch) return "skipped";
        throw error;
      }
    },
    isFull: () => left <= 0,
    head: () => ("rows" in output && output.rows.header ? headOf(columns === "all" || keeps ? header : namesShown(selected, header), writer) : undefined),
    result: () =>
      totals.length === 0
        ? undefined
        : writer.row(
            totals.map(({ total }) => total.result()),
            names,
          ),
  };
}

const headOf = (names: readonly string[] | undefined, writer: Writer): string | undefined => (names === undefined ? undefined : writer.text(names));
/** As the header writes them, where a column is asked for as it is. */
const namesShown = (selected: readonly Selected[], header: readonly string[] | undefined): readonly string[] | undefined =>
  header && selected.map(({ name, column }) => (column !== undefined && name.toLowerCase() === header[column]?.trim().toLowerCase() ? (header[column] as string) : name));

const keyOf = (path: readonly Step[]): string => {
  const [first] = path;
  return first !== undefined && "key" in first ? first.key : "";
};
function rowColumn(path: readonly Step[], header: readonly string[] | undefined): Getter {
  const column = columnOf(keyOf(path), header);
  return (row) => (row as readonly string[])[column];
}
function jsonColumn(path: readonly Step[]): Getter {
  return (row) => {
    let value = row as Value;
    for (const step of path) {
      if ("key" in step) value = value instanceof Map ? value.get(step.key) : undefined;
      else value = "index" in step && Array.isArray(value) ? value[step.index] : undefined;
    }
    return value;
  };
}

/** What `*` gives of JSON: the node; one without names is called `_1`. */
function whole(row: Row, writer: Writer, record: Uint8Array | undefined): string {
  const isObject = row instanceof Map;
  if (record !== undefined && isObject) return jsonOf(row) + Buffer.from(record).toString("latin1");
  const values = isObject ? [...row.values()] : [row as Value];
  return writer.row(values, ["_1"]);
}

function columnsIn(statement: Statement): Extract<Expression, { kind: "column" }>[] {
  const found: Extract<Expression, { kind: "column" }>[] = [];
  const look = (expression: Expression): void => {
    if (expression.kind === "column") found.push(expression);
    childrenOf(expression).forEach(look);
  };
  expressionsOf(statement).forEach(look);
  return found;
}
