/** Numbers that a seed replays (mulberry32), and what a campaign prints so that it can be. */
export type Seeded = { next(): number; below(n: number): number; pick<T>(list: readonly T[]): T };

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { next, below, pick: (list) => list[below(list.length)] as (typeof list)[number] };
}

/** The seed of this run: `AMPHORA_SEED`, else a fixed one. */
export const campaignSeed = Number(process.env.AMPHORA_SEED ?? 20261121);
/** Full figures under `npm run soak`, a share of them under `npm test`. */
export const isSoak = process.env.AMPHORA_SOAK === "1";
export const share = (full: number, part: number): number => (isSoak ? full : part);
/** Bytes that tell where they came from. */
export function bodyOf(name: string, size: number): Buffer {
  const line = Buffer.from(`${name}|`);
  const body = Buffer.alloc(size);
  for (let at = 0; at < size; at += line.length) line.copy(body, at);
  return body;
}
