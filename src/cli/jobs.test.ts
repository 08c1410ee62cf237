import assert from "node:assert/strict";
import { test } from "node:test";
import type { ShownJob } from "../core/jobs/api.ts";
import { noCounts } from "../core/jobs/model.ts";
import type { AdminClient, ServerEvent } from "./admin-client.ts";
import { CommandError, exits } from "./exits.ts";
import { exitOfJob, followJob, jobWords } from "./jobs.ts";
import type { Output } from "./output.ts";

const job = (state: ShownJob["state"], more: Partial<ShownJob> = {}): ShownJob => ({
  id: "j",
  kind: "purge",
  state,
  bucket: { tenant: "default", name: "b", generation: "g" } as unknown as ShownJob["bucket"],
  input: {},
  by: "root",
  reason: "",
  createdMs: 0,
  activeMs: 0,
  counts: noCounts,
  failures: 0,
  notes: [],
  rate: 0,
  ...more,
});
/** Each stream of events in turn; an error breaks it off. */
function clientOf(streams: (ServerEvent[] | Error)[]): AdminClient {
  return Object.assign(async () => assert.fail("not asked"), {
    async *events() {
      const stream = streams.shift() ?? new CommandError("unavailable", "no server answers");
      if (stream instanceof Error) throw stream;
      yield* stream;
    },
  });
}
const notes: string[] = [];
const out = { progress: () => ({ show() {}, end() {} }), note: (text: string) => notes.push(text) } as unknown as Output;
const event = (state: ShownJob["state"]): ServerEvent => ({ event: "job", data: job(state) });
const follow = (streams: (ServerEvent[] | Error)[], signal = new AbortController().signal) => followJob({ out, signal }, clientOf(streams), "j");

test("a job is followed over streams that end and servers that do not answer", async () => {
  const broken = new CommandError("unavailable", "no server answers");
  const seen = await follow([[event("running")], broken, new TypeError("terminated"), [event("running"), event("done")], [event("failed")]]);
  assert.equal(seen.state, "done");
});

test("it is given up where nobody can help: a job that is gone, a key that is refused", async () => {
  await assert.rejects(follow([[{ event: "gone", data: {} }]]), (error) => error instanceof CommandError && error.exit === exits.missing);
  await assert.rejects(follow([new CommandError("refused", "no")]), (error) => error instanceof CommandError && error.exit === exits.refused);
});

test("Ctrl-C while it waits for the next stream", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(follow([[event("running")]], stop.signal), { name: "AbortError" });
  assert.match(notes.at(-1) ?? "", /amphora jobs watch j/);
});

test("what a job came to, and its exit code", () => {
  const counts = { examined: 9, matched: 5, acted: 4, bytes: 2048, locked: 1 };
  assert.equal(jobWords(job("done", { counts })), "purge of b done: 4 entries removed, 2.0 KiB, 1 kept by locks (job j)\n");
  assert.equal(jobWords(job("failed", { error: "no space" })), "purge of b failed: 0 entries removed, 0 B; no space (job j)\n");
  assert.deepEqual([job("done"), job("done", { counts }), job("done", { counts, input: { dryRun: true } }), job("failed"), job("cancelled")].map(exitOfJob), [
    exits.done,
    exits.partly,
    exits.done,
    exits.failed,
    exits.failed,
  ]);
});
