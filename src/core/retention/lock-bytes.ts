/**
 * What holds a version, within its record, behind owner and ETag and never in the detail row: whoever reads a version at all knows what holds it.
 * Which mode (0: none) and holds, until when; behind that, where there is an event hold, its period.
 */
import type { EventHold, Lock, RetentionMode } from "../model.ts";

export const lockBytes = 9;
export const heldLockBytes = lockBytes + 5;
const modes: readonly RetentionMode[] = ["governance", "compliance"];
const units: readonly EventHold["unit"][] = ["days", "years"];
const bits = { modes: 3, hold: 4, holdGiven: 8 } as const;

export function encodeLock({ retention, legalHold, eventHold }: Lock): Buffer {
  const out = Buffer.alloc(eventHold ? heldLockBytes : lockBytes);
  out[0] = (retention ? 1 + modes.indexOf(retention.mode) : 0) | (legalHold ? bits.hold : 0) | (legalHold === undefined ? 0 : bits.holdGiven);
  if (retention) out.writeBigUInt64BE(BigInt(retention.untilMs), 1);
  if (eventHold) {
    out[lockBytes] = units.indexOf(eventHold.unit);
    out.writeUInt32BE(eventHold.count, lockBytes + 1);
  }
  return out;
}

export function decodeLock(raw: Buffer, place: number, isHeld: boolean): Lock {
  const flags = raw[place] ?? 0;
  const lock: Lock = {};
  const mode = modes[(flags & bits.modes) - 1];
  if (flags & bits.modes) {
    if (mode === undefined) throw new Error(`A record holds no known retention: ${flags & bits.modes}`);
    lock.retention = { mode, untilMs: Number(raw.readBigUInt64BE(place + 1)) };
  }
  if (flags & bits.holdGiven) lock.legalHold = (flags & bits.hold) !== 0;
  if (isHeld) lock.eventHold = { count: raw.readUInt32BE(place + lockBytes + 1), unit: units[raw[place + lockBytes] ?? 0] ?? "years" };
  return lock;
}
