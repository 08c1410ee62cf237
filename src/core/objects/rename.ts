/** Renames an object inside its bucket: in one batch the new name has it and the old one has not. No byte is moved. */
import { createHash } from "node:crypto";
import { copyAnnotations } from "../annotations/rows.ts";
import type { Context, Core, VersionResult } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { emitCreated, emitRemoved } from "../events/emit.ts";
import { tables } from "../keys.ts";
import type { UploadId } from "../model.ts";
import type { Ports } from "../ports.ts";
import { plainRemoval } from "../retention/request.ts";
import { transact } from "../transact.ts";
import { decodeAnswer, encodeAnswer } from "../uploads/records.ts";
import { Chain } from "../versions/chain.ts";
import { judgeRead } from "../versions/conditions.ts";
import { deleteOnChain } from "../versions/delete-version.ts";
import { putVersion } from "../versions/put-version.ts";
import type { BucketHandle, View } from "../view.ts";
import { findVersion, objectTurn, writerOf } from "./find.ts";
import { newContentId } from "./store-body.ts";

type Input = Parameters<Core["objects"]["rename"]>[1];

/** How long the same token means the same rename. */
export const renameTokenMs = 24 * 3600 * 1000;

/**
 * The source goes as a delete without a version would make it go (a marker, where versions are kept); the target is a new version with everything of the source's
 * but its lock. Needs the right to read and delete the one and to write the other. Throws what these throw, and copyOntoItself, tokenReused.
 */
export async function renameObject(ports: Ports, context: Context, input: Input): Promise<VersionResult> {
  const { source, key } = input;
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { state } = bucket;
    const known = await answered(view, change, bucket, input);
    if (known) return known;
    if (source === key) fail("copyOntoItself", { key });
    const from = { tenant: input.tenant, bucket: input.bucket, key: source };
    const removing: Context = { ...context, capability: "object.delete", action: input.deleteAction };
    await view.bucket(removing, from);
    const found = await findVersion(view, { ...context, capability: "object.read", action: input.readAction }, from, undefined);
    judgeRead(found.version, input.sourceConditions, "source");
    const target = await Chain.load(view, state.generation, key);
    if (target.head && target.head.kind !== "marker") judgeRead(target.head, input.targetDates, "target");
    await found.chain.expectVersion(change, found.version.sequence);
    const { sequence: _sequence, isNull: _isNull, content, ...kept } = found.version;
    const draft = { ...kept, key, ...(content ? { content: content.inline ? { ...content, id: newContentId(ports) } : content } : {}) };
    const annotations = await copyAnnotations(view, change, found.version);
    const version = await putVersion(view, change, bucket, draft, input.condition, { annotations });
    const newest = found.chain.head?.sequence;
    const removed = await deleteOnChain(ports, state, found.chain, undefined, writerOf(context, state), plainRemoval);
    await found.chain.writeTo(change);
    await emitCreated(view, change, bucket, context, "copy", version);
    await emitRemoved(view, change, bucket, context, { key: source, result: removed, newest });
    const result = { version, versioning: state.versioning };
    remember(ports, change, bucket, input, result);
    return result;
  });
}

/** Tokens stand among the answers of completed uploads, under an id that no upload has. */
const answerId = ({ state }: BucketHandle, token: string): UploadId =>
  createHash("sha256").update(`rename\0${state.generation}\0${token}`).digest("hex").slice(0, 32).toUpperCase() as UploadId;
const requestOf = ({ source, key, condition, sourceConditions, targetDates }: Input): string =>
  createHash("sha256")
    .update(JSON.stringify([source, key, condition ?? {}, sourceConditions ?? {}, targetDates ?? {}]))
    .digest("base64");

async function answered(view: View, change: Change, bucket: BucketHandle, input: Input): Promise<VersionResult | undefined> {
  if (input.token === undefined) return undefined;
  const row = tables.answer.key(answerId(bucket, input.token));
  const value = await view.get(row);
  const answer = value && decodeAnswer(value);
  if (answer && answer.untilMs > view.ports.clock.wallMs()) {
    if (answer.request !== requestOf(input)) fail("tokenReused", { token: input.token });
    return { version: answer.version, versioning: answer.versioning };
  }
  change.expect(row, value);
  return undefined;
}

function remember(ports: Ports, change: Change, bucket: BucketHandle, input: Input, { version, versioning }: VersionResult): void {
  if (input.token === undefined) return;
  const id = answerId(bucket, input.token);
  const untilMs = ports.clock.wallMs() + renameTokenMs;
  const { generation } = bucket.state;
  const answer = encodeAnswer({ generation, key: input.key, request: requestOf(input), untilMs, version: { ...version, metadata: [], headers: {}, parts: [] }, versioning });
  change.put(tables.answer.key(id), answer).put(tables.answerEnd.key(untilMs, id), answer.subarray(0, 1));
}
