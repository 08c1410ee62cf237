/** The names of the counters of the outbox. */
import { asBuffer, rangeOf } from "../keys.ts";
import type { Bytes, KeyRange } from "../ports.ts";

/** How many events wait for a target. Behind the counters of all generations. */
const outboxPrefix = Buffer.concat([Buffer.alloc(14, 0xff), Buffer.from([0])]);
export const outboxCounter = (target: string): Bytes => Buffer.concat([outboxPrefix, Buffer.from(target, "utf8")]);
export const outboxCounters: KeyRange = rangeOf(outboxPrefix);
export const readOutboxCounter = (counter: Bytes): string => asBuffer(counter).toString("utf8", outboxPrefix.length);
