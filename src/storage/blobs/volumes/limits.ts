/** The named limits of the volume store. Tests make them smaller; the format does not depend on them. */
export const volumeLimits = {
  /** Bodies up to this are gathered in memory and flushed in groups; larger ones are streamed. */
  smallBytesMax: 256 * 1024,
  smallVolumeBytes: 256 * 1024 * 1024,
  largeVolumeBytes: 1024 * 1024 * 1024,
  /** The core cuts bodies at this. */
  blobBytesMax: 64 * 1024 * 1024,
  /** One group flush: an iovec has at most 1024 entries. */
  groupRecordsMax: 1_000,
  groupBytesMax: 8 * 1024 * 1024,
  /** Zeros are written ahead in steps that double from the first to the last. */
  zeroStepBytesMin: 1024 * 1024,
  zeroStepBytesMax: 16 * 1024 * 1024,
  /** Chunks that a streamed body gathers before it writes them. */
  batchChunks: 16,
  /** Slabs kept for the next streamed body; one more than this is left to the garbage collector. */
  idleSlabsMax: 16,
  /** Chunks that a streamed read fetches at a time, into one of two buffers. */
  readChunks: 4,
  openVolumesMax: 128,
  /** How long an unlinked volume may be held open by a thread that is not reading it. */
  idleUnlinkedMsMax: 5_000,
  listPageEntries: 500,
  compactSliceRecords: 256,
} as const;

export type VolumeLimits = { [K in keyof typeof volumeLimits]: number };
