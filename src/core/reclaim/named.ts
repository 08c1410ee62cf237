/** Which blobs of an owner something still names: what the sweep spares, and what `check` holds the blobs against. */
import { decodeAnnotation } from "../annotations/records.ts";
import { decodeBinned } from "../bin/rows.ts";
import { type ContentUser, olderKey, readUser, tables, usesBy } from "../keys.ts";
import type { ContentId, Extent, Generation, ObjectKey, UploadId, Version } from "../model.ts";
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

/** What the record of a version, of a binned object, or of an annotation, that uses the content names. All its users name the same: any one will do. */
export async function extentsInRecord(view: View, content: ContentId): Promise<Extent[]> {
  const use = (await view.first(usesBy(content, "version"))) ?? (await view.first(usesBy(content, "binned"))) ?? (await view.first(usesBy(content, "annotation")));
  const user = use && readUser(tables.use.read(use.key)[1]);
  if (user?.kind === "annotation") {
    const value = await view.get(tables.annotation.key(user.set, user.name));
    return (value && decodeAnnotation(user.name, value).content.extents) ?? [];
  }
  if (user?.kind !== "version" && user?.kind !== "binned") return [];
  return (await userVersion(view, user))?.content?.extents ?? [];
}

/** The version that uses a content, in its chain or in the bin; without what its detail row holds. */
export async function userVersion(view: View, { kind, generation, key, sequence }: ContentUser & { kind: "version" | "binned" }): Promise<Version | undefined> {
  if (kind === "version") return (await versionAt(view, generation, key, sequence))?.version;
  const value = await view.get(tables.binned.key(generation, key, sequence));
  return value && decodeBinned(key, value).version;
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
