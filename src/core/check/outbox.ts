/** The events that wait: each can be read, and each target's counter says how many there are. */
import type { WaitingEvent } from "../events/model.ts";
import { outboxCounters, readOutboxCounter } from "../events/outbox-counters.ts";
import { tables } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { decodeJson } from "../records.ts";
import { onView } from "../view.ts";
import type { Report } from "./problem.ts";

export async function checkOutbox(ports: Ports, report: Report): Promise<void> {
  const found = new Map<string, number>();
  for await (const { key, value } of rowsOf(ports, tables.outbox.range())) {
    const [target, sequencer] = tables.outbox.read(key);
    found.set(target, (found.get(target) ?? 0) + 1);
    const { object } = decodeJson<WaitingEvent>(value);
    if (object && object.sequencer !== sequencer) report("eventOutOfOrder", `an event for ${target}`, `it stands at ${sequencer} and says ${object.sequencer}`);
  }
  const counters = await onView(ports, (view) => view.counters(outboxCounters));
  const said = new Map(counters.map(({ counter, value }) => [readOutboxCounter(counter), value]));
  for (const target of new Set([...found.keys(), ...said.keys()])) {
    const [rows, count] = [found.get(target) ?? 0, said.get(target) ?? 0];
    if (rows !== count) report("counterWrong", `events for ${target}`, `the counter says ${count}, there are ${rows}`);
  }
}
