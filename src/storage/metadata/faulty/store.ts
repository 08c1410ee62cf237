/** A metadata store that fails by plan: every decision comes from a seed, so a run can be had again. It never invents a conflict and never lies about an outcome. */
import { type Batch, type CommitOutcome, type MetadataStore, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";

/** Shares of calls, 0 to 1. All 0 (or absent): no faults. */
export type MetadataFaults = {
  seed: number;
  /** Commits refused before anything happened. */
  refuse?: number;
  refuseReason?: StoreRefused["reason"];
  /** Commits that are applied, but answered with `StoreOutcomeUnknown`. */
  unknownApplied?: number;
  /** Commits that are not applied, and answered with `StoreOutcomeUnknown`. */
  unknownLost?: number;
  /** Snapshots refused. */
  refuseSnapshot?: number;
  /** Calls that wait, `delayMsMax` at most, before or (commits only) after they act. */
  delay?: number;
  delayMsMax?: number;
};
export type FaultyMetadata = MetadataStore & {
  /** Other shares from now on; the sequence of the seed goes on. */
  plan(faults: Partial<Omit<MetadataFaults, "seed">>): void;
  /** Faults done so far, by kind. */
  done(): Record<"refused" | "unknownApplied" | "unknownLost" | "refusedSnapshots" | "delayed", number>;
};

export function faultyMetadata(inner: MetadataStore, faults: MetadataFaults): FaultyMetadata {
  const shares = { ...faults };
  const done = { refused: 0, unknownApplied: 0, unknownLost: 0, refusedSnapshots: 0, delayed: 0 };
  const random = seededRandom(faults.seed);
  const happens = (share: number | undefined): boolean => random() < (share ?? 0);

  async function pause(): Promise<void> {
    if (!happens(shares.delay)) return;
    done.delayed++;
    await new Promise((resolve) => setTimeout(resolve, random() * (shares.delayMsMax ?? 5)));
  }
  async function commit(batch: Batch): Promise<CommitOutcome> {
    if (happens(shares.refuse)) {
      done.refused++;
      throw new StoreRefused(shares.refuseReason ?? "full", "refused by plan");
    }
    if (happens(shares.unknownLost)) {
      done.unknownLost++;
      throw new StoreOutcomeUnknown("lost by plan");
    }
    const unknown = happens(shares.unknownApplied);
    if (shares.delay) await pause();
    const outcome = await inner.commit(batch);
    if (shares.delay) await pause();
    if (unknown) {
      done.unknownApplied++;
      throw new StoreOutcomeUnknown("applied, but not told, by plan");
    }
    return outcome;
  }

  return {
    commit,
    async snapshot() {
      if (happens(shares.refuseSnapshot)) {
        done.refusedSnapshots++;
        throw new StoreRefused("timeout", "refused by plan");
      }
      if (shares.delay) await pause();
      return inner.snapshot();
    },
    turn: (key, deadlineMs) => inner.turn(key, deadlineMs),
    close: () => inner.close(),
    plan: (changed) => void Object.assign(shares, changed),
    done: () => ({ ...done }),
  };
}

/** mulberry32: 32 bits of state are plenty for a plan of faults. 0 (included) to 1 (excluded). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
