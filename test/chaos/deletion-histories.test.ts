/**
 * Seeded histories of deleting: purge, soft delete, restore, recreate, lifecycle, put, complete and lock on the same bucket, with kills in the middle. Nothing
 * locked is lost, nothing purged comes back, counters equal a full count, and the space returns. Replay: AMPHORA_SEED=n npm run chaos -- deletion-histories
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeletionHistory } from "../support/deletion-history.ts";
import { campaignSeed, share } from "../support/seeded.ts";

const stepsEach = 60;

describe("histories of deleting, in this process", () => {
  const runs = process.env.AMPHORA_SEED === undefined ? share(2_000, 80) : 1;
  it(`${runs} seeded runs from seed ${campaignSeed}`, async (t) => {
    const all: Record<string, number> = {};
    for (let seed = campaignSeed; seed < campaignSeed + runs; seed++) {
      const history = new DeletionHistory(seed);
      await history.run(stepsEach).catch((error: unknown) => {
        throw new Error(`seed ${seed}: replay it with AMPHORA_SEED=${seed} npm run chaos -- deletion-histories`, { cause: error });
      });
      for (const [what, count] of Object.entries(history.tally)) all[what] = (all[what] ?? 0) + count;
    }
    t.diagnostic(`${runs} runs of ${stepsEach} steps: ${JSON.stringify(all)}`);
    if (runs > 1) for (const [what, count] of Object.entries(all)) assert.ok(count > 0, `nothing was ${what}`);
  });
});
