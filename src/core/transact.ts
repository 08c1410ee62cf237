/** The one place where conflicts are retried: fresh reads each time, and after the first conflict a turn in the queue of the contended key. */
import { type Context, limits } from "./api.ts";
import { Change } from "./change.ts";
import { DomainError, fail } from "./errors.ts";
import { type CommitOutcome, metadataLimits, type Ports, StoreRefused } from "./ports.ts";
import { View, ViewMoved } from "./view.ts";

const retryAfterS = 1;
/** A busy machine may take longer than a snapshot lives; an attempt that reads too much always will. */
const expiredSnapshotsMax = 3;

/**
 * Runs `attempt` on a fresh view and commits what it gathered; on a conflict, again, until `context.deadlineMs` (overloaded). An attempt
 * that changes nothing is not committed. A full disk is diskFull; `StoreOutcomeUnknown` passes through, and so does what the attempt throws:
 * in every other case but that one, nothing happened. Attempts must not keep anything from one run to the next. `rowByRow`: the attempt
 * reads few rows and expects each of them, so that the first try needs no snapshot: had it seen rows of different moments, the commit would
 * not happen, and what such a try throws is not believed before a snapshot says the same.
 */
export async function transact<T>(
  ports: Ports,
  context: Pick<Context, "deadlineMs" | "signal">,
  turnKey: Uint8Array,
  attempt: (view: View, change: Change) => Promise<T>,
  { rowByRow = false }: { rowByRow?: boolean } = {},
): Promise<T> {
  let release: (() => void) | undefined;
  // A body may have taken longer to come in than the request's own deadline: its commit still gets its time.
  const deadlineMs = Math.max(context.deadlineMs, ports.clock.monotonicMs() + limits.conflictMsMax);
  try {
    let loose = rowByRow;
    for (let expired = 0; ; ) {
      const change = new Change({ isFirstTry: release === undefined });
      let result: T;
      const wasLoose = loose;
      const view = View.open(ports, { rowByRow: loose });
      loose = false;
      try {
        result = await attempt(view, change);
      } catch (error) {
        if (wasLoose && (view.readRows > 1 || error instanceof ViewMoved)) continue;
        if (!(error instanceof StoreRefused) || error.reason !== "timeout" || ++expired >= expiredSnapshotsMax) throw error;
        continue;
      } finally {
        view.close();
      }
      if (wasLoose && change.isEmpty) continue;
      if (change.isEmpty) return result;
      const outcome = await commit(ports, change);
      if (outcome.committed) return result;
      if (ports.clock.monotonicMs() >= deadlineMs || context.signal.aborted) fail("overloaded", { retryAfterS });
      release ??= await ports.metadata.turn(turnKey, deadlineMs);
    }
  } catch (error) {
    throw refusal(error);
  } finally {
    release?.();
  }
}

async function commit(ports: Ports, change: Change): Promise<CommitOutcome> {
  if (change.operations > metadataLimits.batchOperationsMax) throw new Error(`A batch of ${change.operations} operations is too large`);
  return await ports.metadata.commit(change.toBatch());
}

/** What a store's refusal means to a caller. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof StoreRefused)) return error;
  switch (error.reason) {
    case "full":
      return new DomainError("diskFull", { freeBytes: 0 }, { cause: error });
    case "closing":
      return new DomainError("draining", { retryAfterS }, { cause: error });
    case "timeout":
    case "failed":
      return new DomainError("overloaded", { retryAfterS }, { cause: error });
  }
}
