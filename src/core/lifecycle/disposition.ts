/**
 * What was retained goes by itself once that is over, where a bucket says so: for good, in the runs of its lifecycle, with or without rules. HCP calls it
 * disposition (dispositionEnabled of a namespace): what is held stays, and so does what was never retained.
 */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { BucketAddress, Context } from "../api.ts";
import { editDocument } from "../buckets/documents.ts";
import type { Change } from "../change.ts";
import { boundReason, whoAsks } from "../jobs/verbs.ts";
import { tables } from "../keys.ts";
import type { BucketState, Generation } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeVersion } from "../records.ts";
import { ageEndsMs, isInForce } from "../retention/age.ts";
import { lockedUntilMs } from "../retention/judge.ts";
import type { Walked } from "../versions/walk.ts";
import type { View } from "../view.ts";
import type { Verdict } from "./decide.ts";

/** No rule of a lifecycle is called so: no document can hold the character. */
export const disposal = { rule: "\0disposition", act: "remove" } as const satisfies Verdict;

/** Was it retained, by itself or by its age, and does nothing keep it any more? `nowMs`: the retention clock's. */
export function isRetentionOver({ listed, value }: Walked, state: BucketState, nowMs: number): boolean {
  if (listed.kind === "marker") return false;
  const { version } = decodeVersion(listed.key, value);
  const byAgeMs = state.retention && isInForce(state.retention, nowMs) ? ageEndsMs(state.retention, version.modifiedMs) : undefined;
  if (version.retention === undefined && byAgeMs === undefined) return false;
  return (lockedUntilMs(version) ?? 0) <= nowMs && (byAgeMs ?? 0) <= nowMs;
}

/** What a run goes by. */
export type RunRows = { lifecycle: Bytes | undefined; disposition: Bytes | undefined };

/** With a `change` they are expected as read. */
export async function runRows(view: View, generation: Generation, change?: Change): Promise<RunRows> {
  const read = async (kind: "lifecycle" | "disposition"): Promise<Bytes | undefined> => {
    const key = tables.document.key(generation, kind);
    const value = await view.get(key);
    change?.expect(key, value);
    return value;
  };
  return { lifecycle: await read("lifecycle"), disposition: await read("disposition") };
}

/** Throws bucketMissing, accessDenied. */
export async function setDisposition(ports: Ports, context: Context, { enabled, reason, ...address }: BucketAddress & { enabled: boolean; reason?: string }): Promise<void> {
  authorizeAdmin(context);
  const why = boundReason(reason);
  await editDocument(ports, context, { ...address, kind: "disposition" }, (before) => (enabled ? (before ?? { model: { enabled }, writer: "", raw: "" }) : undefined));
  ports.log.info("audit", { what: "bucket.disposition", ...address, enabled, by: whoAsks(context), reason: why });
}
