/**
 * A process for the tests that kill: writes pairs of keys from several lanes without end and prints the number of each acknowledged pair on a line.
 * Arguments: folder, first number, KiB of WAL at which checkpoints begin. Exits with 3 when the engine says that it must end.
 */
import { writeSync } from "node:fs";
import { openEngine } from "./engine.ts";

const [folder, first, walSoftKiB] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: kill-worker.ts FOLDER FIRST WAL_KIB");
const lanes = 8;
const engine = openEngine({ folder, onFatal: () => setImmediate(() => process.exit(3)), checkpoints: { walSoftBytes: Number(walSoftKiB ?? 256) * 1024 } });
let next = Number(first ?? 0);

/** At once, so that what was acknowledged is known when the process dies; a pipe may be full for a moment. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
async function lane(): Promise<void> {
  for (;;) {
    const number = next++;
    const value = Buffer.alloc(300 + (number % 5) * 400, number);
    const put = ["a", "b"].map((half) => ({ key: Buffer.from(`${half}/${String(number).padStart(9, "0")}`), value }));
    const told = await engine.commit({ expect: put.map(({ key }) => ({ key, is: undefined })), put, remove: [], add: [{ counter: Buffer.from("pairs"), delta: 1 }] }).then(
      (outcome) => (outcome.committed ? `acked ${number}` : `conflict ${number}`),
      (error: Error) => `${error.name} ${number}`,
    );
    say(`${told}\n`);
    if (!told.startsWith("acked")) return;
  }
}
await Promise.all(Array.from({ length: lanes }, lane));
