/**
 * The sequences of versions: milliseconds x 64 + slot, above every version the chain has, unique per key for ever, below 2^53 (HCP shows them
 * as version ids). A thread issues only numbers that leave its slot modulo 64, so no two threads can issue the same; and it remembers what it
 * issued in this millisecond, so that a version that was deleted at once is not followed by another of the same number. Earlier
 * milliseconds need no memory: `clock.sequenceMs` never goes back, across restarts either.
 */
import type { Generation, ObjectKey } from "../model.ts";
import type { Clock } from "../ports.ts";

const slots = 64;
/** Issued numbers remembered while the clock stands still; past it the clock is taken to be one further. */
const rememberedMax = 65_536;

type State = { ms: number; issued: Map<string, number> };
const states = new WeakMap<Clock, Map<number, State>>();

/** `newest`: the chain's highest sequence, `undefined` for a new chain. */
export function nextSequence(clock: Clock, slot: number, key: { generation: Generation; key: ObjectKey }, newest: number | undefined): number {
  const state = stateOf(clock, slot);
  const ms = clock.sequenceMs();
  if (ms > state.ms) advance(state, ms);
  else if (state.issued.size >= rememberedMax) advance(state, state.ms + 1);
  const name = `${key.generation}/${key.key}`;
  const before = Math.max(newest ?? 0, state.issued.get(name) ?? 0);
  let sequence = state.ms * slots + slot;
  if (sequence <= before) {
    sequence = Math.floor(before / slots) * slots + slot;
    if (sequence <= before) sequence += slots;
  }
  state.issued.set(name, sequence);
  return sequence;
}

function stateOf(clock: Clock, slot: number): State {
  if (!Number.isInteger(slot) || slot < 0 || slot >= slots) throw new Error(`No such slot: ${slot}`);
  const perSlot = states.get(clock) ?? new Map<number, State>();
  states.set(clock, perSlot);
  const state = perSlot.get(slot) ?? { ms: 0, issued: new Map() };
  perSlot.set(slot, state);
  return state;
}

/** What was issued beyond the new millisecond (many writers of one key in one) is still remembered. */
function advance(state: State, ms: number): void {
  state.ms = ms;
  for (const [name, sequence] of state.issued) if (sequence < ms * slots) state.issued.delete(name);
}
