import { UsageError } from "./exits.ts";

const unitSeconds: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds in `90`, `15m`, `12h`, `7d`. Throws UsageError, naming the flag. */
export function secondsIn(text: string, flag: string, max: number): number {
  const found = /^(\d{1,9})([smhd]?)$/.exec(text);
  const seconds = found ? Number(found[1]) * (unitSeconds[found[2] as string] as number) : Number.NaN;
  if (!(seconds >= 1 && seconds <= max)) throw new UsageError(`${flag} is a time such as 90, 15m, 12h or 7d, at most ${max} seconds`);
  return seconds;
}
