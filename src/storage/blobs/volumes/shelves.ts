/** Volumes in several folders, as one store: what is written goes to the shelf that is asked for, what is there is found by its name. */
import { type BlobRef, type BlobSpace, type ByteSource, type Shelf, StoreCorrupt, StoreRefused } from "../../../core/ports.ts";
import { type VolumeFigures, volumeFigureNames } from "./figures.ts";
import { laneOf, shelfOfRef, shelfOfVolume } from "./format.ts";
import { openVolumes, type VolumeOptions, type VolumeStore } from "./open-volumes.ts";

/** `folder`: of the volumes. */
export type ShelfFolder = { shelf: Shelf; folder: string };
/** What is known of the folders beside the store's own: whether each is there at all (a disk may be taken out), and whether it has room. */
export type ShelfGuard = { isThere(shelf: Shelf): boolean; admits(shelf: Shelf, bytes: number): boolean };

/**
 * The stores of one thread. Of one shelf alone it is that shelf's store, and nothing is asked on the way. Bytes on a shelf that is not there are neither
 * written, read nor removed (`StoreRefused("failed")`): they count as they were until the folder is back. A name of a shelf that nobody knows: `StoreCorrupt`.
 */
export async function openShelves(
  options: Omit<VolumeOptions, "folder" | "lane"> & { thread: number; shelves: readonly ShelfFolder[]; guard?: ShelfGuard | undefined },
): Promise<VolumeStore> {
  const { thread, shelves, guard, ...rest } = options;
  const stores = new Map<Shelf, VolumeStore>();
  for (const { shelf, folder } of shelves) stores.set(shelf, await openVolumes({ ...rest, folder, lane: laneOf(shelf, thread) }));
  const [only] = stores.values();
  if (only && stores.size === 1 && stores.has(0)) return only;

  const find = (shelf: Shelf): VolumeStore => {
    const store = stores.get(shelf);
    if (!store) throw new StoreCorrupt(`no folder of this store has the number ${shelf}`);
    if (shelf !== 0 && guard?.isThere(shelf) === false) throw new StoreRefused("failed", `the folder of shelf ${shelf} is missing`);
    return store;
  };
  const present = (): VolumeStore[] => [...stores].filter(([shelf]) => shelf === 0 || guard?.isThere(shelf) !== false).map(([, store]) => store);
  const gathered = async (names: (store: VolumeStore) => Promise<string[]> | undefined): Promise<string[]> =>
    (await Promise.all(present().map(async (store) => (await names(store)) ?? []))).flat();

  return {
    get figures() {
      return summed([...stores.values()].map(({ figures }) => figures));
    },
    async write(source, { shelf = 0, ...request }) {
      const store = find(shelf);
      if (shelf !== 0 && guard?.admits(shelf, request.length) === false) throw new StoreRefused("full", `the folder of shelf ${shelf} is full`);
      return await store.write(source, request);
    },
    shelfOf: shelfOfRef,
    read(ref, range) {
      try {
        return find(shelfOfRef(ref)).read(ref, range);
      } catch (error) {
        return failing(error);
      }
    },
    async remove(refs) {
      const groups = Map.groupBy(refs, shelfOfRef);
      // A folder is forgotten only when nothing is left in it.
      const there = [...groups].filter(([shelf]) => stores.has(shelf));
      await Promise.all(there.map(async ([shelf, group]: [Shelf, BlobRef[]]) => await find(shelf).remove(group)));
    },
    settled: (ref) => stores.get(shelfOfRef(ref))?.settled(ref),
    endedEpochs: () => gathered((store) => store.endedEpochs()),
    epochs: () => gathered((store) => store.epochs?.()),
    async *list(epoch) {
      yield* find(shelfOfVolume(epoch)).list(epoch);
    },
    async markSwept(epoch) {
      await find(shelfOfVolume(epoch)).markSwept(epoch);
    },
    async space() {
      return await spaceOf(stores, present());
    },
    async rotate() {
      await Promise.all(present().map((store) => store.rotate()));
    },
    async compact(compactOptions) {
      for (const store of present()) {
        const done = await store.compact(compactOptions);
        if (done) return done;
      }
      return undefined;
    },
    async close() {
      await Promise.all([...stores.values()].map((store) => store.close()));
    },
  };
}

/** Those that are there, one by one and together. */
async function spaceOf(stores: ReadonlyMap<Shelf, VolumeStore>, present: readonly VolumeStore[]): Promise<BlobSpace> {
  const whole: BlobSpace = { fileBytes: 0, liveBytes: 0, deadBytes: 0, volumes: 0, open: [], shelves: [] };
  for (const [shelf, store] of stores) {
    if (!present.includes(store)) continue;
    const { open, ...figures } = await store.space();
    for (const name of ["fileBytes", "liveBytes", "deadBytes", "volumes"] as const) whole[name] += figures[name];
    whole.open.push(...open);
    whole.shelves?.push({ shelf, ...figures });
  }
  return whole;
}

function summed(all: readonly VolumeFigures[]): VolumeFigures {
  const sum = (name: keyof VolumeFigures): number => all.reduce((total, figures) => total + figures[name], 0);
  return Object.fromEntries(volumeFigureNames.map((name) => [name, sum(name)])) as VolumeFigures;
}

const failing = (error: unknown): ByteSource => ({
  async read() {
    throw error;
  },
  close() {},
});
