/** Counts an object's records once, and remembers where some of them begin. */
import type { Context, VersionResult } from "../api.ts";
import type { Version } from "../model.ts";
import { findVersion, objectTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import type { IndexInput, Running } from "./api.ts";
import { refuse } from "./faults.ts";
import { JsonReader } from "./json-reader.ts";
import { queryLimits } from "./limits.ts";
import type { InputFormat, RowIndex } from "./model.ts";
import { openForQuery, runningOf } from "./open.ts";
import { RowReader } from "./row-reader.ts";
import { type Slice, slicesOf } from "./slices.ts";

/** What decides where a record ends: an index made in one format is of no use in another. */
export function formatOf(input: InputFormat): string {
  if ("json" in input) return `json ${input.json.form}`;
  const { record, field, quote } = input.rows;
  return `rows ${Buffer.from(record).toString("hex")} ${field} ${quote}`;
}

type Done = { index: RowIndex; scanned: number };
type Result = VersionResult & { results: Running<{ offset: number }, Done> };

export async function indexRows(ports: Ports, context: Context, input: IndexInput): Promise<Result> {
  if (input.input.gzip) refuse("range", "The records of a packed object cannot be counted");
  const opened = await openForQuery(ports, context, input);
  const { version } = opened.found;
  const before = version.rows;
  if (before !== undefined && before.size === version.size && !input.again) {
    opened.finish();
    const done: Done = { index: before, scanned: 0 };
    return { ...opened.found, results: { next: async () => ({ done: true, value: done }), close() {} } };
  }
  const slices = slicesOf(opened.source(0), { gzip: false, signal: context.signal });
  const steps = async function* (): AsyncGenerator<{ offset: number }, Done> {
    const index = yield* counted(version.size, input.input, slices);
    await remember(ports, context, input, version, index);
    return { index, scanned: version.size };
  };
  return { ...opened.found, results: runningOf(opened, steps()) };
}

async function* counted(size: number, input: InputFormat, slices: AsyncIterable<Slice>): AsyncGenerator<{ offset: number }, RowIndex> {
  const counter = "rows" in input ? rowCounter(new RowReader(input.rows)) : jsonCounter();
  const splits: RowIndex["splits"] = [];
  const apart = Math.max(queryLimits.splitBytesMin, Math.ceil(size / queryLimits.splitsMax));
  let next = 0;
  const begins = (offset: number, row: number): void => {
    if (offset < next || splits.length === queryLimits.splitsMax) return;
    splits.push([offset, row]);
    next = offset + apart;
  };
  for await (const { bytes, at } of slices) {
    counter.read(bytes, begins);
    yield { offset: at };
  }
  counter.end(begins);
  const { rows, columns } = counter;
  return { format: formatOf(input), size, rows, columns, splits: rows === 0 ? [] : splits };
}

type Begins = (offset: number, row: number) => void;
type Counter = { rows: number; columns: number; read(bytes: Buffer, begins: Begins): void; end(begins: Begins): void };

function rowCounter(reader: RowReader): Counter {
  const counter: Counter = { rows: 0, columns: 0, read: (bytes, begins) => count(bytes, false, begins), end: (begins) => count(new Uint8Array(0), true, begins) };
  const count = (bytes: Uint8Array, last: boolean, begins: Begins): void => {
    for (const { columns, start, number } of reader.read(bytes, last)) {
      if (number === 0) counter.columns = columns.length;
      counter.rows = number + 1;
      begins(start, number);
    }
  };
  return counter;
}

/** Splits begin behind the last value that a slice ends. Nothing is called -1, so nothing is kept of the values. */
function jsonCounter(): Counter {
  const reader = new JsonReader([{ index: -1 }], "lines");
  const counter: Counter = {
    rows: 0,
    columns: 0,
    read(bytes, begins) {
      if (counter.rows === 0) begins(0, 0);
      for (const _ of reader.read(bytes));
      const { roots, at } = reader.ended;
      counter.rows = roots;
      if (roots > 0) begins(at, roots);
    },
    end() {
      for (const _ of reader.end());
      counter.rows = reader.ended.roots;
    },
  };
  return counter;
}

/** With the very content that was read, or not at all. */
async function remember(ports: Ports, context: Context, input: IndexInput, { content, size, sequence }: Version, rows: RowIndex): Promise<void> {
  await transact(ports, context, objectTurn(input), async (view, change) => {
    const { bucket, chain, version } = await findVersion(view, context, input, input.version);
    if (version.sequence !== sequence || version.size !== size || version.content?.id !== content?.id) return;
    change.expect(bucket.stateKey, bucket.stateValue);
    await chain.replace({ ...version, rows });
    await chain.writeTo(change);
  });
}
