export const volumeFigureNames = ["flushes", "flushMs", "writtenBlobs", "writtenBytes", "readBytes", "removedBlobs", "corruptReads", "compactedVolumes", "compactedBytes"] as const;
/** What one thread's store did since it was opened. Plain numbers, so that metrics can add up the threads. */
export type VolumeFigures = Record<(typeof volumeFigureNames)[number], number>;
export const newFigures = (): VolumeFigures => Object.fromEntries(volumeFigureNames.map((name) => [name, 0])) as VolumeFigures;
