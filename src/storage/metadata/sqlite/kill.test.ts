/** Processes that end without warning: what they acknowledged is there, whole, and what they did not is there whole or not at all. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, it } from "node:test";
import { openReader } from "./reader.ts";
import { temporaryFolder, testEngine } from "./testing.ts";
import { verifyAll } from "./verify.ts";

const kills = Math.min(200, Number(process.env.AMPHORA_RUNS ?? 8));
const writer = path.join(import.meta.dirname, `kill-worker${path.extname(import.meta.filename)}`);

type Ended = { lines: string[]; code: number | null };
/** Runs a writer, after shell commands `before` and as the last arguments of `under`; `killAfterMs` after its first acknowledgement it gets SIGKILL. */
async function runWriter(folder: string, first: number, options: { killAfterMs?: number; before?: string; under?: string; walSoftKiB?: number }): Promise<Ended> {
  const child = spawn(
    "sh",
    ["-c", `${options.before ?? ""} exec ${options.under ?? ""} "$0" "$@"`, process.execPath, writer, folder, String(first), String(options.walSoftKiB ?? 256)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  let killing = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (killing || options.killAfterMs === undefined) return;
    killing = true;
    setTimeout(() => child.kill("SIGKILL"), options.killAfterMs);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { lines: output.split("\n").slice(0, -1), code };
}
const numbersOf = (lines: string[], told: string): number[] => lines.filter((line) => line.startsWith(`${told} `)).map((line) => Number(line.slice(told.length + 1)));

/** Opens the folder as a next start would, and reads all pairs. */
async function pairsIn(folder: string): Promise<Set<number>> {
  const engine = testEngine(folder);
  const reader = openReader(folder, { snapshotMsMax: 60_000, snapshotRowsMax: 10_000_000 });
  const snapshot = await reader.snapshot();
  const halves = await Promise.all(
    ["a", "b"].map(async (half) => {
      const entries = await snapshot.scan({ from: Buffer.from(`${half}/`), to: Buffer.from(`${half}0`) }).next(10_000_000);
      return entries.map(({ key, value }) => {
        const number = Number(Buffer.from(key).subarray(2).toString());
        assert.equal(Buffer.compare(value, Buffer.alloc(300 + (number % 5) * 400, number)), 0);
        return number;
      });
    }),
  );
  assert.deepEqual(halves[0], halves[1], "half a batch is visible");
  assert.equal(await snapshot.sum(Buffer.from("pairs")), halves[0]?.length);
  reader.close();
  await engine.close();
  return new Set(halves[0]);
}

describe("a process that dies", () => {
  it(`${kills} times by SIGKILL while it commits loses nothing that it acknowledged`, { timeout: 30_000 + kills * 3_000 }, async () => {
    const { folder, remove } = await temporaryFolder();
    const acked: number[] = [];
    let first = 0;
    for (let i = 0; i < kills; i++) {
      const { lines } = await runWriter(folder, first, { killAfterMs: (i * 37) % 150 });
      const now = numbersOf(lines, "acked");
      assert.ok(now.length > 0);
      acked.push(...now);
      first = Math.max(...acked) + 100;
      if (i % 4 !== 3 && i !== kills - 1) continue;
      const there = await pairsIn(folder);
      assert.deepEqual(
        acked.filter((number) => !there.has(number)),
        [],
      );
    }
    assert.deepEqual((await verifyAll(folder)).problems, []);
    await remove();
  });

  /** What a writer that met an error itself must have left: its exit code, and all it acknowledged. */
  async function checkFailed(folder: string, { lines, code }: Ended, atCommit: boolean): Promise<void> {
    const told = lines.slice(-10).join("; ");
    assert.equal(code, 3, told);
    const acked = numbersOf(lines, "acked");
    const unknown = numbersOf(lines, "StoreOutcomeUnknown");
    assert.ok(acked.length > 10, told);
    if (atCommit) assert.ok(unknown.length > 0, told);
    assert.equal(acked.length + unknown.length + numbersOf(lines, "StoreRefused").length, lines.length);
    const there = await pairsIn(folder);
    assert.deepEqual(
      acked.filter((number) => !there.has(number)),
      [],
    );
    assert.deepEqual((await verifyAll(folder)).problems, []);
  }

  for (const [where, walSoftKiB] of [
    ["at COMMIT", 100_000],
    ["in a checkpoint", 256],
  ] as const) {
    it(`by a write error ${where} (a file that may not grow) acknowledges nothing after it, exits, and keeps all before it`, { timeout: 30_000 }, async () => {
      const { folder, remove } = await temporaryFolder();
      const ended = await runWriter(folder, 0, { before: "ulimit -f 1000;", walSoftKiB });
      await checkFailed(folder, ended, where === "at COMMIT");
      await remove();
    });
  }

  it("by an fsync that fails acknowledges nothing of that group, exits, and keeps all before it", { timeout: 30_000 }, async (context) => {
    const strace = "strace -f -qq -o /dev/null -e trace=fsync,fdatasync";
    if (spawnSync("sh", ["-c", `${strace} true`]).status !== 0) return context.skip("strace is not there, or not allowed");
    for (const when of [20, 35, 61]) {
      const { folder, remove } = await temporaryFolder();
      const ended = await runWriter(folder, 0, { under: `${strace} -e inject=fsync,fdatasync:error=EIO:when=${when}+`, walSoftKiB: 100_000 });
      await checkFailed(folder, ended, true);
      await remove();
    }
  });
});
