/** A query over a stretch of an object: records in, results out, in a bounded space. */
import { refuse } from "./faults.ts";
import { JsonReader } from "./json-reader.ts";
import { queryLimits } from "./limits.ts";
import { type Outcome, type Plan, planOf, type Query } from "./plan.ts";
import { RowReader } from "./row-reader.ts";
import { behindFirst, type Slice } from "./slices.ts";

/**
 * Where to read, and which of the records found there count. `start`: the byte to begin at, where record `number` begins; the records wanted are `first` to
 * `last`. `cut`: reading begins inside a record, which is left out, and the last that is wanted begins at or before the byte `cut`. `header`: what the header
 * says, where it is not read on the way.
 */
export type Section = { start: number; number: number; first: number; last: number; cut?: { last: number; inside: boolean }; header?: string[] };
export const everything: Section = { start: 0, number: 0, first: 0, last: Number.POSITIVE_INFINITY };

/** `data` absent: nothing was found for a while. `offset`: how far the object has been read; `processed`: how many bytes those were, unpacked. */
export type Piece = { data?: Buffer; offset: number; processed: number };
export type Skipped = { count: number; rows: number[] };
/** `scanned`: bytes that were read. */
export type Summary = { offset: number; scanned: number; processed: number; skipped: Skipped };

/** What divides JSON values where a range of bytes is asked for. */
const lineEnd = Buffer.from("\n");
/** Few results are handed on after so many slices. */
const slicesPerPiece = 16;

/** Throws queryFault for data that is not as the query says, after what was found before it. */
export async function* runQuery(query: Query, section: Section, slices: AsyncIterable<Slice>): AsyncGenerator<Piece, Summary> {
  let gathered = "";
  let offset = section.start;
  let processed = 0;
  const put = (text: string | undefined): void => {
    if (text !== undefined) gathered += text;
  };
  const flush = (): Piece => {
    const data = Buffer.from(gathered, "utf8");
    gathered = "";
    return data.length === 0 ? { offset, processed } : { data, offset, processed };
  };
  const skips = skipsOf(query);
  const lead = { bytes: 0 };
  const reader = "rows" in query.input ? rowOutcomes(query, section, skips, { put, lead }) : jsonOutcomes(query, section, skips, lead);
  try {
    let isFull = false;
    let count = 0;
    for await (const slice of section.cut?.inside ? behindFirst(slices, "rows" in query.input ? query.input.rows.record : lineEnd, lead) : slices) {
      // Only what has a sequel is handed on here: of an object that one slice holds, all is known at once.
      if (count > 0 && (gathered === "" || count % slicesPerPiece === 0)) yield flush();
      count++;
      offset = section.start + slice.at;
      processed += slice.bytes.length;
      for (const outcome of reader.read(slice.bytes)) {
        if (outcome === "full") isFull = true;
        if (isFull) break;
        if (typeof outcome === "object") put(outcome.text);
        if (gathered.length >= queryLimits.outputBytes) yield flush();
      }
      if (isFull) break;
    }
    if (!isFull) for (const outcome of reader.end()) if (typeof outcome === "object") put(outcome.text);
    put(reader.plan().result());
  } catch (error) {
    if (gathered !== "") yield flush();
    throw error;
  }
  if (gathered !== "") yield flush();
  return { offset, scanned: offset - section.start, processed, skipped: skips.skipped };
}

type Skips = { skipped: Skipped; skip(row: number): void };
function skipsOf({ skip: { skippedMax }, input }: Query): Skips {
  const skipped: Skipped = { count: 0, rows: [] };
  return {
    skipped,
    skip(row) {
      if (skipped.rows.length < queryLimits.skippedNamedMax) skipped.rows.push(row);
      if (++skipped.count > skippedMax)
        refuse("rows" in input ? "skippedRows" : "jsonSkipped", `${skipped.count} records do not fit the query, which is more than may be skipped: ${skipped.rows.join(", ")}`);
    },
  };
}

/** "full": nothing that follows is wanted. */
type Outcomes = { read(bytes: Buffer): Iterable<Outcome>; end(): Iterable<Outcome>; plan(): Plan };

function* taken(plan: Plan, row: Parameters<Plan["take"]>[0], number: number, skips: Skips): Generator<Outcome> {
  const outcome = plan.take(row);
  if (outcome === "skipped") skips.skip(number);
  yield outcome;
  if (plan.isFull()) yield "full";
}

function rowOutcomes(query: Query, section: Section, skips: Skips, { put, lead }: { put(head: string | undefined): void; lead: { bytes: number } }): Outcomes {
  if (!("rows" in query.input)) throw new Error("the query reads no rows");
  const format = query.input.rows;
  const reader = new RowReader(format);
  let bound: Plan | undefined;
  const bind = (header: readonly string[] | undefined): Plan => {
    const names = format.header === "use" ? header : undefined;
    bound = planOf(query, names);
    const head = bound.head();
    if (head !== undefined && head.length > queryLimits.headerBytesMax) refuse("headerSize", `The header has more than ${queryLimits.headerBytesMax} bytes`);
    put(head);
    return bound;
  };
  const plan = (): Plan => bound ?? bind(section.header);
  function* read(bytes: Uint8Array, last: boolean): Generator<Outcome> {
    for (const row of reader.read(bytes, last)) {
      const number = section.number + row.number;
      if (number === 0 && format.header !== "none" && section.cut?.inside !== true) {
        bind(row.columns);
        continue;
      }
      if (number > section.last || (section.cut !== undefined && section.start + lead.bytes + row.start > section.cut.last)) {
        yield "full";
        return;
      }
      if (number >= section.first) yield* taken(plan(), row.columns, number, skips);
    }
  }
  return { read: (bytes) => read(bytes, false), end: () => read(new Uint8Array(0), true), plan };
}

function jsonOutcomes(query: Query, section: Section, skips: Skips, lead: { bytes: number }): Outcomes {
  if (!("json" in query.input)) throw new Error("the query reads no JSON");
  const reader = new JsonReader(query.statement.from, query.input.json.form, section.start > 0 && section.cut === undefined);
  const plan = planOf(query, undefined);
  function* wanted(nodes: ReturnType<JsonReader["read"]>): Generator<Outcome> {
    for (const { value, root, start } of nodes) {
      const number = section.number + root;
      if (number > section.last || (section.cut !== undefined && section.start + lead.bytes + start > section.cut.last)) {
        yield "full";
        return;
      }
      if (number >= section.first) yield* taken(plan, value, number, skips);
    }
    if (section.number + reader.ended.roots > section.last) yield "full";
  }
  return { read: (bytes) => wanted(reader.read(bytes)), end: () => wanted(reader.end()), plan: () => plan };
}
