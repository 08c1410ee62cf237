/**
 * Copies on the server. The new version shares the content, no byte is moved, where one key keeps both or none does; else the bytes are read,
 * decrypted, and stored anew. Where its storage class has another shelf, the stored bytes are written there as they lie.
 */

import { authorizeBesides } from "../access/besides.ts";
import { authorizeObject } from "../access/evaluate.ts";
import { placeObject } from "../access/ownership.ts";
import { copyAnnotations } from "../annotations/rows.ts";
import { type Context, type Core, limits, type VersionResult } from "../api.ts";
import type { Change } from "../change.ts";
import { digestOf } from "../digest.ts";
import { settleAsked } from "../encryption/asked.ts";
import { etagOf, judgeCustomerKey, keptAlike, newProtection, readPlain, rekeep, sealFor } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { emitCreated } from "../events/emit.ts";
import { expirationIn } from "../lifecycle/answers.ts";
import type { Annotated, ChecksumAlgorithm, ChecksumValue, Content, ContentHeaders, ContentId, Version } from "../model.ts";
import type { Ports, Shelf } from "../ports.ts";
import { judgeLockRequest } from "../retention/request.ts";
import { tagsOf } from "../tags.ts";
import { refusal, transact } from "../transact.ts";
import { judgeRead } from "../versions/conditions.ts";
import { putVersion, type VersionDraft } from "../versions/put-version.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import { layContent } from "./content.ts";
import { type Found, findVersion, objectTurn } from "./find.ts";
import { judgeArchived } from "./restore.ts";
import { isElsewhere, keepMoved, type MovedContent, moveContent, shelfOf, storedBytes } from "./shelves.ts";
import { keepStored, newContentId, storeBody } from "./store-body.ts";

type Input = Parameters<Core["objects"]["copy"]>[1];

type Result = VersionResult & { source: Version; sourceVersioning: VersionResult["versioning"] };

/** A source that is overwritten while its bytes are read for a checksum is begun with again so often. */
const triesMax = 4;

/**
 * The batch expects the source's record and its use of the content as read, so a source that is deleted or overwritten meanwhile is read
 * again. Throws what reading the source and writing the target throw, and copyOntoItself; for a checksum that must be computed also
 * entityTooLarge and conflict (a source that keeps changing).
 */
export async function copyObject(ports: Ports, context: Context, input: Input): Promise<Result> {
  const { checksum: algorithm } = input;
  for (let tries = 0; tries < triesMax; tries++) {
    // Announced before the snapshot in which the source is found: its bytes stay while they are read.
    const finished = algorithm === undefined && !ports.shelves ? undefined : ports.readers.begin();
    try {
      const summed = algorithm === undefined ? undefined : await sumSource(ports, context, input, algorithm);
      const result = await commitCopy(ports, context, input, summed);
      if (result === "rewrite") return await rewrite(ports, context, input);
      const done = result && "elsewhere" in result ? await carry(ports, context, input, summed, result) : result;
      if (done) return done;
    } finally {
      finished?.();
    }
  }
  return fail("conflict", { what: "the source of the copy keeps changing" });
}

const sourceContextOf = (context: Context, input: Input): Context => ({ ...context, capability: "object.read", action: input.sourceAction });

type Summed = { content: ContentId | undefined; checksum?: ChecksumValue };

/** The source's checksum, read from its bytes unless it is known. */
async function sumSource(ports: Ports, context: Context, input: Input, algorithm: ChecksumAlgorithm): Promise<Summed> {
  const { version } = await onView(ports, async (view) => {
    // Who may not write here makes nobody read.
    await view.bucket(context, input);
    return findVersion(view, sourceContextOf(context, input), input.source, input.source.version);
  });
  judgeCustomerKey(version.encryption, input.sourceKey);
  judgeRead(version, input.sourceConditions, "source");
  judgeArchived(version, ports.clock.wallMs());
  const { checksum, content, size } = version;
  // A symlink is copied as one, and has no bytes.
  if (version.link !== undefined) return { content: content?.id };
  if (checksum?.algorithm === algorithm && checksum.type === "full") return { content: content?.id, checksum };
  if (size > limits.putBytesMax) fail("entityTooLarge", { size, limit: limits.putBytesMax });
  const digests = await digestOf(await readPlain(ports, version, input.sourceKey, { start: 0, end: size }, () => {}), { checksum: algorithm, expected: () => ({}) });
  return { content: content?.id, checksum: digests.checksum as ChecksumValue };
}

