/** Configurations of which a bucket has several of a kind, each under its id: a row each, among the documents of the generation and gone with it. */
import { equalBytes } from "../../lib/bytes.ts";
import type { Context, Core } from "../api.ts";
import { fail } from "../errors.ts";
import { statusKey } from "../inventory/report.ts";
import { judgeInventoryTarget } from "../inventory/target.ts";
import { tables } from "../keys.ts";
import type { Generation, NamedDocument, NamedKind } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Bytes, KeyRange, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import { changeState } from "./state.ts";

type Named = Core["documents"]["named"];

export const namedLimits = { perKindMax: 1000, idCharactersMax: 64, rawCharactersMax: 16 * 1024 } as const;

// No kind of a document that stands alone has a slash in its name.
const rowOf = (generation: Generation, kind: NamedKind, id: string): Bytes => tables.document.key(generation, `${kind}/${id}`);
const rowsOf = (generation: Generation, kind: NamedKind): KeyRange => tables.document.under(generation, `${kind}/`);

async function isFull(view: View, range: KeyRange): Promise<boolean> {
  const cursor = view.scan({ ...range, keysOnly: true });
  const found = await cursor.next(namedLimits.perKindMax);
  cursor.close();
  return found.length === namedLimits.perKindMax;
}

function getNamed(ports: Ports, context: Context, input: Parameters<Named["get"]>[1]): Promise<NamedDocument | undefined> {
  return onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    const value = await view.get(rowOf(state.generation, input.kind, input.id));
    return value === undefined ? undefined : decodeJson<NamedDocument>(value);
  });
}

function putNamed(ports: Ports, context: Context, input: Parameters<Named["put"]>[1]): Promise<void> {
  return transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { id, raw } = input.document;
    if (id === "" || id.length > namedLimits.idCharactersMax) fail("invalidArgument", { argument: "id", value: id, why: "an id has 1 to 64 characters" });
    if (raw.length > namedLimits.rawCharactersMax) fail("entityTooLarge", { size: raw.length, limit: namedLimits.rawCharactersMax });
    if (input.document.inventory) await judgeInventoryTarget(view, change, context, bucket.state, input.document.inventory);
    const row = rowOf(bucket.state.generation, input.kind, id);
    const before = await view.get(row);
    if (before !== undefined && input.isNew === true) fail("conflict", { what: `there is a configuration ${id} already` });
    if (before === undefined && (await isFull(view, rowsOf(bucket.state.generation, input.kind)))) fail("tooManyConfigurations", { limit: namedLimits.perKindMax });
    change.expect(row, before).put(row, encodeJson(input.document));
    // Each puts the state anew: two at once cannot both be the last that there is room for.
    changeState(change, bucket, {});
  });
}

function removeNamed(ports: Ports, context: Context, input: Parameters<Named["remove"]>[1]): Promise<boolean> {
  return transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const row = rowOf(bucket.state.generation, input.kind, input.id);
    const before = await view.get(row);
    if (before === undefined) return false;
    change.expect(row, before).remove(row);
    if (input.kind === "inventory") change.remove(statusKey(bucket.state.generation, input.id));
    changeState(change, bucket, {});
    return true;
  });
}

function listNamed(ports: Ports, context: Context, input: Parameters<Named["list"]>[1]): ReturnType<Named["list"]> {
  return onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    const range = rowsOf(state.generation, input.kind);
    const after = input.after === undefined ? undefined : rowOf(state.generation, input.kind, input.after);
    const cursor = view.scan(after === undefined ? range : { from: after, to: range.to });
    // One more than the page tells whether there is another; the one it goes on after may still be there.
    const found = (await cursor.next(input.max + 2)).filter(({ key }) => after === undefined || !equalBytes(key, after));
    cursor.close();
    return { documents: found.slice(0, input.max).map(({ value }) => decodeJson<NamedDocument>(value)), isTruncated: found.length > input.max };
  });
}

export const namedDocumentVerbs = (ports: Ports): Named => ({
  get: (context, input) => getNamed(ports, context, input),
  put: (context, input) => putNamed(ports, context, input),
  remove: (context, input) => removeNamed(ports, context, input),
  list: (context, input) => listNamed(ports, context, input),
});
