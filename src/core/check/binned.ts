/** The bin of a generation: each row with its bytes, its use and its end; and no end without a row. */
import { binnedUse, decodeBinned } from "../bin/rows.ts";
import { tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import type { Ports } from "../ports.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import { onView } from "../view.ts";
import type { AnnotationChecker } from "./annotations.ts";
import type { BytesChecker } from "./contents.ts";
import type { Report } from "./problem.ts";

export async function checkBin(
  ports: Ports,
  generation: Generation,
  { bytes, annotations, report }: { bytes: BytesChecker; annotations: AnnotationChecker; report: Report },
): Promise<{ binned: number; binnedBytes: number }> {
  const counted = { binned: 0, binnedBytes: 0 };
  for await (const { key: row, value } of rowsOf(ports, tables.binned.range(generation))) {
    const [, key, sequence] = tables.binned.read(row);
    const where = `${generation}/${key}#${sequence} (binned)`;
    try {
      const { version, untilMs } = decodeBinned(key, value);
      counted.binned++;
      counted.binnedBytes += version.size;
      if (version.sequence !== sequence) report("binnedWrong", where, `the record says it is ${version.sequence}`);
      const end = await onView(ports, (view) => view.get(tables.binEnd.key(untilMs, generation, key, sequence)));
      if (end === undefined) report("binnedWrong", where, `it goes at ${untilMs}, and no row says so`);
      await bytes.version(version, where);
      if (version.annotations) await annotations.version(version.annotations, where);
      if (!isStoredApart(version.content)) continue;
      const { id } = version.content;
      const use = await onView(ports, (view) => view.get(binnedUse(generation, version, id)));
      if (use === undefined) report("useMissing", where, `content ${id} does not know this binned object`);
    } catch (error) {
      report("recordUnreadable", where, String(error));
    }
  }
  return counted;
}

export async function checkBinEnds(ports: Ports, report: Report): Promise<void> {
  for await (const { key: row } of rowsOf(ports, tables.binEnd.range())) {
    const [untilMs, generation, key, sequence] = tables.binEnd.read(row);
    const value = await onView(ports, (view) => view.get(tables.binned.key(generation, key, sequence)));
    if (value === undefined) report("binEndWithoutRow", `${generation}/${key}#${sequence}`, `a row says that it goes from the bin at ${untilMs}, and it is not in it`);
  }
}
