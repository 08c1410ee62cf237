/** Where a content's bytes stand: a few extents in the record that names it, or pages of them keyed by offset, so that a range read seeks. */
import type { Change } from "../change.ts";
import { rangeOf, tables } from "../keys.ts";
import type { Content, ContentId, Extent } from "../model.ts";
import { type ByteSource, type Bytes, type Ports, StoreCorrupt } from "../ports.ts";
import { decodePage, encodePage, recordLimits } from "../records.ts";
import { View } from "../view.ts";
import { hotBodies, hotBodyLimits } from "./hot-bodies.ts";
import { sourceOf } from "./store-body.ts";

/** What a record shall hold of a new content: as it is, or, when its extents are too many for a record, with pages that the change puts. */
export function layContent(change: Change, content: Content): Content {
  const { id, extents } = content;
  if (!extents || extents.length <= recordLimits.inlineExtentsMax) return content;
  let offset = 0;
  for (let first = 0; first < extents.length; first += recordLimits.extentsPerPage) {
    const page = extents.slice(first, first + recordLimits.extentsPerPage);
    change.put(tables.content.key(id, offset), encodePage(page));
    for (const { length } of page) offset += length;
  }
  return { id, paged: true, ...(content.sealedBytes === undefined ? {} : { sealedBytes: content.sealedBytes }) };
}

/** Of extents the first of which begins at `first`: those that hold bytes of the range, cut to it. */
function cutExtents(extents: readonly Extent[], first: number, range: { start: number; end: number }): Extent[] {
  const cut: Extent[] = [];
  let offset = first;
  for (const extent of extents) {
    if (offset >= range.end) break;
    const from = Math.max(range.start, offset);
    const to = Math.min(range.end, offset + extent.length);
    // Most reads take an extent as it is.
    if (from < to) cut.push(to - from === extent.length ? extent : { ...extent, offset: extent.offset + from - offset, length: to - from });
    offset += extent.length;
  }
  return cut;
}

/** The extents that hold the bytes `start` (included) to `end` (excluded), cut to them. Each page is read in a snapshot of its own: call it while a reader is announced. */
export async function* extentsOf(ports: Ports, content: Content, range: { start: number; end: number }): AsyncGenerator<Extent> {
  if (content.paged) for await (const { at, extents } of pagesOf(ports, content.id, range)) yield* cutExtents(extents, at, range);
  else yield* cutExtents(content.extents ?? [], 0, range);
}

async function* pagesOf(ports: Ports, id: ContentId, range: { start: number; end: number }): AsyncGenerator<{ at: number; extents: Extent[] }> {
  let wanted = range.start;
  while (wanted < range.end) {
    const page = await pageAt(ports, id, wanted);
    if (!page) throw new StoreCorrupt(`The page of content ${id} that holds offset ${wanted} is missing`);
    yield page;
    const next = page.extents.reduce((sum, { length }) => sum + length, page.at);
    if (next <= wanted) throw new StoreCorrupt(`A page of content ${id} does not reach offset ${wanted}`);
    wanted = next;
  }
}
/** The last page that begins at or before the offset. */
async function pageAt(ports: Ports, id: ContentId, offset: number): Promise<{ at: number; extents: Extent[] } | undefined> {
  const view = View.open(ports);
  try {
    const row = await view.first({ from: tables.content.range(id).from, to: rangeOf(tables.content.key(id, offset)).to, reverse: true });
    return row && { at: tables.content.read(row.key)[1], extents: decodePage(row.value) };
  } finally {
    view.close();
  }
}

/**
 * The bytes `start` (included) to `end` (excluded) of a content. The caller has announced itself as a reader before it read the content's
 * record; `finished` is called once, when the last byte was handed out, the reading failed, or the source was closed.
 */
export function readContent(ports: Ports, content: Content | undefined, range: { start: number; end: number }, finished: () => void): ByteSource {
  if (content?.inline || range.start >= range.end) {
    finished();
    return sourceOf(content?.inline?.subarray(range.start, range.end) ?? new Uint8Array(0));
  }
  const only = content?.extents?.length === 1 ? content.extents[0] : undefined;
  const bodies = only && only.offset === 0 && only.length <= hotBodyLimits.bodyBytesMax ? hotBodies(ports.blobs) : undefined;
  const kept = bodies?.find((content as Content).id);
  if (kept !== undefined) {
    finished();
    return sourceOf(range.start === 0 && range.end === kept.length ? kept : kept.subarray(range.start, range.end));
  }
  const inRecord = content?.paged ? undefined : cutExtents(content?.extents ?? [], 0, range);
  const paged = content?.paged ? extentsOf(ports, content, range) : undefined;
  let taken = 0;
  let open: ByteSource | undefined;
  // A chunk may be held while the next is fetched: a blob's source is closed only at the read after that.
  let leaving: ByteSource | undefined;
  let openLeft = 0;
  let left = range.end - range.start;
  let ended = false;
  const finish = (): void => {
    if (ended) return;
    ended = true;
    finished();
  };
  const close = (): void => {
    open?.close();
    leaving?.close();
    finish();
  };
  const next = async (): Promise<Bytes> => {
    if (openLeft === 0) {
      const extent = inRecord ? inRecord[taken++] : (await paged?.next())?.value;
      if (!extent) throw new StoreCorrupt(`Content ${content?.id} ends ${left} bytes early`);
      leaving?.close();
      leaving = open;
      openLeft = extent.length;
      open = ports.blobs.read(extent.ref, { start: extent.offset, end: extent.offset + extent.length });
    } else if (leaving) {
      leaving.close();
      leaving = undefined;
    }
    const chunk = await open?.read();
    if (!chunk || chunk.length > openLeft) throw new StoreCorrupt(`A blob of content ${content?.id} does not have the length of its extent`);
    openLeft -= chunk.length;
    left -= chunk.length;
    if (bodies !== undefined && chunk.length === only?.length) bodies.read((content as Content).id, chunk);
    return chunk;
  };
  return {
    async read() {
      if (left === 0) finish();
      if (ended) return undefined;
      try {
        return await next();
      } catch (error) {
        close();
        throw error;
      }
    },
    close,
  };
}
