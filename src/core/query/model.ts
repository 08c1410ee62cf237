/** What a query is made of: formats, options, and the statement as a tree. */

/** Delimiters are bytes: `record` one or two of them, the others one. `escape`: what stands before a quote between quotes (absent: another quote). `quotedRecords`: a record delimiter between quotes is data. */
export type RowFormat = { record: Uint8Array; field: number; quote: number; escape?: number; comment?: number; header: "none" | "ignore" | "use"; quotedRecords: boolean };
/** "lines": values one after the other, between blanks, line ends or commas. `numbersAsText`: a number compares with texts, as one. */
export type JsonFormat = { form: "document" | "lines"; numbersAsText: boolean };
export type InputFormat = { gzip: boolean } & ({ rows: RowFormat } | { json: JsonFormat });

export type RowOutput = { record: Uint8Array; field: Uint8Array; quote: number; escape?: number; quoting: "asNeeded" | "always"; keepColumns: boolean; header: boolean };
export type OutputFormat = { rows: RowOutput } | { json: { record: Uint8Array } };

/** Records by their number (0 is the first, the header counts; `end` included) or splits by theirs; or those that begin within the bytes. */
export type QueryRange = { of: "records" | "splits" | "bytes" } & ({ start: number; end?: number } | { suffix: number });
export type SkipRules = { incomplete: boolean; skippedMax: number };

export type Type = "text" | "int" | "double" | "decimal" | "timestamp" | "boolean";
export type Step = { key: string } | { index: number } | { any: true };

/** `depth` of the tree below, itself included. */
export type Expression = { depth: number } & (
  | { kind: "literal"; type: Type | "null"; value: string | boolean | null }
  | { kind: "column"; path: readonly Step[] }
  | { kind: "cast"; of: Expression; to: Type; format?: string }
  | { kind: "arithmetic"; operator: "+" | "-" | "*" | "/" | "%"; left: Expression; right: Expression }
  | { kind: "concat"; left: Expression; right: Expression }
  | { kind: "compare"; operator: Comparison; left: Expression; right: Expression }
  | { kind: "all" | "any"; of: readonly Expression[] }
  | { kind: "not"; of: Expression }
  | { kind: "call"; name: string; of: readonly Expression[] }
  | { kind: "isNull"; of: Expression; negated: boolean }
  | { kind: "in"; of: Expression; values: readonly Expression[]; negated: boolean }
  | { kind: "between"; of: Expression; low: Expression; high: Expression; negated: boolean }
  | { kind: "like"; of: Expression; pattern: string; escape?: string; negated: boolean }
);
export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";
export type Aggregate = "count" | "sum" | "min" | "max" | "avg";
/** `of` absent: every record counts. */
export type Projection = { alias?: string } & ({ aggregate: Aggregate; of?: Expression } | { value: Expression });

/** `columns` "all": `*`. `from`: what the rows are, below the root. */
export type Statement = { columns: "all" | readonly Projection[]; from: readonly Step[]; where?: Expression; limit?: number };

/**
 * What one vendor's language has and another's has not. `table`: what follows FROM. `any`, `one`: the wildcards of LIKE. `computed`: whole expressions may
 * be selected, with functions in them. `records`: `[*]` behind the table is what there is anyway: its records. `strayQuote`: one quotation mark at the end of a statement is no part of it.
 */
export type Language = { table: string; any: string; one: string; computed: boolean; records: boolean; strayQuote: boolean };

/** How many records an object has, when it is read in one format (`format`, as `formatOf` gives it), and where some of them begin. `size`: the object's. */
export type RowIndex = { format: string; size: number; rows: number; columns: number; splits: [offset: number, row: number][] };
