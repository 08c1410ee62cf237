/** Asking the content of an object instead of reading it. */
import type { Context, ObjectAddress, VersionResult } from "../api.ts";
import type { CustomerKey } from "../encryption/api.ts";
import type { VersionSelector } from "../model.ts";
import type { InputFormat, Language, OutputFormat, QueryRange, RowIndex, SkipRules } from "./model.ts";
import type { Piece, Summary } from "./run.ts";

/** Work that goes on while it is asked for. `next` throws queryFault; `close` may be called at any time, more than once. */
export type Running<T, R> = { next(): Promise<{ done: false; value: T } | { done: true; value: R }>; close(): void };

export type QueryInput = ObjectAddress & {
  version?: VersionSelector;
  customerKey?: CustomerKey;
  statement: string;
  language: Language;
  input: InputFormat;
  output: OutputFormat;
  skip: SkipRules;
  range?: QueryRange;
};
export type IndexInput = ObjectAddress & { version?: VersionSelector; input: InputFormat; again: boolean };

export type QueryVerbs = {
  /** Throws what finding the version throws, queryFault (of the statement; indexMissing, indexOther and range of a range), overloaded. */
  run(context: Context, input: QueryInput): Promise<VersionResult & { results: Running<Piece, Summary> }>;
  /**
   * Counts the records of an object and notes where some of them begin, so that ranges of them can be asked. What was noted before is given as it is,
   * in whatever format it was made, unless `again`. It goes with the version's content. `scanned`: bytes read for it now.
   */
  indexRows(context: Context, input: IndexInput): Promise<VersionResult & { results: Running<{ offset: number }, { index: RowIndex; scanned: number }> }>;
};
