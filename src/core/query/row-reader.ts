/**
 * Bytes cut into records and columns, as they come, without ever holding more than a record beyond what was given. A column may stand between quotes, which
 * are doubled inside; an odd run of them anywhere else spoils the record, and with it all that follows.
 */
import { isUtf8 } from "node:buffer";
import { refuse } from "./faults.ts";
import { queryLimits } from "./limits.ts";
import type { RowFormat } from "./model.ts";

/** From `start` to `end`, behind its delimiter, in bytes from where reading began. `number`: of the record, comments included, from 0. */
export type RawRow = { columns: string[]; start: number; end: number; number: number };

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export class RowReader {
  readonly #format: RowFormat;
  readonly #record: Buffer;
  readonly #field: string;
  #rest: Buffer = Buffer.alloc(0);
  /** Of `#rest`, in bytes from where reading began. */
  #offset = 0;
  #rows = 0;
  constructor(format: RowFormat) {
    this.#format = format;
    this.#record = Buffer.from(format.record);
    this.#field = String.fromCharCode(format.field);
  }

  /** The records that end in what has come. `last`: nothing follows, so that the rest is a record too. Throws queryFault. */
  *read(chunk: Uint8Array, last: boolean): Generator<RawRow> {
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([this.#rest, chunk]);
    // A mark of the byte order is none of the first column.
    let at = this.#offset === 0 && this.#rows === 0 && bytes.subarray(0, 3).equals(byteOrderMark) ? byteOrderMark.length : 0;
    let quote = bytes.indexOf(this.#format.quote, at);
    // Of two signs alike, those at the end may belong together otherwise than those at the beginning.
    if (quote === -1 && (this.#record.length === 1 || this.#record[0] !== this.#record[1])) at = yield* this.#plain(bytes, at);
    while (at < bytes.length) {
      if (quote !== -1 && quote < at) quote = bytes.indexOf(this.#format.quote, at);
      let end = bytes.indexOf(this.#record, at);
      const isPlain = quote === -1 || (end !== -1 && quote > end);
      let columns: string[] | undefined;
      let next: number;
      if (isPlain || !this.#format.quotedRecords) {
        if (end === -1 && !last) break;
        if (end === -1) end = bytes.length;
        next = Math.min(bytes.length, end + this.#record.length);
        this.#bound(end - at);
        columns = isPlain || quote >= end ? this.#text(bytes, at, end).split(this.#field) : undefined;
        if (columns === undefined) columns = this.#quoted(bytes.subarray(at, end), true)?.columns ?? [];
      } else {
        const found = this.#quoted(bytes.subarray(at), last);
        if (found === undefined) break;
        columns = found.columns;
        next = at + found.next;
        this.#bound(found.next);
      }
      const isComment = this.#format.comment !== undefined && bytes[at] === this.#format.comment;
      const row = { columns, start: this.#offset + at, end: this.#offset + next, number: this.#rows++ };
      at = next;
      if (!isComment) yield row;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    this.#offset += at;
    this.#bound(this.#rest.length);
  }

  /** All records that end in bytes without a quote, decoded at once. Where the rest begins. */
  *#plain(bytes: Buffer, from: number): Generator<RawRow, number> {
    const until = bytes.lastIndexOf(this.#record);
    if (until < from) return from;
    const text = this.#text(bytes, from, until);
    const isAscii = text.length === until - from;
    let start = this.#offset + from;
    for (const record of text.split(this.#record.toString("latin1"))) {
      const size = isAscii ? record.length : Buffer.byteLength(record);
      this.#bound(size);
      const row = { columns: record.split(this.#field), start, end: start + size + this.#record.length, number: this.#rows++ };
      start = row.end;
      if (this.#format.comment === undefined || record.charCodeAt(0) !== this.#format.comment) yield row;
    }
    return until + this.#record.length;
  }

  #bound(bytes: number): void {
    if (bytes > queryLimits.rowBytesMax) refuse("row", `Record ${this.#rows} has more than ${queryLimits.rowBytesMax} bytes`);
  }

  #text(bytes: Buffer, start: number, end: number): string {
    const text = bytes.toString("utf8", start, end);
    if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) refuse("encoding", `Record ${this.#rows} is not UTF-8`);
    return text;
  }

  /** A record with quotes in it; undefined: it does not end in these bytes. `next`: behind its delimiter. */
  #quoted(bytes: Buffer, last: boolean): { columns: string[]; next: number } | undefined {
    const columns: string[] = [];
    let at = 0;
    for (;;) {
      const column = bytes[at] === this.#format.quote ? this.#between(bytes, at) : this.#bare(bytes, at, last);
      if (column === undefined) return last ? refuse("row", `A quote in record ${this.#rows} is not closed`) : undefined;
      columns.push(column.text);
      at = column.end;
      if (at >= bytes.length) return last ? { columns, next: at } : undefined;
      if (bytes[at] === this.#format.field) at++;
      else if (this.#endsAt(bytes, at)) return { columns, next: at + this.#record.length };
      else if (!last && at + this.#record.length > bytes.length) return undefined;
      else return refuse("row", `A quote in record ${this.#rows} is followed by neither a delimiter nor the end of the record`);
    }
  }

  #endsAt(bytes: Buffer, at: number): boolean {
    return bytes[at] === this.#record[0] && (this.#record.length === 1 || bytes[at + 1] === this.#record[1]);
  }
  #runs(bytes: Buffer, at: number): number {
    let end = at;
    while (bytes[end] === this.#format.quote) end++;
    return end - at;
  }

  /** A column between quotes, the first of which stands at `at`. */
  #between(bytes: Buffer, at: number): { text: string; end: number } | undefined {
    const { quote } = this.#format;
    if (this.#format.escape !== undefined) return this.#escaped(bytes, at, this.#format.escape);
    let text = "";
    let from = at + 1;
    for (;;) {
      const close = bytes.indexOf(quote, from);
      // What may be the first of two is not known to close anything before the next byte has come.
      if (close === -1) return undefined;
      text += this.#text(bytes, from, close);
      if (bytes[close + 1] !== quote) return { text, end: close + 1 };
      text += String.fromCharCode(quote);
      from = close + 2;
    }
  }

  /** The same, where another sign than the quote stands before a quote (or itself) that is meant. */
  #escaped(bytes: Buffer, at: number, sign: number): { text: string; end: number } | undefined {
    const { quote } = this.#format;
    let text = "";
    let from = at + 1;
    for (let next = from; next < bytes.length; next++) {
      if (bytes[next] === quote) return { text: text + this.#text(bytes, from, next), end: next + 1 };
      if (bytes[next] !== sign || (bytes[next + 1] !== quote && bytes[next + 1] !== sign)) continue;
      text += this.#text(bytes, from, next);
      from = ++next;
    }
    return undefined;
  }

  /** A column that begins with no quote: those inside come in pairs. */
  #bare(bytes: Buffer, at: number, last: boolean): { text: string; end: number } | undefined {
    const { quote, field } = this.#format;
    let end = at;
    let quotes = 0;
    while (end < bytes.length && bytes[end] !== field && !this.#endsAt(bytes, end)) {
      const run = this.#runs(bytes, end);
      if (run % 2 === 1 && (last || end + run < bytes.length)) refuse("row", `A column of record ${this.#rows} has a quote inside`);
      quotes += run;
      end += Math.max(1, run);
    }
    if (end >= bytes.length && !last) return undefined;
    const text = this.#text(bytes, at, end);
    const one = String.fromCharCode(quote);
    return { text: quotes === 0 ? text : text.replaceAll(one + one, one), end };
  }
}
