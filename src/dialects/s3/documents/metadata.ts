/**
 * User metadata in an answer. Writers send text beyond ASCII as UTF-8; what reads headers takes them for Latin-1 (RFC 9110, 5.5), and S3 wraps all
 * such text in RFC 2047's encoded words: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
 */
import type { Metadata } from "../../../core/model.ts";
import { encodedWords } from "../../../lib/encoded-words.ts";
import type { Flavour } from "../flavour.ts";

/** Header text is bytes; control characters would end it early. */
export const isHeaderText = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
const isAscii = (text: string): boolean => /^[\t\x20-\x7e]*$/.test(text);
const isLatin = (text: string): boolean => /^[\t\x20-\x7e\xa0-\xff]*$/.test(text);
const hasControls = (text: string): boolean => /[\x00-\x08\x0a-\x1f\x7f]/.test(text);

/** `text`: bytes as Latin-1 characters, or (from a form) any. Deviation, 2026-11-28: what Latin-1 holds goes as it is, S3 wraps that too. */
function readable(text: string): string {
  const meant = isHeaderText(text) ? (utf8(text) ?? text) : text;
  return isLatin(meant) ? meant : encodedWords(meant);
}
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function utf8(bytes: string): string | undefined {
  try {
    return decoder.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}

/** Names and values in turn; what no header can say is counted. */
export function metadataHeaders(metadata: Metadata, { metadataText }: Flavour): string[] {
  const headers: string[] = [];
  let missing = 0;
  for (const [name, value] of metadata) {
    const shown = isAscii(value) || metadataText === "sent" ? value : hasControls(value) ? "\n" : readable(value);
    if (isHeaderText(shown)) headers.push(`x-amz-meta-${name}`, shown);
    else missing++;
  }
  if (missing > 0) headers.push("x-amz-missing-meta", String(missing));
  return headers;
}
