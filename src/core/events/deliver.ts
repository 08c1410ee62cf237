/**
 * Takes events out of the outbox and to their targets, at least once: an event's row goes when the target has taken it, so who is killed in between
 * delivers again. Events of one key go one after the other; one that fails waits with growing, jittered delays, and the later ones of its key with
 * it. A target that takes nothing at all is left alone likewise.
 */
import { rest } from "../jobs/pace.ts";
import { tables } from "../keys.ts";
import type { Bytes, Entry, Ports } from "../ports.ts";
import { decodeJson } from "../records.ts";
import { transact } from "../transact.ts";
import { onView } from "../view.ts";
import type { WaitingEvent } from "./model.ts";
import { outboxCounter, outboxCounters, readOutboxCounter } from "./outbox-counters.ts";

export const deliveryLimits = {
  /** Events under way to one target, each of another key. */
  parallelMax: 8,
  /** Taken at once, and looked through for what is due. */
  pageRows: 100,
  lookRows: 2_000,
  /** The first wait after a failure, which doubles up to the last. */
  retryMs: 500,
  retryMsMax: 5 * 60_000,
  /** What nobody took for so long is given up. */
  ageMsMax: 7 * 24 * 3_600_000,
  /** Of one target: beyond it the oldest are given up. */
  waitingMax: 1_000_000,
  /** Keys whose events wait for their next try, remembered. */
  lanesMax: 10_000,
  pollMs: 250,
  /** Until a target is looked at again of which nothing is due, or that nobody names. */
  idleMs: 500,
  unnamedMs: 30_000,
  failedMs: 5_000,
} as const;

/** Rejects when the target did not take it; `id` is the same whenever the same event comes again. */
export type SendEvent = (target: string, event: WaitingEvent, id: string) => Promise<void>;
export type TargetFigures = { target: string; waiting: number; delivered: number; failed: number; givenUp: number };
export type Delivery = { ended: Promise<void>; figures(): TargetFigures[] };

type Wait = { failures: number; untilMs: number };
type Target = { name: string; delivered: number; failed: number; givenUp: number; waiting: number; wait: Wait | undefined; lanes: Map<string, Wait>; working: boolean };
type Row = { key: Bytes; value: Bytes; event: WaitingEvent; id: string; lane: string };

export type DeliveryOptions = { send: SendEvent; targets: ReadonlySet<string>; signal: AbortSignal; retryMs?: number; random?: () => number };

export function startDelivery(ports: Ports, options: DeliveryOptions): Delivery {
  const { signal } = options;
  const targets = new Map<string, Target>();
  const targetOf = (name: string): Target => {
    let target = targets.get(name);
    if (!target) targets.set(name, (target = { name, delivered: 0, failed: 0, givenUp: 0, waiting: 0, wait: undefined, lanes: new Map(), working: false }));
    return target;
  };
  const running = new Set<Promise<void>>();

  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        for (const name of await waitingTargets(ports, targets)) begin(targetOf(name));
      } catch (error) {
        if (!signal.aborted) ports.log.error("events.unread", error);
      }
      await rest(deliveryLimits.pollMs, signal);
    }
    await Promise.all(running);
  };
  function begin(target: Target): void {
    if (target.working || (target.wait && ports.clock.monotonicMs() < target.wait.untilMs)) return;
    target.working = true;
    const work = workThrough(ports, target, options)
      .catch((error: unknown) => {
        if (!signal.aborted) ports.log.error("events.failed", error, { target: target.name });
        target.wait = { failures: 0, untilMs: ports.clock.monotonicMs() + deliveryLimits.failedMs };
      })
      .finally(() => {
        target.working = false;
        running.delete(work);
      });
    running.add(work);
  }
  return { ended: loop(), figures: () => [...targets.values()].map(({ name, waiting, delivered, failed, givenUp }) => ({ target: name, waiting, delivered, failed, givenUp })) };
}

/** The targets with something in the outbox; notes how much. */
async function waitingTargets(ports: Ports, known: ReadonlyMap<string, Target>): Promise<string[]> {
  return await onView(ports, async (view) => {
    const counters = await view.counters(outboxCounters);
    for (const target of known.values()) target.waiting = 0;
    const names: string[] = [];
    for (const { counter, value } of counters) {
      const name = readOutboxCounter(counter);
      const target = known.get(name);
      if (target) target.waiting = value;
      if (value > 0) names.push(name);
    }
    return names;
  });
}

/** Pages until nothing is due, or the target takes nothing. */
async function workThrough(ports: Ports, target: Target, options: DeliveryOptions): Promise<void> {
  const { signal, targets } = options;
  while (!signal.aborted) {
    await giveUpExcess(ports, target);
    const { due, old } = await dueRows(ports, target);
    if (old.length > 0) {
      ports.log.warn("events.givenUp", { target: target.name, events: old.length, why: "nobody took them in time" });
      await remove(ports, target, old);
      target.givenUp += old.length;
    }
    const isNamed = targets.has(target.name);
    if (!isNamed || due.length === 0) {
      // Of one that the operator does not name any more: they wait for it to be named again.
      target.wait = { failures: target.wait?.failures ?? 0, untilMs: ports.clock.monotonicMs() + (isNamed ? deliveryLimits.idleMs : deliveryLimits.unnamedMs) };
      return;
    }
    const taken = await sendAll(ports, target, due, options);
    await remove(ports, target, taken);
    if (taken.length === 0) {
      const failures = (target.wait?.failures ?? 0) + 1;
      target.wait = { failures, untilMs: ports.clock.monotonicMs() + delayMs(failures, options) };
      return;
    }
    target.wait = undefined;
  }
}

