/** Results as texts: records of columns, or JSON values one after the other. */
import { columnNumber } from "./check.ts";
import type { Getter, Row } from "./evaluate.ts";
import { refuse } from "./faults.ts";
import { queryLimits } from "./limits.ts";
import type { OutputFormat, Projection, RowOutput, Step } from "./model.ts";
import { jsonOf, textOf, type Value } from "./values.ts";

/** `column`: the number of the column (from 0) it is, where it is one as it stands. */
export type Selected = { name: string; get: Getter; column?: number };

/** How a selected value is called where nobody named it: after what it is taken from, or `_` and its number. */
export function nameOf(projection: Projection, number: number): string {
  if (projection.alias !== undefined) return projection.alias;
  const path: readonly Step[] = "value" in projection && projection.value.kind === "column" ? projection.value.path : [];
  const last = path.at(-1);
  return last !== undefined && "key" in last ? last.key : `_${number + 1}`;
}

export type Writer = { row(values: readonly Value[], names: readonly string[]): string; text(columns: readonly string[], names?: readonly string[]): string };

/** `row`: one result; `text`: one that is columns already. Throws queryFault when it is too long. */
export function writerOf(format: OutputFormat): Writer {
  if ("rows" in format) {
    const { record, field } = format.rows;
    const [end, between] = [Buffer.from(record).toString("latin1"), Buffer.from(field).toString("latin1")];
    const quoted = quoting(format.rows, end, between);
    const text = (columns: readonly string[]): string => bounded(columns.map(quoted), between, end);
    return { text, row: (values) => text(values.map(textOf)) };
  }
  const end = Buffer.from(format.json.record).toString("latin1");
  const row = (values: readonly Value[], names: readonly string[]): string => {
    const parts = values.flatMap((value, index) => (value === undefined ? [] : [`${JSON.stringify(names[index])}:${jsonOf(value)}`]));
    return bounded(parts, ",", `}${end}`, "{");
  };
  return {
    row,
    text: (columns, names) =>
      row(
        columns,
        columns.map((_, index) => names?.[index] ?? `_${index + 1}`),
      ),
  };
}

/** Checked before it is joined: one long column selected often is many bytes. */
function bounded(parts: readonly string[], between: string, end: string, start = ""): string {
  let characters = 0;
  for (const part of parts) {
    characters += part.length + between.length;
    if (characters > queryLimits.outputRowBytesMax) refuse("outputSize", `A result has more than ${queryLimits.outputRowBytesMax} bytes`);
  }
  return start + parts.join(between) + end;
}

/** A column that would be read back as something else stands between quotes. */
function quoting({ quote, escape: sign = quote, quoting: when }: RowOutput, end: string, between: string): (text: string) => string {
  const mark = String.fromCharCode(quote);
  const before = String.fromCharCode(sign);
  const hidden = (text: string): string => (sign === quote ? text : text.replaceAll(before, before + before)).replaceAll(mark, before + mark);
  const between2 = (text: string): string => mark + hidden(text) + mark;
  if (when === "always") return between2;
  const signs = [...new Set([mark, between, ...end])].map((sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
  const risky = new RegExp(`[${signs.join("")}]`);
  return (text) => (risky.test(text) ? between2(text) : text);
}

/** Columns stay where they stood in the record, those not selected are empty. `columns`: as many as the record has. */
export function keptInPlace(selected: readonly Selected[], row: Row, columns: number): Value[] {
  const values: Value[] = new Array<Value>(Math.min(columns, queryLimits.columnsMax)).fill("");
  for (const { column, get } of selected) if (column !== undefined && column < values.length) values[column] = get(row);
  return values;
}

/** Which column (from 0) a name means: by its number, or as the header has it, large and small letters alike. */
export function columnOf(name: string, header: readonly string[] | undefined): number {
  const number = columnNumber(name);
  if (number !== undefined) return number - 1;
  const lower = name.toLowerCase();
  const found = header?.findIndex((one) => one.trim().toLowerCase() === lower) ?? -1;
  return found >= 0 ? found : refuse("unknownColumn", `There is no column ${name.slice(0, 100)}`);
}
