/** Finds the blobs that a crash left: written, flushed, and named by no batch. Each epoch of writing is visited once, after it ended. */
import { equalBytes } from "../../lib/bytes.ts";
import { ownerId } from "../keys.ts";
import type { ContentId } from "../model.ts";
import type { BlobListing, BlobRef, Ports } from "../ports.ts";
import { onView } from "../view.ts";
import { extentsInRecord, namedRefs } from "./named.ts";
import { removeRefs } from "./remover.ts";
import { nameOf, reclaimLimits } from "./slices.ts";

/** Owners whose names are kept in memory at a time: an upload's parts lie side by side. */
const ownersMax = 16;

/** Every write of an ended epoch is settled, so a blob that nothing names now will never be named. Gives the epochs and blobs that went. */
export async function sweep(ports: Ports, budgetEpochs: number): Promise<{ epochs: number; blobs: number }> {
  const swept = { epochs: 0, blobs: 0 };
  for (const epoch of (await ports.blobs.endedEpochs()).slice(0, budgetEpochs)) {
    // Names are read after the epoch was seen ended, never before.
    const names = new Map<ContentId, Set<string>>();
    for await (const page of ports.blobs.list(epoch)) {
      const orphans: BlobRef[] = [];
      for (const { ref, owner } of await doubtful(ports, page)) {
        const id = ownerId(owner);
        let named = names.get(id);
        if (!named) {
          named = await namedRefs(ports, id);
          const [first] = names.keys();
          if (names.size >= ownersMax && first !== undefined) names.delete(first);
          names.set(id, named);
        }
        if (!named.has(nameOf(ref))) orphans.push(ref);
      }
      await removeRefs(ports, orphans);
      swept.blobs += orphans.length;
    }
    await ports.blobs.markSwept(epoch);
    swept.epochs++;
  }
  if (swept.blobs > 0) ports.log.info("reclaim.swept", swept);
  return swept;
}

/** Most blobs are named by the record of a version: two reads tell. What is left is looked for everywhere. */
async function doubtful(ports: Ports, page: readonly BlobListing[]): Promise<BlobListing[]> {
  const left: BlobListing[] = [];
  for (let first = 0; first < page.length; first += reclaimLimits.sliceRows) {
    const some = page.slice(first, first + reclaimLimits.sliceRows);
    left.push(
      ...(await onView(ports, async (view) => {
        const unnamed: BlobListing[] = [];
        for (const blob of some) {
          const extents = await extentsInRecord(view, ownerId(blob.owner));
          if (!extents.some(({ ref, from }) => from === undefined && equalBytes(ref, blob.ref))) unnamed.push(blob);
        }
        return unnamed;
      })),
    );
  }
  return left;
}
