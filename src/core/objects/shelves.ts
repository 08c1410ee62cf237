/** Where the bytes of a storage class lie: each class has its shelf (`Ports.shelves`), and what is of another class lies elsewhere until it is moved. */
import type { BucketAddress } from "../api.ts";
import type { Change } from "../change.ts";
import { tables, versionUser } from "../keys.ts";
import type { Content, ContentId, Extent, StorageClass, Version } from "../model.ts";
import { type BlobRef, type Ports, type Shelf, StoreOutcomeUnknown } from "../ports.ts";
import { decodePage, encodeDead, presence } from "../records.ts";
import type { Chain } from "../versions/chain.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import { onView, type View } from "../view.ts";
import { readContent } from "./content.ts";
import { discard, storeAgain, type Turn } from "./store-body.ts";

export const shelfOf = ({ shelves }: Pick<Ports, "shelves">, storageClass: StorageClass): Shelf => shelves?.get(storageClass) ?? 0;

/** Of an object that is to be written: its class may be the bucket's. A bucket that is not there is found out later. */
export async function shelfFor(ports: Ports, input: BucketAddress & { storageClass?: StorageClass }): Promise<Shelf> {
  if (!ports.shelves) return 0;
  const storageClass = input.storageClass ?? (await onView(ports, (view) => view.findBucket(input)))?.state.storageClass;
  return storageClass === undefined ? 0 : shelfOf(ports, storageClass);
}

export const liesOn = ({ blobs }: Pick<Ports, "blobs">, extents: readonly Extent[], shelf: Shelf): boolean => extents.every(({ ref }) => (blobs.shelfOf?.(ref) ?? 0) === shelf);

/** Has it bytes on another shelf than that of the class? What stands in a record lies nowhere. */
export async function isElsewhere(view: View, content: Content | undefined, storageClass: StorageClass): Promise<boolean> {
  const { ports } = view;
  if (!ports.shelves || !content) return false;
  const shelf = shelfOf(ports, storageClass);
  if (!content.paged) return !liesOn(ports, content.extents ?? [], shelf);
  const cursor = view.scan(tables.content.range(content.id));
  try {
    for (let rows = await cursor.next(pagesAtOnce); rows.length > 0; rows = await cursor.next(pagesAtOnce))
      for (const { value } of rows) if (!liesOn(ports, decodePage(value), shelf)) return true;
    return false;
  } finally {
    cursor.close();
  }
}
const pagesAtOnce = 64;

/** A content on its new shelf: `from` is the one that it is of. Its blobs are settled or taken back by `keepMoved`. */
export type MovedContent = { from: ContentId; content: Content; refs: BlobRef[] };

/** Of stored bytes, which may be sealed: how many. */
export const storedBytes = (content: Content | undefined, size: number): number => content?.sealedBytes ?? size;

/**
 * The stored bytes of a content, sealed or not, as they lie, under a new content on another shelf: flushed when it resolves. The caller has announced
 * itself as a reader before it read the content's record. `turn`: when each blob may be written. Throws `StoreRefused` and what reading throws; then nothing is left.
 */
export async function moveContent(ports: Ports, content: Content, bytes: number, shelf: Shelf, turn?: Turn): Promise<MovedContent> {
  const { id, extents, refs } = await storeAgain(
    ports,
    readContent(ports, content, { start: 0, end: bytes }, () => {}),
    bytes,
    { shelf, turn },
  );
  return { from: content.id, content: { id, extents, ...(content.sealedBytes === undefined ? {} : { sealedBytes: content.sealedBytes }) }, refs };
}

/** The version with these bytes in place of its own, which are dead for it. Expects it, and its use of them, as read. The chain is the caller's to write. */
export async function giveContent(chain: Chain, change: Change, version: Version, fresh: Content): Promise<void> {
  const { content, sequence } = version;
  await chain.expectVersion(change, sequence);
  const user = versionUser(chain.generation, chain.key, sequence);
  if (isStoredApart(content)) change.remove(tables.use.key(content.id, user)).put(tables.dead.key(content.id), encodeDead(content));
  if (isStoredApart(fresh)) change.put(tables.use.key(fresh.id, user), presence);
  await chain.replace({ ...version, content: fresh });
}

/** Runs the commit that names some of what was moved: `commit` gives their new ids. These are settled, the others, or after a throw all, are taken back. */
export async function keepMoved<T>(ports: Ports, moved: readonly MovedContent[], commit: () => Promise<{ result: T; named: ReadonlySet<ContentId> }>): Promise<T> {
  let done: { result: T; named: ReadonlySet<ContentId> };
  try {
    done = await commit();
  } catch (error) {
    if (!(error instanceof StoreOutcomeUnknown))
      await discard(
        ports,
        moved.flatMap(({ refs }) => refs),
      );
    throw error;
  }
  const { result, named } = done;
  for (const { content, refs } of moved) {
    if (!named.has(content.id)) await discard(ports, refs);
    else for (const ref of refs) ports.blobs.settled(ref);
  }
  return result;
}
