/** SQLite's result codes (https://www.sqlite.org/rescode.html) in the port's words. */
import { StoreCorrupt, StoreRefused } from "../../../core/ports.ts";

const primary = { busy: 5, ioError: 10, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** The primary result code of an error of `node:sqlite`, or 0. */
function codeOf(error: unknown): number {
  const code = error instanceof Error && "errcode" in error ? error.errcode : 0;
  return typeof code === "number" ? code & 0xff : 0;
}
export const isBusy = (error: unknown): boolean => codeOf(error) === primary.busy;
export const isFull = (error: unknown): boolean => codeOf(error) === primary.full;
export const isCorrupt = (error: unknown): boolean => error instanceof StoreCorrupt || codeOf(error) === primary.corrupt || codeOf(error) === primary.notADatabase;

/** What a reader is told: a damaged page is `StoreCorrupt`, all else stays as it is. */
export function readFailure(error: unknown): unknown {
  if (isCorrupt(error) && !(error instanceof StoreCorrupt)) return new StoreCorrupt("the metadata database is damaged; run `amphora check`", { cause: error });
  return error;
}

/** What a writer is told when nothing of its group happened. */
export function writeFailure(error: unknown): Error {
  if (isCorrupt(error)) return readFailure(error) as Error;
  if (error instanceof StoreRefused) return error;
  if (isFull(error)) return new StoreRefused("full", "the disk is full", { cause: error });
  return new StoreRefused("failed", "the metadata database refused the group", { cause: error });
}
