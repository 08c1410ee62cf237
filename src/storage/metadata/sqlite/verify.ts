/** Reads every row of a database and checks every checksum, for `amphora check`; the server may run beside it. */
import type { DatabaseSync } from "node:sqlite";
import type { Bytes } from "../../../core/ports.ts";
import { successor } from "../../../lib/bytes.ts";
import { openReadOnly, readSuperblock } from "./database.ts";
import { counterValue, keyCheck, unseal, verifyKey } from "./seal.ts";

const pageRows = 1_000;
export const problemsMax = 1_000;

export type MetadataVerification = {
  rows: number;
  counters: number;
  /** What is wrong, a sentence each; empty: every bit is as it was written. At most `problemsMax`. */
  problems: string[];
};

/** Throws only when the database cannot be opened at all. */
export async function verifyAll(folder: string): Promise<MetadataVerification> {
  const db = openReadOnly(folder);
  const result: MetadataVerification = { rows: 0, counters: 0, problems: [] };
  const problem = (text: string): void => {
    if (result.problems.length < problemsMax) result.problems.push(text);
  };
  const attempt = (what: string, run: () => void): void => {
    try {
      run();
    } catch (error) {
      problem(`${what}: ${(error as Error).message}`);
    }
  };
  try {
    attempt("superblock", () => {
      if (readSuperblock(db) === undefined) throw new Error("missing");
    });
    attempt("integrity_check", () => {
      for (const row of db.prepare(`PRAGMA integrity_check(${problemsMax})`).iterate()) {
        if (row.integrity_check !== "ok") problem(`integrity_check: ${row.integrity_check}`);
      }
    });
    for (const table of ["kv", "counters"] as const) {
      const pages = pagesOf(db, table);
      const check = (row: Row): void => {
        const payload = unseal(keyCheck(verifyKey(row[0], row[1])), row[2]);
        if (table === "counters") counterValue(payload);
      };
      for (let more = true; more; ) {
        attempt(table, () => {
          more = false;
          const { value: rows, done } = pages.next();
          if (done) return;
          more = true;
          for (const row of rows) attempt(`${table} ${nameOf(row)}`, () => check(row));
          result[table === "kv" ? "rows" : "counters"] += rows.length;
        });
        // Others on this thread go on between two pages.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    db.close();
  }
  return result;
}

type Row = [key: unknown, check: unknown, value: unknown];
const nameOf = (row: Row): string => (row[0] instanceof Uint8Array ? Buffer.from(row[0]).toString("hex").slice(0, 200) : String(row[0]));

/** In key order, a page a transaction, so that a long check holds no WAL. */
function* pagesOf(db: DatabaseSync, table: "kv" | "counters"): Generator<Row[]> {
  const page = db.prepare(`SELECT k, c, v FROM ${table} WHERE k >= ? ORDER BY k LIMIT ${pageRows}`);
  page.setReturnArrays(true);
  let from: Bytes = new Uint8Array(1);
  for (;;) {
    const rows = page.all(from) as unknown as Row[];
    if (rows.length === 0) return;
    yield rows;
    const last = rows.at(-1)?.[0];
    if (!(last instanceof Uint8Array)) return;
    from = successor(last);
  }
}
