/** What one thread's store did since it was opened. Plain numbers, so that metrics can add up the threads. */
export type VolumeFigures = {
  flushes: number;
  flushMs: number;
  writtenBlobs: number;
  writtenBytes: number;
  readBytes: number;
  removedBlobs: number;
  corruptReads: number;
  compactedVolumes: number;
  compactedBytes: number;
};
export const newFigures = (): VolumeFigures => ({
  flushes: 0,
  flushMs: 0,
  writtenBlobs: 0,
  writtenBytes: 0,
  readBytes: 0,
  removedBlobs: 0,
  corruptReads: 0,
  compactedVolumes: 0,
  compactedBytes: 0,
});
