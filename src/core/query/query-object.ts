/** Runs a statement over an object, or over some of its records. */
import type { Context, VersionResult } from "../api.ts";
import type { Version } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { QueryInput, Running } from "./api.ts";
import { checkStatement } from "./check.ts";
import { refuse } from "./faults.ts";
import { formatOf } from "./index-rows.ts";
import { queryLimits } from "./limits.ts";
import type { InputFormat, QueryRange, RowIndex } from "./model.ts";
import { type Opened, openForQuery, runningOf } from "./open.ts";
import { parseStatement } from "./parse.ts";
import { RowReader } from "./row-reader.ts";
import { everything, type Piece, runQuery, type Section, type Summary } from "./run.ts";
import { slicesOf } from "./slices.ts";

export async function queryObject(ports: Ports, context: Context, input: QueryInput): Promise<VersionResult & { results: Running<Piece, Summary> }> {
  const statement = parseStatement(input.statement, input.language);
  const of = "rows" in input.input ? "rows" : "json";
  checkStatement(statement, { of, keepColumns: "rows" in input.output && input.output.rows.keepColumns, language: input.language });
  const opened = await openForQuery(ports, context, input);
  try {
    const query = { statement, input: input.input, output: input.output, skip: input.skip, language: input.language };
    const section = await withHeader(input.range === undefined ? everything : sectionOf(opened.found.version, input.input, input.range), opened, context, input.input);
    const slices = slicesOf(opened.source(section.start), { gzip: input.input.gzip, signal: context.signal });
    return { ...opened.found, results: runningOf(opened, runQuery(query, section, slices)) };
  } catch (error) {
    opened.finish();
    throw error;
  }
}

/** Throws queryFault: range, indexMissing, indexOther. */
function sectionOf({ rows: index, size }: Version, input: InputFormat, range: QueryRange): Section {
  if (input.gzip) refuse("range", "A packed object is read whole");
  if (range.of === "bytes") return bytesSection(size, input, range);
  if (index === undefined || index.size !== size) return refuse("indexMissing", "The records of the object have not been counted");
  if (index.format !== formatOf(input)) return refuse("indexOther", "The records of the object have been counted in another format");
  const wanted = range.of === "records" ? within(range, index.rows) : recordsOfSplits(within(range, index.splits.length), index);
  const split = index.splits.findLast(([, row]) => row <= wanted.first);
  return { start: split?.[0] ?? 0, number: split?.[1] ?? 0, ...wanted };
}

function within(range: QueryRange, count: number): { first: number; last: number } {
  if ("suffix" in range) return { first: Math.max(0, count - range.suffix), last: range.suffix === 0 ? -1 : count - 1 };
  return range.start < count ? { first: range.start, last: range.end ?? Number.POSITIVE_INFINITY } : refuse("range", `There are ${count}, from 0`);
}
function recordsOfSplits({ first, last }: { first: number; last: number }, { splits, rows }: RowIndex): { first: number; last: number } {
  return { first: splits[first]?.[1] ?? 0, last: last < 0 ? -1 : (splits[last + 1]?.[1] ?? rows) - 1 };
}

/** Records that begin within the bytes; whether one begins at the first of them, the bytes ahead tell. */
function bytesSection(size: number, input: InputFormat, range: QueryRange): Section {
  const delimiterBytes = "json" in input ? 1 : input.rows.record.length;
  if ("json" in input ? input.json.form === "document" : input.rows.quotedRecords) return refuse("range", "Bytes can be named where no record delimiter stands inside a record");
  const { first, last } = within(range, size);
  const inside = first > 0;
  return { ...everything, start: inside ? Math.max(0, first - delimiterBytes) : 0, cut: { last, inside } };
}

/** The header stands at the object's beginning, wherever reading begins. */
async function withHeader(section: Section, opened: Opened, context: Context, input: InputFormat): Promise<Section> {
  if (!("rows" in input) || input.rows.header !== "use" || section.start === 0) return section;
  const reader = new RowReader(input.rows);
  for await (const { bytes, at } of slicesOf(opened.source(0), { gzip: false, signal: context.signal })) {
    for (const { columns } of reader.read(bytes, at === opened.found.version.size)) return { ...section, header: columns };
    if (at > queryLimits.rowBytesMax * 2) break;
  }
  return section;
}
