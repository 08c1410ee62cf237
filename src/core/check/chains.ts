/** Every chain of a generation, one key after the other: `current` and `rest` walked side by side. */
import { compareBytes } from "../../lib/bytes.ts";
import { currentKeyText, readRestKey, restRange, tables, versionUser } from "../keys.ts";
import type { Generation, ObjectKey, Version } from "../model.ts";
import type { Bytes, Entry, Ports } from "../ports.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { decodeVersion, type StoredVersion } from "../records.ts";
import { lockedUntilMs } from "../retention/judge.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import { onView } from "../view.ts";
import type { Report } from "./problem.ts";

type Row = { key: ObjectKey; value: Bytes; place: "current" | "top" | "older"; sequence?: number };
export type Counted = { objects: number; versions: number; markers: number; bytes: number };

/** Holds each chain to its rules, and gives every version that is there. `counted` is complete when the last was given. */
export async function* chainsOf(ports: Ports, generation: Generation, report: Report, counted: Counted): AsyncGenerator<Version> {
  let chain: Row[] = [];
  const name = (key: ObjectKey): string => `${generation}/${key}`;
  for await (const row of merged(ports, generation)) {
    if (chain.length > 0 && chain[0]?.key !== row.key) {
      yield* checkChain(chain);
      chain = [];
    }
    chain.push(row);
  }
  yield* checkChain(chain);

  async function* checkChain(rows: Row[]): AsyncGenerator<Version> {
    const [first] = rows;
    if (!first) return;
    const where = name(first.key);
    const heads = rows.filter(({ place }) => place !== "older").length;
    if (heads === 0) report("chainWithoutHead", where, `${rows.length} older versions and neither a current one nor a marker on top`);
    if (heads > 1) report("chainWithTwoHeads", where, "both a current version and a marker on top");
    const versions: { row: Row; stored: StoredVersion }[] = [];
    for (const row of rows) {
      const stored = await readVersion(row);
      if (stored) versions.push({ row, stored });
    }
    judgeOrder(versions, where);
    for (const { row, stored } of versions) {
      count(row, stored.version);
      await judgeUse(stored.version, where);
      await judgeLock(stored.version, where);
      yield stored.version;
    }
  }

  async function readVersion(row: Row): Promise<StoredVersion | undefined> {
    try {
      const stored = decodeVersion(row.key, row.value);
      if (!stored.hasDetail) return stored;
      const detail = await onView(ports, (view) => view.get(tables.detail.key(generation, row.key, stored.version.sequence)));
      if (detail) return decodeVersion(row.key, row.value, detail);
      report("detailMissing", `${name(row.key)}#${stored.version.sequence}`, "its headers and metadata stand in a row that is not there");
      return stored;
    } catch (error) {
      report("recordUnreadable", name(row.key), String(error));
      return undefined;
    }
  }

  function judgeOrder(versions: { row: Row; stored: StoredVersion }[], where: string): void {
    let before = Number.POSITIVE_INFINITY;
    const nulls: number[] = [];
    for (const { row, stored } of versions) {
      const { sequence, isNull, kind } = stored.version;
      if (sequence >= before) report("chainOutOfOrder", where, `sequence ${sequence} does not come after ${before}`);
      if (row.sequence !== undefined && row.sequence !== sequence) report("chainOutOfOrder", where, `the record of ${row.sequence} says it is ${sequence}`);
      if (row.place !== "older" && (kind === "marker") !== (row.place === "top")) report("markerInWrongPlace", where, `a ${kind} stands at ${row.place}`);
      if (row.place === "older" && stored.nullSequence !== undefined) report("nullSequenceWrong", where, `version ${sequence} is no head and carries a null sequence`);
      if (isNull) nulls.push(sequence);
      before = sequence;
    }
    const head = versions.find(({ row }) => row.place !== "older");
    if (nulls.length > 1) report("nullSequenceWrong", where, `${nulls.length} null versions: ${nulls.join(", ")}`);
    if (head && head.stored.nullSequence !== nulls[0])
      report("nullSequenceWrong", where, `the head says ${head.stored.nullSequence ?? "none"}, the chain has ${nulls[0] ?? "none"}`);
  }

  function count(row: Row, version: Version): void {
    counted[version.kind === "marker" ? "markers" : row.place === "current" ? "objects" : "versions"]++;
    counted.bytes += version.size;
  }

  async function judgeLock(version: Version, where: string): Promise<void> {
    const untilMs = lockedUntilMs(version);
    if (untilMs === undefined) return;
    const row = tables.locked.key(generation, untilMs, version.key, version.sequence);
    if ((await onView(ports, (view) => view.get(row))) === undefined) report("lockRowMissing", `${where}#${version.sequence}`, `it is locked until ${untilMs}, and no row says so`);
  }

  async function judgeUse(version: Version, where: string): Promise<void> {
    const inline = version.content?.inline?.length ?? 0;
    const size = version.content?.sealedBytes ?? version.size;
    if (!isStoredApart(version.content)) {
      if (version.kind === "object" && inline !== size) report("contentLength", `${where}#${version.sequence}`, `size ${size}, but ${inline} bytes in the record`);
      return;
    }
    const use = tables.use.key(version.content.id, versionUser(generation, version.key, version.sequence));
    if ((await onView(ports, (view) => view.get(use))) === undefined)
      report("useMissing", `${where}#${version.sequence}`, `content ${version.content.id} does not know this version`);
  }
}

/** By key, and in each the head first, then the older versions, newest first. */
async function* merged(ports: Ports, generation: Generation): AsyncGenerator<Row> {
  const current = rowsOf(ports, tables.current.range(generation));
  const rest = rowsOf(ports, restRange(generation));
  const next = async (rows: AsyncGenerator<Entry>): Promise<Entry | undefined> => (await rows.next()).value as Entry | undefined;
  const text = (key: ObjectKey): Bytes => Buffer.from(key, "utf8");
  let a = await next(current);
  let b = await next(rest);
  while (a || b) {
    const keyA = a && currentKeyText(a.key);
    const placeB = b && readRestKey(b.key);
    if (a && keyA !== undefined && (placeB === undefined || compareBytes(text(keyA), text(placeB.key)) <= 0)) {
      yield { key: keyA, value: a.value, place: "current" };
      a = await next(current);
    } else if (b && placeB) {
      yield placeB.sequence === undefined ? { key: placeB.key, value: b.value, place: "top" } : { key: placeB.key, value: b.value, place: "older", sequence: placeB.sequence };
      b = await next(rest);
    }
  }
}
