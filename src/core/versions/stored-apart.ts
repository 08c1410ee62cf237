import type { Content } from "../model.ts";

/** Bytes that stand elsewhere than in the record, and so are used by a row of `use`. */
export const isStoredApart = (content: Content | undefined): content is Content => content !== undefined && (content.paged === true || content.extents !== undefined);
