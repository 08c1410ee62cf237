/** Row locked/generation/until/key/sequence: one for each locked version, so that a range tells what of a bucket is locked from a time on. */
import type { Change } from "../change.ts";
import { tables } from "../keys.ts";
import type { Generation, Version } from "../model.ts";
import { type Bytes, type KeyRange, StoreCorrupt } from "../ports.ts";
import { presence } from "../records.ts";
import type { View } from "../view.ts";
import { lockedUntilMs } from "./judge.ts";

/** What of a generation is locked beyond `nowMs` (the retention clock's): empty, and it may go as a whole. */
export const lockedFrom = (generation: Generation, nowMs: number): KeyRange => ({ from: tables.locked.range(generation, nowMs + 1).from, to: tables.locked.range(generation).to });

function lockKey(generation: Generation, version: Version | undefined): Bytes | undefined {
  const untilMs = version && lockedUntilMs(version);
  return version === undefined || untilMs === undefined ? undefined : tables.locked.key(generation, untilMs, version.key, version.sequence);
}

/** The row comes, moves or goes in the batch in which its version does. `before` expected as read. */
export async function moveLock(view: View, change: Change, generation: Generation, before: Version | undefined, after: Version | undefined): Promise<void> {
  const old = lockKey(generation, before);
  const next = lockKey(generation, after);
  if (old && next && Buffer.compare(old, next) === 0) return;
  if (old) {
    const value = await view.get(old);
    if (value === undefined) throw new StoreCorrupt("The row of a version's lock is missing");
    change.expect(old, value).remove(old);
  }
  if (next) change.put(next, presence);
}
