/** Deletes a list of names and versions: the entries of one key are folded, in order, into one change of its chain. */
import { compareBytes, successor } from "../../lib/bytes.ts";
import { authorizeEntry } from "../access/evaluate.ts";
import { type Context, type Core, type DeleteEntry, type DeleteEntryResult, type DeleteResult, limits } from "../api.ts";
import { binOf } from "../bin/rows.ts";
import type { Change } from "../change.ts";
import { type ErrorKind, fail, isDomainError } from "../errors.ts";
import { emitRemoved } from "../events/emit.ts";
import { currentKeyText, restRange, tables } from "../keys.ts";
import type { Generation, ObjectKey } from "../model.ts";
import { parseObjectKey } from "../names.ts";
import { type Bytes, metadataLimits, type Ports, StoreOutcomeUnknown } from "../ports.ts";
import { removalOf } from "../retention/request.ts";
import { transact } from "../transact.ts";
import { Chain } from "../versions/chain.ts";
import { deleteOnChain, judgeDelete } from "../versions/delete-version.ts";
import { onView, type View } from "../view.ts";
import { bucketTurn, writerOf } from "./find.ts";

/**
 * What one commit takes at most: a flush costs milliseconds, and so do a thousand keys, for which everybody else's commits would wait.
 * `neighboursMin`: from so many keys on they are looked for all at once.
 */
export const deleteSlice = { keysMax: 250, entriesMax: 500, neighboursMin: 16 } as const;

/** `at`: the entry's place in the request. */
type Item = { at: number; entry: DeleteEntry };
type Input = Parameters<Core["objects"]["deleteMany"]>[1];
type Outcome = { result: DeleteResult } | { error: unknown };

/**
 * Results in the order of the entries; an entry that fails carries its error, and a conflict repeats only its slice. Throws for all of them
 * bucketMissing, accessDenied, and invalidArgument past `limits.deleteEntriesMax`.
 */
export async function deleteMany(ports: Ports, context: Context, input: Input): Promise<DeleteEntryResult[]> {
  if (input.entries.length > limits.deleteEntriesMax) {
    fail("invalidArgument", { argument: "entries", value: String(input.entries.length), why: `at most ${limits.deleteEntriesMax}` });
  }
  await onView(ports, (view) => view.bucket(context, input));
  const results: DeleteEntryResult[] = [];
  for (const slice of slices(wellNamed(input.entries, results))) await deleteSliced(ports, context, input, slice, results);
  return results;
}

/** A name that no object can have fails its own entry only. */
function wellNamed(entries: readonly DeleteEntry[], results: DeleteEntryResult[]): Item[] {
  const items: Item[] = [];
  for (const [at, entry] of entries.entries()) {
    try {
      parseObjectKey(entry.key);
      items.push({ at, entry });
    } catch (error) {
      results[at] = { ...entry, error };
    }
  }
  return items;
}

/** Grouped by key, in the order in which keys first appear. A key with very many entries spans slices, still in order. */
function* slices(items: readonly Item[]): Generator<Item[]> {
  const byKey = new Map<ObjectKey, Item[]>();
  for (const item of items) {
    const group = byKey.get(item.entry.key);
    if (group) group.push(item);
    else byKey.set(item.entry.key, [item]);
  }
  let slice: Item[] = [];
  let keys = 0;
  for (const group of byKey.values()) {
    keys++;
    for (const item of group) {
      if (slice.length >= deleteSlice.entriesMax || keys > deleteSlice.keysMax) {
        yield slice;
        slice = [];
        keys = 1;
      }
      slice.push(item);
    }
  }
  if (slice.length > 0) yield slice;
}

/** What is wrong with one entry, and leaves its chain as it was. */
const ownRefusals: ReadonlySet<ErrorKind> = new Set(["versionLocked", "preconditionFailed", "keyMissing", "versionMissing", "accessDenied"]);

class BatchTooLarge extends Error {}
const isTooLarge = (change: Change): boolean => change.operations > metadataLimits.batchOperationsMax || change.bytes > metadataLimits.batchBytesMax / 2;

async function deleteSliced(ports: Ports, context: Context, input: Input, slice: Item[], results: DeleteEntryResult[]): Promise<void> {
  try {
    const done = await deleteOnce(ports, context, input, slice);
    for (const [index, { at, entry }] of slice.entries()) results[at] = { ...entry, ...(done[index] as Outcome) };
  } catch (error) {
    if (error instanceof BatchTooLarge && slice.length > 1) {
      const half = slice.length >> 1;
      await deleteSliced(ports, context, input, slice.slice(0, half), results);
      await deleteSliced(ports, context, input, slice.slice(half), results);
      return;
    }
    if (error instanceof StoreOutcomeUnknown) throw error;
    for (const { at, entry } of slice) results[at] = { ...entry, error };
  }
}

/** Who deletes a list mostly has it from a listing: the rows of its keys stand side by side, and no older versions among them. */
async function readNeighbours(view: View, generation: Generation, slice: readonly Item[]): Promise<void> {
  if (slice.length < deleteSlice.neighboursMin) return;
  const rows = slice.map(({ entry }) => tables.current.key(generation, entry.key)).sort(compareBytes);
  const [first, last] = [rows[0] as Bytes, rows.at(-1) as Bytes];
  await view.readAhead({ from: first, to: successor(last) }, 2 * slice.length);
  await view.readAhead({ from: restRange(generation, currentKeyText(first)).from, to: restRange(generation, currentKeyText(last)).to }, 0);
}

async function deleteOnce(ports: Ports, context: Context, input: Input, slice: Item[]): Promise<Outcome[]> {
  return await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { state, stateKey, stateValue } = bucket;
    change.expect(stateKey, stateValue);
    await readNeighbours(view, state.generation, slice);
    const chains = new Map<ObjectKey, Chain>();
    const results: Outcome[] = [];
    for (const { entry } of slice) {
      const chain = chains.get(entry.key) ?? (await Chain.load(view, state.generation, entry.key));
      chains.set(entry.key, chain);
      try {
        await authorizeEntry(view, context, state, entry);
        await judgeDelete(view, context, state, chain, entry.version, entry.condition);
        const newest = chain.head?.sequence;
        const removal = await removalOf(view, context, state, { key: entry.key, bypassGovernance: input.bypassGovernance });
        const result = await deleteOnChain(ports, state, chain, entry.version, writerOf(context, state), removal);
        await emitRemoved(view, change, bucket, context, { key: entry.key, result, newest });
        results.push({ result });
      } catch (error) {
        // It concerns this entry alone, and left its chain as it was.
        if (!isDomainError(error) || !ownRefusals.has(error.kind)) throw error;
        results.push({ error });
      }
    }
    const bin = binOf(state, ports);
    for (const chain of chains.values()) await chain.writeTo(change, bin);
    if (isTooLarge(change) && slice.length > 1) throw new BatchTooLarge();
    return results;
  });
}
