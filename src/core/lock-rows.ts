/** What holds a version, inside its record: behind owner and ETag, never in the detail row, so that whoever reads a version at all knows it. */
import type { Lock, RetentionMode } from "./model.ts";
import { at, indexOf, readNumber, writeNumber } from "./record-fields.ts";

export const lockBytes = 9;
const lockModes: readonly RetentionMode[] = ["governance", "compliance"];
const lockFlag = { modes: 3, hold: 4, holdGiven: 8 } as const;

/** Which mode (0: none) and hold, and until when. */
export function encodeLock({ retention, legalHold }: Lock): Buffer {
  const out = Buffer.alloc(lockBytes);
  out[0] = (retention ? 1 + indexOf(lockModes, retention.mode) : 0) | (legalHold ? lockFlag.hold : 0) | (legalHold === undefined ? 0 : lockFlag.holdGiven);
  if (retention) writeNumber(out, retention.untilMs, 1);
  return out;
}
export function decodeLock(raw: Buffer, place: number): Lock {
  const flags = raw[place] ?? 0;
  const lock: Lock = {};
  if (flags & lockFlag.modes) lock.retention = { mode: at(lockModes, (flags & lockFlag.modes) - 1, "retention"), untilMs: readNumber(raw, place + 1) };
  if (flags & lockFlag.holdGiven) lock.legalHold = (flags & lockFlag.hold) !== 0;
  return lock;
}
