/**
 * Named texts beside one version, each with bytes, a key and checksums of its own. They change nothing of the version that anybody sees, go with it,
 * and are not versioned themselves. https://docs.aws.amazon.com/AmazonS3/latest/userguide/annotations-overview.html
 */
import { isUtf8 } from "node:buffer";
import type { Context, IncomingBody } from "../api.ts";
import type { Change } from "../change.ts";
import { etagOf, newProtection, readPlain, sealFor } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Annotated, Version } from "../model.ts";
import { type Found, findVersion, objectTurn } from "../objects/find.ts";
import { keepStored, newContentId, sourceOf, storeBody } from "../objects/store-body.ts";
import type { Bytes, Ports } from "../ports.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { judgeRemoval } from "../retention/judge.ts";
import { removalOf } from "../retention/request.ts";
import { transact } from "../transact.ts";
import { sameEtag } from "../versions/conditions.ts";
import { onView, type View } from "../view.ts";
import type { AnnotationVerbs } from "./api.ts";
import { decodeAnnotation } from "./records.ts";
import { annotationLimits, boundName, endAnnotation, findAnnotation, putAnnotation } from "./rows.ts";

type PutInput = Parameters<AnnotationVerbs["put"]>[1];

export const annotationVerbs = (ports: Ports): AnnotationVerbs => ({
  put: (context, input) => put(ports, context, input),
  open: (context, input) => open(ports, context, input),
  list: (context, input) => list(ports, context, input),
  remove: (context, input) => remove(ports, context, input),
});

/** Throws what `findVersion` throws, preconditionFailed, and annotationInvalid on an object whose key is a customer's. */
async function findTarget(view: View, context: Context, input: Omit<PutInput, "body">): Promise<Found> {
  const found = await findVersion(view, context, input, input.version);
  const { etag, encryption } = found.version;
  if (encryption?.mode === "customer") fail("annotationInvalid", { what: "customerKey", value: input.name });
  if (input.ifMatch && !input.ifMatch.some((asked) => sameEtag(asked, etag))) fail("preconditionFailed", { condition: "If-Match", of: "object" });
  return found;
}

/** What a lock protects includes what stands beside it: nothing of that is taken away. Adding to it is free. */
async function judgeLoss(view: View, context: Context, { bucket, version }: Found, bypassGovernance: boolean | undefined): Promise<void> {
  judgeRemoval(version, { ...(await removalOf(view, context, bucket.state, { key: version.key, bypassGovernance })), nowMs: await retentionNowMs(view) });
}

/** The version with other annotations; nothing else of it changes. */
async function write(change: Change, { bucket, chain, version }: Found, annotations: Annotated): Promise<Version> {
  change.expect(bucket.stateKey, bucket.stateValue);
  const { annotations: _before, ...bare } = version;
  const next = annotations.count === 0 ? bare : { ...bare, annotations };
  await chain.replace(next);
  await chain.writeTo(change);
  return next;
}

/** The whole text: annotationInvalid when it is empty, too large, or no UTF-8. */
async function gather({ source, length }: IncomingBody): Promise<Bytes> {
  const { bytesMax } = annotationLimits;
  const tooLarge = (size: number): never => fail("annotationInvalid", { what: "tooLarge", value: String(size) });
  if (length !== undefined && length > bytesMax) tooLarge(length);
  const chunks: Bytes[] = [];
  let size = 0;
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
    size += chunk.length;
    if (size > bytesMax) {
      source.close();
      tooLarge(size);
    }
    chunks.push(Buffer.from(chunk));
  }
  if (length !== undefined && size !== length) fail("bodyLength", { expected: length, received: size });
  if (size === 0) fail("annotationInvalid", { what: "empty", value: "0" });
  const bytes = Buffer.concat(chunks, size);
  return isUtf8(bytes) ? bytes : fail("annotationInvalid", { what: "text", value: String(size) });
}

/** Kept as the object is; beside one that is not encrypted, with the store's own key. */
async function protectionOf(ports: Ports, { encryption }: Version) {
  if (encryption?.mode !== "key") return await newProtection(ports, { mode: "store" });
  const { keyName = "", perBucket } = encryption;
  return await newProtection(ports, { mode: "key", keyName, ...(perBucket ? { perBucket } : {}) });
}

