/** What a retention of everything in a bucket forbids. Every path that removes or changes a version comes through `versions/chain.ts`, which asks here. */
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { BucketRetention, Generation, ObjectKey, Version } from "../model.ts";
import { decodeBucketState } from "../records.ts";
import type { View } from "../view.ts";
import { retentionNowMs } from "./clock.ts";

const dayMs = 86_400_000;
/** `daysMax`: 70 years. `unsealedMs`: how long it holds without being sealed. */
export const bucketRetentionLimits = { daysMax: 25_550, unsealedMs: dayMs } as const;

/** The key of the bucket's own row among its locks: no object has an empty name. */
export const wholeBucketKey = "" as ObjectKey;

export const isInForce = ({ sealed, createdMs }: BucketRetention, nowMs: number): boolean => sealed || nowMs < createdMs + bucketRetentionLimits.unsealedMs;

/** When the age of what was written then ceases to keep it. */
export const ageEndsMs = ({ days }: BucketRetention, writtenMs: number): number => writtenMs + days * dayMs;

/** Throws versionLocked while the version's age keeps it. */
export async function judgeAge(view: View, generation: Generation, version: Version): Promise<void> {
  const made = await view.made(`retention of ${generation}`, async () => {
    const row = await view.get(tables.state.key(generation));
    return { retention: row === undefined ? undefined : decodeBucketState(row).retention };
  });
  const retention = made?.retention;
  if (retention === undefined) return;
  const nowMs = await retentionNowMs(view);
  const untilMs = ageEndsMs(retention, version.modifiedMs);
  if (!isInForce(retention, nowMs) || untilMs <= nowMs) return;
  fail("versionLocked", { key: version.key, versionId: version.isNull ? "null" : String(version.sequence), by: "compliance", untilMs });
}
