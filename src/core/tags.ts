/** What a set of tags may be: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html; OSS has the same bounds. */
import { fail } from "./errors.ts";
import type { Tags } from "./model.ts";

export const tagLimits = { perObjectMax: 10, nameCharactersMax: 128, valueCharactersMax: 256 } as const;

/** Letters, digits and separators of every script, and these. */
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const characters = (text: string): number => [...text].length;

/** What a dialect allows besides: any text at all. */
export const anyText = /^/;

/** Throws tagsInvalid. Gives the tags back. */
export function boundTags(tags: Tags, countMax: number, text: RegExp = allowed): Tags {
  if (tags.length > countMax) fail("tagsInvalid", { why: `There can be no more than ${countMax} tags.`, tooMany: { count: tags.length, limit: countMax } });
  const seen = new Set<string>();
  for (const [name, value] of tags) {
    if (name === "" || characters(name) > tagLimits.nameCharactersMax || !text.test(name))
      fail("tagsInvalid", { why: "The TagKey you have provided is invalid", name: name.slice(0, 128) });
    if (characters(value) > tagLimits.valueCharactersMax || !text.test(value)) fail("tagsInvalid", { why: "The TagValue you have provided is invalid", name });
    if (seen.has(name)) fail("tagsInvalid", { why: "Cannot provide multiple Tags with the same key", name });
    seen.add(name);
  }
  return tags;
}

/** Checked, for a record: an object without tags has no such field. */
export const tagsOf = (tags: Tags | undefined): { tags?: Tags } => (tags === undefined || tags.length === 0 ? {} : { tags: boundTags(tags, tagLimits.perObjectMax) });
