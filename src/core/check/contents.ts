/** From metadata to bytes and back: every extent can be read and has its length, every use has its user, every blob its owner. */
import { decodeAnnotation } from "../annotations/records.ts";
import { ownerId, readUser, tables } from "../keys.ts";
import type { Content, ContentId, Extent, UploadId, Version } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { namedRefs, userVersion } from "../reclaim/named.ts";
import { nameOf, rowsOf } from "../reclaim/slices.ts";
import { decodeDead, decodePage } from "../records.ts";
import { decodePart } from "../uploads/records.ts";
import { onView } from "../view.ts";
import type { Report } from "./problem.ts";

export type BytesChecker = {
  /** Once for each content, however many versions share it. */
  version(version: Version, where: string): Promise<void>;
  extents(extents: readonly Extent[], where: string): Promise<number>;
};

/** `bytes`: read every byte of every blob, or look at the records alone. */
export function bytesChecker(ports: Ports, report: Report, bytes: "read" | "skip"): BytesChecker {
  const done = new Set<string>();
  async function extents(list: readonly Extent[], where: string): Promise<number> {
    let length = 0;
    for (const extent of list) {
      length += extent.length;
      if (bytes === "read") await readExtent(ports, extent, report, where);
    }
    return length;
  }
  return {
    extents,
    async version({ content, size, sequence }, where) {
      if (!content || content.inline || done.has(content.id)) return;
      done.add(content.id);
      const at = `${where}#${sequence}`;
      const length = content.paged ? await pages(content) : await extents(content.extents ?? [], at);
      if (length !== (content.sealedBytes ?? size))
        report("contentLength", at, `size ${content.sealedBytes ?? size}, but the extents of content ${content.id} have ${length} bytes`);

      async function pages({ id }: Content): Promise<number> {
        let offset = 0;
        for await (const { key, value } of rowsOf(ports, tables.content.range(id), 32)) {
          const [, begins] = tables.content.read(key);
          if (begins !== offset) report("contentLength", at, `content ${id} has a page at ${begins} and none at ${offset}`);
          offset = begins + (await extents(decodePage(value), at));
        }
        return offset;
      }
    },
  };
}

async function readExtent(ports: Ports, { ref, offset, length }: Extent, report: Report, where: string): Promise<void> {
  const source = ports.blobs.read(ref, { start: offset, end: offset + length });
  let read = 0;
  try {
    for (let chunk = await source.read(); chunk; chunk = await source.read()) read += chunk.length;
    if (read !== length) report("bytesUnreadable", where, `blob ${hex(ref)} gave ${read} of ${length} bytes from ${offset}`);
  } catch (error) {
    report("bytesUnreadable", where, `blob ${hex(ref)}, ${length} bytes from ${offset}: ${error}`);
  } finally {
    source.close();
  }
}

const hex = (bytes: Bytes): string => Buffer.from(bytes).toString("hex");

/** Each row of use is of a user that is there and names the content; each content has a use or is dead. */
export async function checkUses(ports: Ports, report: Report): Promise<void> {
  let last: ContentId | undefined;
  for await (const { key } of rowsOf(ports, tables.use.range())) {
    const [content, raw] = tables.use.read(key);
    last = content;
    const user = readUser(raw);
    const where = `use of ${last} by ${JSON.stringify(user)}`;
    if (user.kind === "version" || user.kind === "binned") {
      const version = await onView(ports, (view) => userVersion(view, user));
      if (version?.content?.id !== content) report("useWithoutUser", where, version ? `the version has content ${version.content?.id}` : "there is no such version");
    } else if (user.kind === "annotation") {
      const value = await onView(ports, (view) => view.get(tables.annotation.key(user.set, user.name)));
      if (!value || decodeAnnotation(user.name, value).content.id !== content) report("useWithoutUser", where, "no such annotation has this content");
    } else if (user.kind === "upload" || user.kind === "content") {
      const borrower = user.kind === "upload" ? (user.upload as string as ContentId) : user.content;
      if (!(await borrows(ports, borrower, content, user.kind === "upload" ? user.partNumber : undefined)))
        report("useWithoutUser", where, "nothing of the borrower names the content");
    }
  }
  let seen: ContentId | undefined;
  for await (const { key } of rowsOf(ports, tables.content.range(), 64)) {
    const [id] = tables.content.read(key);
    if (id === seen) continue;
    seen = id;
    const known = await onView(ports, async (view) => (await view.first(tables.use.range(id))) ?? (await view.get(tables.dead.key(id))));
    if (known === undefined) report("contentWithoutUse", `content ${id}`, "it has pages, and neither a use nor a dead row");
  }
}

/** A part that borrows, a version or a dead row of the completed object, or its pages. */
async function borrows(ports: Ports, borrower: ContentId, source: ContentId, partNumber: number | undefined): Promise<boolean> {
  const names = (extents: readonly Extent[]): boolean => extents.some(({ from }) => from === source);
  if (partNumber !== undefined) {
    const part = await onView(ports, (view) => view.get(tables.part.key(borrower as string as UploadId, partNumber)));
    if (part && decodePart(part).source === source) return true;
  }
  for await (const { value } of rowsOf(ports, tables.content.range(borrower), 32)) if (names(decodePage(value))) return true;
  const dead = await onView(ports, (view) => view.get(tables.dead.key(borrower)));
  if (dead && names(decodeDead(dead).extents)) return true;
  for await (const { key } of rowsOf(ports, tables.use.range(borrower))) {
    const user = readUser(tables.use.read(key)[1]);
    if (user.kind !== "version" && user.kind !== "binned") continue;
    const version = await onView(ports, (view) => userVersion(view, user));
    return names(version?.content?.extents ?? []);
  }
  return false;
}

/** Blobs of ended epochs: every one is named by something. Dropped and released ones are on their way out; in epochs not yet swept the sweep will take what is not. */
export async function checkBlobs(ports: Ports, report: Report): Promise<void> {
  const dropped = new Set<string>();
  for (const table of [tables.dropped, tables.released]) {
    for await (const { value } of rowsOf(ports, table.range(), 16)) for (const { ref } of decodePage(value)) dropped.add(nameOf(ref));
  }
  for (const epoch of (await ports.blobs.epochs?.()) ?? (await ports.blobs.endedEpochs())) {
    let named: { owner: ContentId; refs: Set<string> } | undefined;
    for await (const page of ports.blobs.list(epoch)) {
      for (const { ref, owner, size } of page) {
        const id = ownerId(owner);
        if (named?.owner !== id) named = { owner: id, refs: await namedRefs(ports, id) };
        if (!named.refs.has(nameOf(ref)) && !dropped.has(nameOf(ref)))
          report("blobWithoutOwner", `blob ${hex(ref)}`, `${size} bytes of ${id} in epoch ${epoch}, named by nothing`, ref);
      }
    }
  }
}
