/** Forgets what completed uploads were answered, a day after. */
import { tables } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { reclaimLimits, slice, take } from "./slices.ts";

export async function forgetAnswers(ports: Ports, budget: number): Promise<number> {
  const range = { from: tables.answerEnd.range().from, to: tables.answerEnd.key(ports.clock.wallMs(), "0".repeat(32) as never) };
  const done = await slice(ports, async (view, change) => {
    const rows = await take(view, range, Math.min(budget, reclaimLimits.sliceRows), { keysOnly: true });
    for (const { key } of rows) change.remove(key).remove(tables.answer.key(tables.answerEnd.read(key)[1]));
    return rows.length;
  });
  return done ?? 0;
}
