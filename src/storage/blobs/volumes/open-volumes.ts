import type { BlobSpace, BlobStore } from "../../../core/ports.ts";
import { type Compacted, type CompactOptions, openCompactor } from "./compact.ts";
import { type Context, refuseWhenStopped } from "./context.ts";
import { allEndedEpochs, endedEpochs, listEpoch, markSwept } from "./epochs.ts";
import { newFigures, type VolumeFigures } from "./figures.ts";
import { type Files, nodeFiles } from "./files.ts";
import { decodeRef } from "./format.ts";
import { ensureFolder, openHandles } from "./handles.ts";
import { openLargeWriter } from "./large-writer.ts";
import { type VolumeLimits, volumeLimits } from "./limits.ts";
import type { MovedIndex } from "./moved.ts";
import { readBlob } from "./read.ts";
import { removeBlobs } from "./remove.ts";
import { openSmallWriter } from "./small-writer.ts";
import { spaceOf, surveyVolumes } from "./survey.ts";
import { openWritables } from "./writable.ts";

export type VolumeOptions = {
  /** Made when it is missing. */
  folder: string;
  /** 16 hex digits, new at every start of the process and the same in all its threads. */
  runId: string;
  /** 0 to 65535, one per thread that writes; a thread that is started again takes a new one, so that what it left is told apart. */
  lane: number;
  /** Needed once anything was compacted. */
  moved?: MovedIndex;
  /** Called once, after a write or flush whose outcome nobody knows: the process must stop and recover by its next start. */
  onFatal?: (error: Error) => void;
  files?: Files;
  limits?: Partial<VolumeLimits>;
};

export type VolumeStore = BlobStore & {
  space(): Promise<BlobSpace>;
  readonly figures: VolumeFigures;
  /** Ends the open epochs of this thread as soon as their writes are settled. */
  rotate(): Promise<void>;
  /**
   * Frees the emptiest volume that qualifies; `undefined` when none does. One thread of the process only, and only with `moved`. Rejects with the
   * signal's reason when aborted (it goes on where it was at the next call), and with `StoreRefused("full")`.
   */
  compact(options: CompactOptions): Promise<Compacted | undefined>;
};

/**
 * The volume store of one thread: it writes volumes of its own lane and reads everybody's. Sources stay the caller's to close.
 * Before the first thread of a process opens, `cutTornTails` has to run once.
 */
export const openVolumes = async (options: VolumeOptions): Promise<VolumeStore> => {
  const { folder, runId, lane } = options;
  if (!/^[0-9a-f]{16}$/.test(runId) || !Number.isInteger(lane) || lane < 0 || lane > 0xffff) throw new Error("runId: 16 hex digits; lane: 0 to 65535");
  const files = options.files ?? nodeFiles;
  const limits = { ...volumeLimits, ...options.limits };
  await ensureFolder(files, folder);
  let number = 0;
  const context: Context = {
    files,
    handles: openHandles({ folder, files, openMax: limits.openVolumesMax, idleUnlinkedMs: limits.idleUnlinkedMsMax }),
    limits,
    figures: newFigures(),
    runId,
    lane,
    nextNumber: () => number++,
    moved: options.moved,
    poison: undefined,
    closing: false,
    onFatal: options.onFatal ?? (() => {}),
  };
  const writables = openWritables(context);
  const small = openSmallWriter(context, writables);
  const large = openLargeWriter(context, writables);
  const compactor = options.moved ? openCompactor(context, writables, options.moved) : undefined;
  const knownSwept = new Set<string>();

  return {
    figures: context.figures,
    async write(source, { owner, length }) {
      refuseWhenStopped(context);
      if (owner.length !== 16) throw new Error("an owner has 16 bytes");
      if (!Number.isInteger(length) || length < 0 || length > limits.blobBytesMax) throw new RangeError(`a blob has at most ${limits.blobBytesMax} bytes`);
      return await (length <= limits.smallBytesMax ? small : large).write(source, { owner: owner.slice(), length });
    },
    read: (ref, range) => readBlob(context, ref, range),
    remove: (refs) => removeBlobs(context, refs),
    settled(ref) {
      const { volume, offset } = decodeRef(ref);
      writables.settled(volume, offset);
    },
    endedEpochs: () => endedEpochs(context, knownSwept),
    epochs: () => allEndedEpochs(context),
    list: (epoch) => listEpoch(context, epoch),
    markSwept: (epoch) => markSwept(context, epoch),
    space: async () => spaceOf(await surveyVolumes(folder, files)),
    async rotate() {
      await Promise.all([small.rotate(), large.rotate(), compactor?.rotate()]);
    },
    async compact(options) {
      if (!compactor) throw new Error("compaction needs a moved index");
      return await compactor.compact(options);
    },
    async close() {
      if (context.closing) return;
      context.closing = true;
      await Promise.all([small.close(), large.close(), compactor?.close()]);
      await writables.close();
      await context.handles.close();
    },
  };
};
