/**
 * An operator's "now": a row says that it was asked for, whoever does the background work sees it, clears everything that nothing holds any more,
 * has all open volumes ended, compacts, and notes in the row what came of it. A server that is killed meanwhile begins it anew.
 */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import { rest } from "../jobs/pace.ts";
import { boundReason, whoAsks } from "../jobs/verbs.ts";
import { tables } from "../keys.ts";
import type { BlobSpace, Bytes, Ports } from "../ports.ts";
import { newReclaimMemory, runOnce } from "../reclaim/reclaim.ts";
import { slice } from "../reclaim/slices.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { transact } from "../transact.ts";
import { onView } from "../view.ts";
import type { ReclaimRow } from "./api.ts";

const key = tables.machine.key("reclaim");
const decode = (value: Bytes | undefined): ReclaimRow | undefined => (value === undefined ? undefined : decodeJson<ReclaimRow>(value));

export const reclaimNowLimits = {
  budget: 2_000,
  /** What a reader still holds is waited for so long, and then left to the passes that come. */
  readersMsMax: 30_000,
  /** Threads end their open volumes within this time, or those stay. */
  rotateMsMax: 10_000,
  lookMs: 100,
} as const;

export const readReclaimRow = async (ports: Ports): Promise<ReclaimRow | undefined> => decode(await onView(ports, (view) => view.get(key)));

export async function askReclaim(ports: Ports, context: Context, input: { reason?: string }): Promise<ReclaimRow> {
  authorizeAdmin(context);
  const reason = boundReason(input.reason);
  const by = whoAsks(context);
  const row = await transact(ports, context, key, async (view, change) => {
    const value = await view.get(key);
    const before = decode(value);
    const asked: ReclaimRow = { asked: (before?.asked ?? 0) + 1, done: before?.done ?? 0, askedMs: ports.clock.wallMs(), by, reason };
    change.expect(key, value).put(key, encodeJson(asked));
    return asked;
  });
  ports.log.info("audit", { what: "reclaim.asked", by, reason });
  return row;
}

/** What the storage of the background thread can do at once. `compact`: the next volume with dead bytes worth it; what it copied, or undefined. */
export type SpaceMaker = { space(): Promise<BlobSpace>; rotate(): Promise<void>; compact(signal: AbortSignal): Promise<{ copiedBytes: number } | undefined> };

const isOpen = (row: ReclaimRow | undefined): row is ReclaimRow => row !== undefined && row.asked > row.done;
export const isReclaimAsked = async (ports: Ports): Promise<boolean> => isOpen(await readReclaimRow(ports));

/** Does what was asked for, if it was. Throws what keeps it from going on: it is then to be begun anew. */
export async function reclaimNow(ports: Ports, maker: SpaceMaker, signal: AbortSignal): Promise<void> {
  const row = await readReclaimRow(ports);
  if (!isOpen(row)) return;
  const startedMs = ports.clock.wallMs();
  const before = await maker.space();
  // Threads end their volumes meanwhile: they look at the row too.
  await clearUntilIdle(ports, signal);
  await maker.rotate();
  await openVolumesEnded(maker, signal);
  await clearUntilIdle(ports, signal);
  const done = { volumes: 0, copiedBytes: 0 };
  for (let compacted = await maker.compact(signal); compacted !== undefined; compacted = await maker.compact(signal)) {
    done.volumes++;
    done.copiedBytes += compacted.copiedBytes;
  }
  await maker.rotate();
  const freedBytes = before.fileBytes - (await maker.space()).fileBytes;
  await noteDone(ports, { ...row, done: row.asked, startedMs, endedMs: ports.clock.wallMs(), freedBytes, ...done });
  ports.log.info("audit", { what: "reclaim.done", by: row.by, freedBytes, ...done });
}

/** Whoever asked again meanwhile is served by the next turn. */
async function noteDone(ports: Ports, row: ReclaimRow): Promise<void> {
  for (let noted: boolean | undefined; !noted; ) {
    noted = await slice(ports, async (view, change) => {
      const value = await view.get(key);
      const now = decode(value);
      change.expect(key, value).put(key, encodeJson({ ...row, asked: Math.max(row.asked, now?.asked ?? 0) }));
      return true;
    });
  }
}

/** Until nothing is left that could go, but for what readers hold too long. */
async function clearUntilIdle(ports: Ports, signal: AbortSignal): Promise<void> {
  const memory = newReclaimMemory();
  let idleSinceMs: number | undefined;
  while (!signal.aborted) {
    const done = Object.values(await runOnce(ports, { budget: reclaimNowLimits.budget, memory })).reduce((sum, count) => sum + count, 0);
    if (done > 0 || memory.deadFrom !== undefined) {
      idleSinceMs = undefined;
      continue;
    }
    const held = await onView(ports, async (view) => (await view.first(tables.dead.range())) ?? (await view.first(tables.released.range())));
    const now = ports.clock.monotonicMs();
    idleSinceMs ??= now;
    if (held === undefined || now - idleSinceMs > reclaimNowLimits.readersMsMax) return;
    await rest(reclaimNowLimits.lookMs, signal);
  }
  signal.throwIfAborted();
}

async function openVolumesEnded(maker: SpaceMaker, signal: AbortSignal): Promise<void> {
  const open = new Set((await maker.space()).open);
  for (let waitedMs = 0; open.size > 0 && waitedMs < reclaimNowLimits.rotateMsMax; waitedMs += reclaimNowLimits.lookMs * 5) {
    await rest(reclaimNowLimits.lookMs * 5, signal);
    signal.throwIfAborted();
    const still = new Set((await maker.space()).open);
    for (const name of open) if (!still.has(name)) open.delete(name);
  }
}

/** Calls `rotate` once for each time it was asked for; what was asked for before the first look is over. Gives what to call now and then. */
export function rotationWatch(ports: Pick<Ports, "metadata">, rotate: () => Promise<void>): () => Promise<void> {
  let seen: number | undefined;
  return async () => {
    const asked = (await readReclaimRow(ports as Ports))?.asked ?? 0;
    const isNew = seen !== undefined && asked > seen;
    seen = asked;
    if (isNew) await rotate();
  };
}