type Looked = { bucket: BucketHandle; found: Found; isItself: boolean };

/** Existence, access, conditions, and the right to see the source. */
async function look(ports: Ports, view: View, context: Context, input: Input): Promise<Looked> {
  const bucket = await view.bucket(context, input);
  judgeLockRequest(bucket.state, input.lock, ports.clock.wallMs());
  await authorizeBesides(view, context, bucket.state, input);
  const found = await findVersion(view, sourceContextOf(context, input), input.source, input.source.version);
  const source = found.version;
  judgeCustomerKey(source.encryption, input.sourceKey);
  judgeRead(source, input.sourceConditions, "source");
  judgeArchived(source, ports.clock.wallMs());
  const isItself = found.bucket.state.generation === bucket.state.generation && source.key === input.key && found.chain.head?.sequence === source.sequence;
  if (isItself && input.ontoItself === "refuse" && !changes(input, source)) fail("copyOntoItself", { key: input.key });
  return { bucket, found, isItself };
}

/** Those of the copy, if it has any: the source's, for who may read them there and write them here. */
async function annotationsOf(view: View, change: Change, context: Context, input: Input, { bucket, chain, version }: Found): Promise<Annotated | undefined> {
  const { annotations: asked } = input;
  if (!version.annotations || asked === "exclude" || input.encryption?.mode === "customer") return undefined;
  if (asked) {
    await authorizeObject(view, { ...sourceContextOf(context, input), capability: "object.readTags", action: asked.readAction }, bucket.state, version, version.key);
    await view.bucket({ ...context, action: asked.writeAction }, input);
  }
  await chain.expectVersion(change, version.sequence);
  return await copyAnnotations(view, change, version);
}

const attributesOf = (ports: Ports, context: Context, input: Input, bucket: BucketHandle, source: Version) => ({
  key: input.key,
  modifiedMs: ports.clock.wallMs(),
  ...placeObject(context, bucket.state, input),
  storageClass: input.storageClass ?? bucket.state.storageClass,
  headers: input.attributes?.headers ?? copiedHeaders(source.headers, input.websiteRedirect),
  metadata: input.attributes?.metadata ?? source.metadata,
  ...tagsOf(input.tags ?? source.tags),
});

/** A content whose stored bytes, so many, belong on another shelf. */
type Elsewhere = { elsewhere: Content; bytes: number; shelf: Shelf };

/** What `commitCopy` could not share, written to its shelf; `undefined`: the source is another one by now. */
async function carry(ports: Ports, context: Context, input: Input, summed: Summed | undefined, { elsewhere, bytes, shelf }: Elsewhere): Promise<Result | undefined> {
  const moved = await moveContent(ports, elsewhere, bytes, shelf).catch((error: unknown) => {
    throw refusal(error);
  });
  return await keepMoved(ports, [moved], async () => {
    const result = await commitCopy(ports, context, input, summed, moved);
    const isDone = result !== undefined && result !== "rewrite" && !("elsewhere" in result);
    return isDone ? { result, named: new Set([moved.content.id]) } : { result: undefined, named: new Set() };
  });
}

