/** How a dialect turns what the core refuses into its vendor's words. */
import type { DomainErrors, ErrorKind } from "../core/errors.ts";

/** What an error document is made from. `elements` stand in the document after the common ones, in order. */
export type VendorAnswer = { status: number; code: string; message: string; elements?: [name: string, value: string][]; headers?: string[]; ec?: string };

type Row<K extends ErrorKind> = VendorAnswer | ((detail: DomainErrors[K], operation: string | undefined) => VendorAnswer);
/** A row for every domain error, or it does not compile. */
export type ErrorTable = { [K in ErrorKind]: Row<K> };

export function answerFor<K extends ErrorKind>(table: ErrorTable, kind: K, detail: DomainErrors[K], operation: string | undefined): VendorAnswer {
  const row = table[kind] as Row<K>;
  return typeof row === "function" ? row(detail, operation) : row;
}

/** The vendor's own refusals that no domain error stands for: header syntax, documents, parameters. Thrown by a dialect's parsers. */
export class VendorError extends Error {
  override name = "VendorError";
  readonly answer: VendorAnswer;
  constructor(answer: VendorAnswer, options?: ErrorOptions) {
    super(answer.code, options);
    this.answer = answer;
  }
}
