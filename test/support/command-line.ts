/** `amphora ...` within the test's own process: what it wrote, and its exit code. */
import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { commandLine } from "../../src/cli/command-line.ts";

export type Said = { code: number; out: string; err: string; rows: Record<string, unknown>[] };
type Options = { env?: Record<string, string>; interrupt?: AbortSignal /** Somebody at a terminal types this when asked. */; types?: string };

/** `rows`: the output read as lines of JSON, where it was asked for as such. */
export async function amphora(args: readonly string[], { env = {}, interrupt = new AbortController().signal, types }: Options = {}): Promise<Said> {
  const texts = { out: "", err: "" };
  const stream = (name: "out" | "err"): PassThrough => new PassThrough().on("data", (chunk: Buffer) => (texts[name] += chunk.toString("utf8")));
  const isTTY = types !== undefined;
  const stdin = Object.assign(Readable.from(types === undefined ? [] : [`${types}\n`]), { isTTY });
  const refuse = (): Promise<number> => assert.fail("this command opens a store of its own");
  const around = { stdout: stream("out"), stderr: Object.assign(stream("err"), { isTTY }), stdin, env, interrupt };
  const code = await commandLine(args, { serve: refuse, check: refuse }, around);
  await new Promise((resolve) => setImmediate(resolve));
  const rows = args.includes("--json") && code !== 2 ? texts.out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Record<string, unknown>])) : [];
  return { code, ...texts, rows };
}
