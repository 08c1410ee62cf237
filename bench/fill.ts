/**
 * Very many objects in a minute: while no server runs, written by the core's own verbs through the stores' own ports, hundreds in a batch. What
 * stands there afterwards is what as many puts would have left.
 */
import { createHash, randomBytes } from "node:crypto";
import { Change } from "../src/core/change.ts";
import { generationOf, ownerBytes, tables } from "../src/core/keys.ts";
import type { BucketName, Content, ObjectKey, TenantName } from "../src/core/model.ts";
import { newContentId, sourceOf } from "../src/core/objects/store-body.ts";
import type { BlobRef, MetadataStore, Ports } from "../src/core/ports.ts";
import { decodeBucketState } from "../src/core/records.ts";
import { putVersion } from "../src/core/versions/put-version.ts";
import { View } from "../src/core/view.ts";
import { metadataFolder, volumeFolder } from "../src/main-folders.ts";
import { createClock } from "../src/server/ports/clock.ts";
import { createLog } from "../src/server/ports/log.ts";
import { createRandom } from "../src/server/ports/random.ts";
import { createReaders } from "../src/server/ports/readers.ts";
import { createSharedMemory } from "../src/server/ports/shared.ts";
import { openVolumes } from "../src/storage/blobs/volumes/open-volumes.ts";
import { openEngine } from "../src/storage/metadata/sqlite/engine.ts";
import { localMetadata } from "../src/storage/metadata/sqlite/local.ts";
import { openReader } from "../src/storage/metadata/sqlite/reader.ts";

/** `inVolume`: the bytes stand in a volume, as those of an encrypted object of this size do; else in the record where they fit. */
export type Filling = { bucket: string; count: number; bytes: number; inVolume: boolean; keyOf(n: number): string };

const batchObjects = 500;

/** `data`: a store in which the buckets were made and which no server has open. */
export async function fill(data: string, fillings: readonly Filling[]): Promise<void> {
  const memory = createSharedMemory(1);
  const { metadata, close } = openMetadata(data);
  const blobs = await openVolumes({ folder: volumeFolder(data), runId: randomBytes(8).toString("hex"), lane: 0 });
  const ports: Ports = { metadata, blobs, clock: createClock(memory), random: createRandom(), readers: createReaders(memory, 0), log: createLog("bench") };
  for (const filling of fillings) {
    let committing: Promise<unknown> = Promise.resolve();
    for (let at = 0; at < filling.count; at += batchObjects) {
      const written = await writeBodies(ports, filling, Math.min(batchObjects, filling.count - at));
      // The bytes of the next batch are flushed while this one is committed.
      await committing;
      committing = putBatch(ports, filling, at, written);
    }
    await committing;
  }
  await blobs.rotate();
  // Nothing is left over in them, and the sweep would look at each blob to see that.
  for (const epoch of await blobs.endedEpochs()) await blobs.markSwept(epoch);
  await blobs.close();
  await close();
}

/** The rows of a store that no server has open. */
export function openMetadata(data: string): { metadata: MetadataStore; close(): Promise<void> } {
  const folder = metadataFolder(data);
  const engine = openEngine({
    folder,
    onFatal: (error) => {
      throw error;
    },
  });
  const metadata = localMetadata(engine, openReader(folder));
  const close = async (): Promise<void> => {
    await metadata.close();
    await engine.close();
  };
  return { metadata, close };
}

const writeBodies = (ports: Ports, { bytes, inVolume }: Filling, count: number): Promise<Content[]> =>
  Promise.all(
    Array.from({ length: count }, async (): Promise<Content> => {
      const id = newContentId(ports);
      const body = Buffer.alloc(bytes, id);
      if (!inVolume) return { id, inline: body };
      const ref = await ports.blobs.write(sourceOf(body), { owner: ownerBytes(id), length: bytes });
      return { id, extents: [{ ref, offset: 0, length: bytes }] };
    }),
  );

async function putBatch(ports: Ports, { bucket, bytes, keyOf }: Filling, from: number, contents: readonly Content[]): Promise<void> {
  const view = View.open(ports);
  const change = new Change({ isFirstTry: true });
  const pointer = await view.get(tables.name.key("default" as TenantName, bucket as BucketName));
  if (pointer === undefined) throw new Error(`no bucket ${bucket}`);
  const stateKey = tables.state.key(generationOf(pointer));
  const stateValue = (await view.get(stateKey)) ?? new Uint8Array(0);
  const state = decodeBucketState(stateValue);
  for (const [n, content] of contents.entries()) {
    await putVersion(
      view,
      change,
      { state, stateKey, stateValue },
      {
        kind: "object",
        key: keyOf(from + n) as ObjectKey,
        modifiedMs: ports.clock.wallMs(),
        size: bytes,
        etag: createHash("md5").update(content.id).digest("hex"),
        owner: state.owner,
        acl: "inherit",
        storageClass: state.storageClass,
        form: "single",
        headers: { contentType: "application/octet-stream" },
        metadata: [],
        content,
      },
    );
  }
  view.close();
  const { committed } = await ports.metadata.commit(change.toBatch());
  if (!committed) throw new Error("a conflict nobody made");
  const refs: BlobRef[] = contents.flatMap(({ extents = [] }) => extents.map(({ ref }) => ref));
  for (const ref of refs) ports.blobs.settled(ref);
}