function rowOf({ key, value }: Entry): Row {
  const event = decodeJson<WaitingEvent>(value);
  const [, , id] = tables.outbox.read(key);
  return { key, value, event, id, lane: JSON.stringify([event.tenant, event.bucket, event.object?.key ?? ""]) };
}

/** The oldest rows whose keys do not wait, and those that are too old to be delivered. */
async function dueRows(ports: Ports, target: Target): Promise<{ due: Row[]; old: Row[] }> {
  const oldMs = ports.clock.wallMs() - deliveryLimits.ageMsMax;
  const nowMs = ports.clock.monotonicMs();
  return await onView(ports, async (view) => {
    const due: Row[] = [];
    const old: Row[] = [];
    const cursor = view.scan(tables.outbox.range(target.name));
    for (let looked = 0; looked < deliveryLimits.lookRows && due.length + old.length < deliveryLimits.pageRows; ) {
      const entries = await cursor.next(deliveryLimits.pageRows);
      for (const row of entries.map(rowOf)) {
        if (row.event.timeMs < oldMs) old.push(row);
        else if ((target.lanes.get(row.lane)?.untilMs ?? 0) <= nowMs) due.push(row);
      }
      looked += entries.length;
      if (entries.length < deliveryLimits.pageRows) break;
    }
    cursor.close();
    return { due, old };
  });
}

/** Gives those that were taken. Keys go side by side, the events of one key in turn until one fails. */
async function sendAll(ports: Ports, target: Target, rows: readonly Row[], options: DeliveryOptions): Promise<Row[]> {
  const lanes = new Map<string, Row[]>();
  for (const row of rows) {
    const lane = lanes.get(row.lane);
    if (lane) lane.push(row);
    else lanes.set(row.lane, [row]);
  }
  const taken: Row[] = [];
  const waiting = [...lanes.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !options.signal.aborted; next = waiting.shift()) {
      const [name, lane] = next;
      for (const row of lane) {
        if (options.signal.aborted) return;
        try {
          await options.send(target.name, row.event, row.id);
          target.delivered++;
          target.lanes.delete(name);
          taken.push(row);
        } catch (error) {
          target.failed++;
          putOff(ports, target, name, error, options);
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: deliveryLimits.parallelMax }, worker));
  return taken;
}

function putOff(ports: Ports, target: Target, lane: string, error: unknown, options: DeliveryOptions): void {
  const failures = (target.lanes.get(lane)?.failures ?? 0) + 1;
  if (target.lanes.size >= deliveryLimits.lanesMax) target.lanes.clear();
  const waitMs = delayMs(failures, options);
  target.lanes.set(lane, { failures, untilMs: ports.clock.monotonicMs() + waitMs });
  ports.log.warn("events.notTaken", { target: target.name, failures, retryMs: Math.round(waitMs), error: error instanceof Error ? error.message : String(error) });
}

/** Doubles, and then up to half of it is left away at random, so that many do not come back at once. */
function delayMs(failures: number, { retryMs = deliveryLimits.retryMs, random = Math.random }: DeliveryOptions): number {
  return Math.min(deliveryLimits.retryMsMax, retryMs * 2 ** Math.min(failures - 1, 30)) * (1 - random() / 2);
}

async function giveUpExcess(ports: Ports, target: Target): Promise<void> {
  const waiting = await onView(ports, (view) => view.sum(outboxCounter(target.name)));
  const excess = waiting - deliveryLimits.waitingMax;
  if (excess <= 0) return;
  const rows = await onView(ports, async (view) => {
    const cursor = view.scan(tables.outbox.range(target.name));
    const entries = await cursor.next(Math.min(excess, deliveryLimits.lookRows));
    cursor.close();
    return entries;
  });
  ports.log.warn("events.givenUp", { target: target.name, events: rows.length, why: "too many wait" });
  await remove(ports, target, rows);
  target.givenUp += rows.length;
}

const turn = (name: string): Bytes => Buffer.from(`outbox\0${name}`, "utf8");

async function remove(ports: Ports, { name }: Target, rows: readonly Entry[]): Promise<void> {
  if (rows.length === 0) return;
  const never = { deadlineMs: ports.clock.monotonicMs() + deliveryLimits.failedMs, signal: new AbortController().signal };
  await transact(ports, never, turn(name), async (_view, change) => {
    for (const { key, value } of rows) change.expect(key, value).remove(key);
    change.add(outboxCounter(name), -rows.length);
  });
}
