/** Which blobs of an owner something still names: what the sweep spares, and what `check` holds the blobs against. */
import { decodeAnnotation } from "../annotations/records.ts";
import { annotationUses, olderKey, readUser, tables, versionUses } from "../keys.ts";
import type { ContentId, Extent, Generation, ObjectKey, UploadId } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeDead, decodePage, decodeVersion, type StoredVersion } from "../records.ts";
import { decodePart } from "../uploads/records.ts";
import { onView, type View } from "../view.ts";
import { nameOf, rowsOf } from "./slices.ts";

/**
 * References of the owner's blobs. Read in the order in which names move (a part becomes an extent of a page or a version; a version's become
 * a dead row's), so that a name that moves while this reads is met at one place or the other.
 */
export async function namedRefs(ports: Ports, owner: ContentId): Promise<Set<string>> {
  const named = new Set<string>();
  const note = (extents: readonly Extent[]): void => {
    for (const { ref, from } of extents) if (from === undefined) named.add(nameOf(ref));
  };
  for await (const { key, value } of rowsOf(ports, tables.part.range(owner as string as UploadId))) {
    if (tables.part.read(key)[1] !== 0) note(decodePart(value).extents);
  }
  for await (const { value } of rowsOf(ports, tables.content.range(owner))) note(decodePage(value));
  await onView(ports, async (view) => {
    note(await extentsInRecord(view, owner));
    const dead = await view.get(tables.dead.key(owner));
    if (dead) note(decodeDead(dead).extents);
  });
  return named;
}

/** What the record of a version, or of an annotation, that uses the content names. All its users name the same: any one will do. */
export async function extentsInRecord(view: View, content: ContentId): Promise<Extent[]> {
  const use = (await view.first(versionUses(content))) ?? (await view.first(annotationUses(content)));
  const user = use && readUser(tables.use.read(use.key)[1]);
  if (user?.kind === "annotation") {
    const value = await view.get(tables.annotation.key(user.set, user.name));
    return (value && decodeAnnotation(user.name, value).content.extents) ?? [];
  }
  if (user?.kind !== "version") return [];
  const stored = await versionAt(view, user.generation, user.key, user.sequence);
  return stored?.version.content?.extents ?? [];
}

/** The version of this sequence, wherever in its chain it stands; without what its detail row holds. */
export async function versionAt(view: View, generation: Generation, key: ObjectKey, sequence: number): Promise<StoredVersion | undefined> {
  for (const row of [tables.current.key(generation, key), olderKey(generation, key, sequence)]) {
    const value: Bytes | undefined = await view.get(row);
    const stored = value && decodeVersion(key, value);
    if (stored?.version.sequence === sequence) return stored;
  }
  return undefined;
}
