/** A read-only connection with every statement a reader needs, prepared once. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { openReadOnly } from "./database.ts";

export type Connection = {
  db: DatabaseSync;
  begin: StatementSync;
  touch: StatementSync;
  end: StatementSync;
  get: StatementSync;
  sum: StatementSync;
  counters: StatementSync;
  page: Record<"forward" | "reverse" | "forwardKeys" | "reverseKeys", StatementSync>;
};

/** @param folder of an engine that is open, on this or another thread. */
export function openConnection(folder: string): Connection {
  const db = openReadOnly(folder);
  const rows = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    db,
    begin: db.prepare("BEGIN"),
    touch: db.prepare("SELECT 1 FROM kv LIMIT 0"),
    end: db.prepare("COMMIT"),
    get: rows("SELECT v FROM kv WHERE k = ?"),
    sum: rows("SELECT v FROM counters WHERE k = ?"),
    counters: rows("SELECT k, v FROM counters WHERE k >= ? AND k < ? ORDER BY k LIMIT ?"),
    page: {
      forward: rows("SELECT k, v FROM kv WHERE k >= ? AND k < ? ORDER BY k LIMIT ?"),
      reverse: rows("SELECT k, v FROM kv WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ?"),
      forwardKeys: rows("SELECT k, c FROM kv WHERE k >= ? AND k < ? ORDER BY k LIMIT ?"),
      reverseKeys: rows("SELECT k, c FROM kv WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ?"),
    },
  };
}
