/**
 * Events are written into the outbox by the batch that makes them happen: never one without the other. A bucket without rules costs one look at its
 * state, which every write has read. From there they are delivered at least once (deliver.ts).
 */

import type { Context, DeleteResult } from "../api.ts";
import type { Change } from "../change.ts";
import { personOf } from "../identity/model.ts";
import { tables } from "../keys.ts";
import type { ConfigDocument, ObjectKey, Version } from "../model.ts";
import { newContentId } from "../objects/store-body.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { nextSequence } from "../versions/sequences.ts";
import type { BucketHandle, View } from "../view.ts";
import type { EventKind, EventSource, Notifications, WaitingEvent } from "./model.ts";
import { outboxCounter } from "./outbox-counters.ts";
import { ruleFor } from "./rules.ts";

/** What happened. `sequencer`: the new version's own sequence where there is one. `context` absent: the server did it by itself. */
export type Happened = {
  kind: EventKind;
  key: ObjectKey;
  sequencer: number;
  version?: Pick<Version, "sequence" | "isNull"> | undefined;
  size?: number;
  etag?: string;
  context?: Context | undefined;
};

export async function emit(view: View, change: Change, bucket: BucketHandle, { kind, key, sequencer, version, size, etag, context }: Happened): Promise<void> {
  const { state } = bucket;
  if (!state.notifies) return;
  const rule = ruleFor(await rulesOf(view, bucket), kind, key);
  if (rule === undefined) return;
  const object = { key, sequencer, versioning: state.versioning, ...(version ? { version: { sequence: version.sequence, isNull: version.isNull } } : {}) };
  const sized = { ...(size === undefined ? {} : { size }), ...(etag === undefined ? {} : { etag }) };
  await put(view, change, bucket, rule.target, { kind, ruleId: rule.id, source: sourceOf(context), object: { ...object, ...sized } });
}

/** Of a version that was just put. A form of a browser is told from other puts by the request. */
export function emitCreated(view: View, change: Change, bucket: BucketHandle, context: Context, kind: "put" | "copy" | "parts", version: Version): Promise<void> | undefined {
  if (!bucket.state.notifies) return undefined;
  const { key, sequence, size, etag } = version;
  const isForm = kind === "put" && context.facts?.("request.form") !== undefined;
  return emit(view, change, bucket, { kind: isForm ? "created.form" : `created.${kind}`, key, sequencer: sequence, version, size, etag, context });
}

/** Of a version that an append made longer: a put of the same version again, later than the one before. */
export function emitGrown(view: View, change: Change, bucket: BucketHandle, context: Context, version: Version): Promise<void> | undefined {
  if (!bucket.state.notifies) return undefined;
  const { key, sequence, size, etag } = version;
  return emit(view, change, bucket, { kind: "created.put", key, sequencer: nextOf(view, bucket, key, sequence), version, size, etag, context });
}

/** Of a delete, with what it came to. `newest`: the sequence of the chain's head before it. `context` absent: by the bucket's lifecycle. */
export function emitRemoved(
  view: View,
  change: Change,
  bucket: BucketHandle,
  context: Context | undefined,
  { key, result: { marker, removed }, newest }: { key: ObjectKey; result: DeleteResult; newest: number | undefined },
): Promise<void> | undefined {
  if (!bucket.state.notifies || (!marker && !removed)) return undefined;
  const cause = context ? "removed" : "expired";
  if (marker) return emit(view, change, bucket, { kind: `${cause}.marker`, key, sequencer: marker.sequence, version: marker, context });
  return emit(view, change, bucket, { kind: `${cause}.version`, key, sequencer: nextOf(view, bucket, key, newest), version: removed, context });
}

/** Of a version that a purge took. */
export function emitPurged(
  view: View,
  change: Change,
  bucket: BucketHandle,
  { key, newest, version }: { key: ObjectKey; newest: number | undefined; version: Pick<Version, "sequence" | "isNull"> },
): Promise<void> | undefined {
  if (!bucket.state.notifies) return undefined;
  return emit(view, change, bucket, { kind: "removed.version", key, sequencer: nextOf(view, bucket, key, newest), version });
}

/** Of a version whose attributes changed. */
export function emitChanged(
  view: View,
  change: Change,
  bucket: BucketHandle,
  context: Context,
  { kind, version, newest }: { kind: "tags.put" | "tags.removed" | "acl.put" | "retention.put"; version: Version; newest: number | undefined },
): Promise<void> | undefined {
  if (!bucket.state.notifies) return undefined;
  const { key, size, etag } = version;
  return emit(view, change, bucket, { kind, key, sequencer: nextOf(view, bucket, key, newest), version, size, etag, context });
}

/** Of a version that the lifecycle put into another storage class. */
export function emitMoved(view: View, change: Change, bucket: BucketHandle, { version, newest }: { version: Version; newest: number | undefined }): Promise<void> | undefined {
  if (!bucket.state.notifies) return undefined;
  const { key, size, etag } = version;
  return emit(view, change, bucket, { kind: "moved", key, sequencer: nextOf(view, bucket, key, newest), version, size, etag });
}

/** A test for every target of new rules, with the batch that puts them. */
export async function emitTests(view: View, change: Change, bucket: BucketHandle, context: Context, { rules }: Notifications): Promise<void> {
  for (const rule of rules) await put(view, change, bucket, rule.target, { kind: "test", ruleId: rule.id, source: sourceOf(context) });
}

const nextOf = ({ ports }: View, { state }: BucketHandle, key: ObjectKey, newest: number | undefined): number =>
  nextSequence(ports.clock, ports.slot ?? 0, { generation: state.generation, key }, newest);

async function rulesOf(view: View, { state }: BucketHandle): Promise<Notifications> {
  const found = await view.made(`notifications ${state.generation}`, async () => {
    const row = await view.get(tables.document.key(state.generation, "notifications"));
    return row && decodeJson<ConfigDocument<"notifications">>(row).model;
  });
  return found ?? { rules: [], bus: false };
}

function sourceOf(context: Context | undefined): EventSource {
  if (context === undefined) return { self: true };
  const { caller, facts } = context;
  const address = facts?.("request.ip")?.[0];
  const requestId = facts?.("request.id")?.[0];
  const known = { ...(address === undefined ? {} : { address }), ...(requestId === undefined ? {} : { requestId }) };
  if (caller.kind === "anonymous") return known;
  const { accountId, canonicalId } = caller.account;
  const person = personOf(caller);
  return { account: { accountId, canonicalId }, ...(person === undefined ? {} : { user: person }), ...known };
}

type About = Pick<WaitingEvent, "kind" | "ruleId" | "source" | "object">;
async function put(view: View, change: Change, { state }: BucketHandle, target: string, about: About): Promise<void> {
  const { ports } = view;
  const { accountId, canonicalId } = await view.owner(state.owner);
  const { tenant, name: bucket, region } = state;
  const timeMs = ports.clock.wallMs();
  const event: WaitingEvent = { ...about, timeMs, tenant, bucket, region, owner: { accountId, canonicalId } };
  const sequencer = about.object?.sequencer ?? ports.clock.sequenceMs();
  change.put(tables.outbox.key(target, sequencer, newContentId(ports)), encodeJson(event)).add(outboxCounter(target), 1);
}
