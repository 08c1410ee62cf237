/** Queries over texts, for tests. */
import { checkStatement } from "./check.ts";
import type { InputFormat, Language, OutputFormat, RowFormat, SkipRules } from "./model.ts";
import { parseStatement } from "./parse.ts";
import { everything, runQuery, type Section, type Summary } from "./run.ts";
import type { Slice } from "./slices.ts";

export const testLanguage: Language = { table: "ossobject", any: "%*", one: "?", computed: false, records: false, strayQuote: true };
export const testRows: RowFormat = { record: Buffer.from("\n"), field: 44, quote: 34, header: "none", quotedRecords: true };
export const rowsOut: OutputFormat = { rows: { record: Buffer.from("\n"), field: Buffer.from(","), quote: 34, quoting: "asNeeded", keepColumns: false, header: false } };
export const jsonOut: OutputFormat = { json: { record: Buffer.from("\n") } };

export type TestQuery = { input?: InputFormat; output?: OutputFormat; skip?: SkipRules; language?: Language; section?: Section; pieceBytes?: number };
export type Tested = { text: string; summary: Summary | undefined; error: unknown };

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Slice> {
  for (let at = 0; at < bytes.length; at += size) {
    const slice = Buffer.from(bytes.subarray(at, at + size));
    yield { bytes: slice, at: at + slice.length };
  }
}

/** What came out, and what ended it. Statements that are refused throw. */
export async function ask(sql: string, data: string | Buffer, query: TestQuery = {}): Promise<Tested> {
  const input = query.input ?? { gzip: false, rows: testRows };
  const output = query.output ?? ("rows" in input ? rowsOut : jsonOut);
  const language = query.language ?? testLanguage;
  const statement = parseStatement(sql, language);
  checkStatement(statement, { of: "rows" in input ? "rows" : "json", keepColumns: "rows" in output && output.rows.keepColumns, language });
  const found: Buffer[] = [];
  const result: Tested = { text: "", summary: undefined, error: undefined };
  const skip = query.skip ?? { incomplete: false, skippedMax: 0 };
  const steps = runQuery({ statement, input, output, skip, language }, query.section ?? everything, pieces(Buffer.from(data), query.pieceBytes ?? 65_536));
  try {
    for (let step = await steps.next(); ; step = await steps.next()) {
      if (step.done) {
        result.summary = step.value;
        break;
      }
      if (step.value.data) found.push(step.value.data);
    }
  } catch (error) {
    result.error = error;
  }
  result.text = Buffer.concat(found).toString("utf8");
  return result;
}
