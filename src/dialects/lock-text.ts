/** Modes and dates of locks, as both vendors write them. */
import type { RetentionMode } from "../core/model.ts";
import { parseIsoTime } from "../lib/time.ts";

const modes = new Map<string, RetentionMode>([
  ["GOVERNANCE", "governance"],
  ["COMPLIANCE", "compliance"],
]);
export const retentionMode = (text: string | undefined): RetentionMode | undefined => modes.get(text ?? "");
export const retentionModeName = (mode: RetentionMode): string => mode.toUpperCase();

/** In milliseconds, on the next whole second: what answers show is then the very time that is kept. */
export function retentionDate(text: string): number | undefined {
  const zone = /([+-])(\d\d):?(\d\d)$/.exec(text);
  const ms = parseIsoTime(zone ? `${text.slice(0, zone.index)}Z` : text);
  if (ms === undefined) return undefined;
  const eastMs = zone ? (Number(zone[2]) * 60 + Number(zone[3])) * 60_000 * (zone[1] === "-" ? -1 : 1) : 0;
  return Math.ceil((ms - eastMs) / 1000) * 1000;
}
