import { StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import type { VolumeFigures } from "./figures.ts";
import { type Files, isFull, isInputOutput } from "./files.ts";
import type { Handles } from "./handles.ts";
import type { VolumeLimits } from "./limits.ts";
import type { MovedIndex } from "./moved.ts";

/** What the parts of one thread's volume store share. */
export type Context = {
  files: Files;
  handles: Handles;
  limits: VolumeLimits;
  figures: VolumeFigures;
  runId: string;
  lane: number;
  nextNumber: () => number;
  moved: MovedIndex | undefined;
  /** Set after a failed flush: nothing is acknowledged any more. */
  poison: Error | undefined;
  closing: boolean;
  onFatal: (error: Error) => void;
};

export const refuseWhenStopped = (context: Context): void => {
  if (context.poison) throw new StoreRefused("closing", "the blob store stopped after a failed flush", { cause: context.poison });
  if (context.closing) throw new StoreRefused("closing", "the blob store is closing");
};

/**
 * A failed write or flush as the port names it. A full disk is known to have stored nothing. Anything else is never tried again: the kernel may
 * have dropped the pages and would report the next flush as good (facts/reliability.md 4.11), so the store stops and the process is told.
 */
export const writeFailure = (context: Context, error: unknown): Error => {
  return isFull(error) ? new StoreRefused("full", "the disk is full", { cause: error }) : flushFailure(context, error);
};

/** A flush that others rely on too failed, for whatever reason: what it dropped may be theirs. */
export const flushFailure = (context: Context, error: unknown): StoreOutcomeUnknown => {
  const unknown = new StoreOutcomeUnknown("a volume could not be written", { cause: error });
  if (!context.poison) {
    context.poison = unknown;
    context.onFatal(unknown);
  }
  return unknown;
};

/** A volume could not be made: nothing was to be stored in it yet, so only an I/O error is more than a refusal. */
export const creationFailure = (context: Context, error: unknown): Error =>
  isFull(error) || isInputOutput(error) || !(error instanceof Error) ? writeFailure(context, error) : error;