/** `undefined`: the source is another one than was summed or moved. "rewrite": its bytes cannot be shared. `moved`: those bytes where the copy's class wants them. */
async function commitCopy(ports: Ports, context: Context, input: Input, summed: Summed | undefined, moved?: MovedContent): Promise<Result | "rewrite" | Elsewhere | undefined> {
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const { bucket, found, isItself } = await look(ports, view, context, input);
    const source = found.version;
    if (summed && summed.content !== source.content?.id) return undefined;
    const asked = settleAsked(input.encryption, bucket.state.encryption);
    if (source.link === undefined && !(await keptAlike(ports, source.encryption, asked))) return "rewrite";
    if (moved && moved.from !== source.content?.id) return undefined;
    const attributes = attributesOf(ports, context, input, bucket, source);
    const { storageClass } = attributes;
    if (!moved && source.content && (await isElsewhere(view, source.content, storageClass)))
      return { elsewhere: source.content, bytes: storedBytes(source.content, source.size), shelf: shelfOf(ports, storageClass) };
    await found.chain.expectVersion(change, source.sequence);
    const { sequence: _sequence, isNull: _isNull, content, tags: _tags, sealedMs: _sealedMs, restored: _restored, ...kept } = source;
    const draft: VersionDraft = {
      ...kept,
      // A copy is an object like any other: only what an append made can be appended to.
      kind: source.kind === "appendable" ? "object" : source.kind,
      ...attributes,
      ...(source.encryption && asked ? { encryption: await rekeep(ports, source.encryption, input.sourceKey, asked) } : {}),
      ...(content ? { content: moved ? layContent(change, moved.content) : shared(ports, content) } : {}),
      ...(summed?.checksum ? { checksum: summed.checksum } : {}),
    };
    return put(view, change, context, input, { bucket, found, isItself }, draft, await annotationsOf(view, change, context, input, found));
  });
}

async function put(
  view: View,
  change: Change,
  context: Context,
  input: Input,
  { bucket, found, isItself }: Looked,
  draft: VersionDraft,
  annotations: Annotated | undefined,
): Promise<Result> {
  const version = await putVersion(view, change, bucket, draft, input.condition, { inPlace: isItself, lock: input.lock, annotations });
  await emitCreated(view, change, bucket, context, "copy", version);
  return {
    version,
    versioning: bucket.state.versioning,
    source: found.version,
    sourceVersioning: found.bucket.state.versioning,
    ...(bucket.state.expires ? await expirationIn(view, bucket, version) : {}),
  };
}

/** The source as it was when it was looked at; its reader is announced before, so that its bytes stay. The copy is an object of one piece. */
async function rewrite(ports: Ports, context: Context, input: Input): Promise<Result> {
  const finished = ports.readers.begin();
  try {
    const { bucket: target, found } = await onView(ports, (view) => look(ports, view, context, input));
    const source = found.version;
    const asked = settleAsked(input.encryption, target.state.encryption);
    const protection = asked && (await newProtection(ports, asked));
    const seal = protection && sealFor(ports, protection);
    const algorithm = input.checksum ?? source.checksum?.algorithm;
    const body = {
      source: await readPlain(ports, source, input.sourceKey, { start: 0, end: source.size }, () => {}),
      length: source.size,
      ...(algorithm === undefined ? {} : { checksum: algorithm }),
      expected: () => ({}),
    };
    const shelf = shelfOf(ports, attributesOf(ports, context, input, target, source).storageClass);
    const stored = await storeBody(ports, newContentId(ports), body, { seal, shelf });
    const { md5, crc64, checksum } = stored.digests;
    const etag = etagOf(ports, protection?.kept, md5);
    return await keepStored(ports, stored, () =>
      transact(ports, context, objectTurn(input), async (view, change) => {
        const looked = await look(ports, view, context, input);
        const draft: VersionDraft = {
          kind: "object",
          form: "single",
          size: stored.size,
          etag,
          ...attributesOf(ports, context, input, looked.bucket, source),
          crc64,
          ...(checksum ? { checksum } : {}),
          ...(protection && seal ? { encryption: { ...protection.kept, streams: seal.id } } : {}),
          content: layContent(change, stored.content),
        };
        return put(view, change, context, input, { ...looked, found }, draft, await annotationsOf(view, change, context, input, looked.found));
      }),
    );
  } finally {
    finished();
  }
}

const changes = (input: Input, source: Version): boolean =>
  input.attributes !== undefined ||
  input.websiteRedirect !== undefined ||
  input.checksum !== undefined ||
  input.tags !== undefined ||
  input.encryption !== undefined ||
  (input.storageClass !== undefined && input.storageClass !== source.storageClass);

/** All but where a website would send on, which is each object's own. */
function copiedHeaders({ websiteRedirect: _, ...headers }: ContentHeaders, websiteRedirect: string | undefined): ContentHeaders {
  return websiteRedirect === undefined ? headers : { ...headers, websiteRedirect };
}

/** Bytes in the record are copied with it; bytes that stand apart are used once more. */
const shared = (ports: Ports, content: Content): Content => (content.inline ? { ...content, id: newContentId(ports) } : content);
