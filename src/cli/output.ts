/** What commands say: tables and sentences for people, lines of JSON for programs; progress on a terminal only, and beside the output. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { type Progress, startProgress } from "./progress.ts";
import { type Row, table } from "./table.ts";

export type Output = {
  isJson: boolean;
  /** May a person be asked? */
  isTerminal: boolean;
  /** Waits while the reader is behind. */
  write(text: string): Promise<void>;
  /** A table, or a line for each row. */
  rows(rows: readonly Row[], columns: readonly string[]): Promise<void>;
  /** A line of JSON, or these words. */
  one(value: unknown, words: string): Promise<void>;
  /** On standard error: what is no result. */
  note(text: string): void;
  /** Shows itself on a terminal only. */
  progress(what: string): Progress;
  /** The line a person types in answer; only where `isTerminal`. */
  ask(question: string): Promise<string>;
};

export type Streams = { stdout: Writable; stderr: Writable & { isTTY?: boolean }; stdin: NodeJS.ReadableStream & { isTTY?: boolean } };

export function createOutput({ stdout, stderr, stdin }: Streams, isJson: boolean): Output {
  const write = async (text: string): Promise<void> => {
    if (text !== "" && !stdout.write(text)) await once(stdout, "drain");
  };
  const isTerminal = stdin.isTTY === true && stderr.isTTY === true;
  return {
    isJson,
    isTerminal,
    write,
    rows: (rows, columns) => write(isJson ? rows.map((row) => `${JSON.stringify(row)}\n`).join("") : table(rows, columns)),
    one: (value, words) => write(isJson ? `${JSON.stringify(value)}\n` : words),
    note: (text) => void stderr.write(text),
    progress: (what) => startProgress(what, stderr.isTTY === true && !isJson ? (text) => void stderr.write(text) : undefined),
    async ask(question) {
      const { createInterface } = await import("node:readline/promises");
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
  };
}