async function put(ports: Ports, context: Context, input: PutInput): ReturnType<AnnotationVerbs["put"]> {
  boundName(input.name);
  const { version: asFound } = await onView(ports, (view) => findTarget(view, context, input));
  const bytes = await gather(input.body);
  const protection = await protectionOf(ports, asFound);
  const seal = sealFor(ports, protection);
  const stored = await storeBody(
    ports,
    newContentId(ports),
    { ...input.body, source: sourceOf(bytes), length: bytes.length },
    { seal, inlineBytesMax: annotationLimits.inlineBytesMax },
  );
  const { md5, checksum } = stored.digests;
  const annotation = {
    name: input.name,
    modifiedMs: ports.clock.wallMs(),
    size: bytes.length,
    etag: etagOf(ports, protection.kept, md5),
    ...(checksum ? { checksum } : {}),
    encryption: { ...protection.kept, streams: seal.id },
    content: stored.content,
  };
  return await keepStored(ports, stored, () =>
    transact(ports, context, objectTurn(input), async (view, change) => {
      const found = await findTarget(view, context, input);
      const had: Annotated = found.version.annotations ?? { set: newContentId(ports), count: 0, bytes: 0 };
      const before = await putAnnotation(view, change, had.set, annotation);
      if (before) await judgeLoss(view, context, found, input.bypassGovernance);
      const count = had.count + (before ? 0 : 1);
      const all = had.bytes - (before?.size ?? 0) + annotation.size;
      if (count > annotationLimits.perVersionMax || all > annotationLimits.allBytesMax) fail("tooManyAnnotations", { limit: annotationLimits.perVersionMax });
      const version = await write(change, found, { set: had.set, count, bytes: all });
      return { version, versioning: found.bucket.state.versioning, annotation };
    }),
  );
}

async function remove(ports: Ports, context: Context, input: Parameters<AnnotationVerbs["remove"]>[1]): ReturnType<AnnotationVerbs["remove"]> {
  boundName(input.name);
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const found = await findTarget(view, context, input);
    const { version, bucket } = found;
    const { annotations } = version;
    const annotation = await findAnnotation(view, annotations, input.name);
    if (!annotations || !annotation) return { version, versioning: bucket.state.versioning };
    await judgeLoss(view, context, found, input.bypassGovernance);
    const row = tables.annotation.key(annotations.set, input.name);
    change.expect(row, await view.get(row)).remove(row);
    await endAnnotation(view, change, annotations.set, annotation);
    const left = await write(change, found, { set: annotations.set, count: annotations.count - 1, bytes: annotations.bytes - annotation.size });
    return { version: left, versioning: bucket.state.versioning };
  });
}

async function list(ports: Ports, context: Context, input: Parameters<AnnotationVerbs["list"]>[1]): ReturnType<AnnotationVerbs["list"]> {
  const { prefix, after, limit } = input;
  if (prefix !== "" && Buffer.byteLength(prefix) > annotationLimits.nameBytesMax) fail("annotationInvalid", { what: "prefix", value: prefix });
  return await onView(ports, async (view) => {
    const { bucket, version } = await findVersion(view, context, input, input.version);
    const result = { version, versioning: bucket.state.versioning };
    const { annotations } = version;
    if (!annotations) return { ...result, annotations: [], truncated: false };
    const range = tables.annotation.under(annotations.set, prefix);
    // A name's end is two zero bytes: what comes after it begins above them.
    const from = after === "" ? range.from : Buffer.concat([tables.annotation.key(annotations.set, after), Buffer.from([0])]);
    const cursor = view.scan({ from: Buffer.compare(from, range.from) < 0 ? range.from : from, to: range.to });
    const rows = await cursor.next(limit + 1);
    cursor.close();
    const found = rows.map(({ key, value }) => decodeAnnotation(tables.annotation.read(key)[1], value));
    return { ...result, annotations: found.slice(0, limit), truncated: found.length > limit };
  });
}

/** Throws what `findVersion` throws, and annotationMissing. The reader is announced before the snapshot, so that its bytes stay. */
async function open(ports: Ports, context: Context, input: Parameters<AnnotationVerbs["open"]>[1]): ReturnType<AnnotationVerbs["open"]> {
  boundName(input.name);
  const finished = ports.readers.begin();
  let handedOver = false;
  try {
    const { found, annotation } = await onView(ports, async (view) => {
      const target = await findVersion(view, context, input, input.version);
      return { found: target, annotation: await findAnnotation(view, target.version.annotations, input.name) };
    });
    if (!annotation) return fail("annotationMissing", { name: input.name });
    const { version, bucket } = found;
    const body = await readPlain(ports, { ...annotation, form: "single" }, undefined, { start: 0, end: annotation.size }, finished);
    handedOver = true;
    return { version, versioning: bucket.state.versioning, annotation, body };
  } finally {
    if (!handedOver) finished();
  }
}
