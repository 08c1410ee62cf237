/**
 * An upload by form: the fields before `file` are gathered (bounded), the file's bytes are a stream whose end the boundary tells. Nothing after
 * the first part called `file` is looked at; it is read only so that a body that breaks off is not taken for a whole one.
 */
import type { ByteSource, Bytes } from "../core/ports.ts";
import { refuseForm } from "./form-failure.ts";
import { boundaryOf, partHeaders } from "./form-headers.ts";
import type { WireRequest } from "./wire.ts";

export const formLimits = {
  /** Everything before the first byte of the file. */
  headBytesMax: 64 * 1024,
  fieldsMax: 100,
  /** The header lines of one part. */
  partHeaderBytesMax: 8 * 1024,
  /** What may follow the file. */
  tailBytesMax: 64 * 1024,
} as const;

/** `value`: UTF-8 text. `raw`: its bytes as Latin-1 characters, as header values come. */
export type FormField = { name: string; value: string; raw: string };
export type PostedForm = {
  /** By lower-case name, in the order sent. */
  fields: ReadonlyMap<string, FormField>;
  /** `name`: without folders; empty when the client gave none. `source` throws FormFailure malformed when the body breaks off. */
  file: { name: string; contentType?: string; source: ByteSource };
};

/** The form of a request, read once however often it is asked for. Throws FormFailure, or what the body throws. */
export function formOf(request: WireRequest): Promise<PostedForm> {
  if (request.form === undefined) {
    request.form = readForm(request.body, request.headers["content-type"]);
    // Whoever serves the request hears of it; until then it is nobody's.
    request.form.catch(() => {});
  }
  return request.form;
}

/** What was read and is not yet told apart. */
type Window = {
  bytes(): Buffer;
  /** Drops the first `count` bytes. */
  drop(count: number): void;
  /** One chunk more; false at the end. */
  more(): Promise<boolean>;
};

/** Bytes are copied in, since a source may use its memory again; here each byte of memory is written once, so what was handed out stays as it is. */
function windowOver(source: ByteSource): Window {
  let memory = Buffer.alloc(4096);
  let start = 0;
  // The delimiter of the first part has no line end before it where it begins the body.
  let end = memory.write("\r\n", "latin1");
  return {
    bytes: () => memory.subarray(start, end),
    drop(count) {
      start += count;
    },
    async more() {
      const chunk = await source.read();
      if (chunk === undefined) return false;
      if (end + chunk.length > memory.length) {
        const grown = Buffer.allocUnsafe(Math.max(2 * (end - start), end - start + chunk.length));
        memory.copy(grown, 0, start, end);
        memory = grown;
        end -= start;
        start = 0;
      }
      memory.set(chunk, end);
      end += chunk.length;
      return true;
    },
  };
}

/** Reads as far as the first byte of the file. */
export async function readForm(source: ByteSource, contentType: string | undefined): Promise<PostedForm> {
  const boundary = boundaryOf(contentType) ?? refuseForm("notForm", { contentType });
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  const window = windowOver(source);
  const fields = new Map<string, FormField>();
  const head = { left: formLimits.headBytesMax };
  await take(window, delimiter, head);
  for (;;) {
    if (!(await anotherPart(window, head))) return refuseForm("fileMissing", {});
    // The second line end stays: of an empty part it is the one that belongs to the delimiter.
    const header = (await take(window, Buffer.from("\r\n\r\n"), head, 2)).subarray(2);
    if (header.length > formLimits.partHeaderBytesMax) refuseForm("malformed", { why: "the header of a part is too long" });
    const part = partHeaders(text(header)) ?? refuseForm("malformed", { why: "a part has no name" });
    const name = part.name.toLowerCase();
    if (name === "file") {
      const { contentType: type } = part;
      return { fields, file: { name: part.filename ?? "", ...(type === undefined ? {} : { contentType: type }), source: fileSource(source, window, delimiter) } };
    }
    const value = (await take(window, delimiter, head)).subarray(2);
    if (fields.has(name)) refuseForm("fieldRepeated", { field: part.name });
    if (fields.size === formLimits.fieldsMax) refuseForm("tooManyFields", { fieldsMax: formLimits.fieldsMax });
    fields.set(name, { name: part.name, value: text(value), raw: value.toString("latin1") });
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function text(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuseForm("malformed", { why: "a field is not UTF-8" });
  }
}

const broken = (): never => refuseForm("malformed", { why: "the body ends before the last boundary" });

/** A copy of what stands before `mark`; both are dropped, but for the last `keep` bytes of the mark. */
async function take(window: Window, mark: Buffer, head: { left: number }, keep = 0): Promise<Buffer> {
  let searched = 0;
  for (;;) {
    const bytes = window.bytes();
    const at = bytes.indexOf(mark, searched);
    if ((at < 0 ? bytes.length - mark.length : at + mark.length - keep) > head.left) refuseForm("fieldsTooLong", { bytesMax: formLimits.headBytesMax });
    if (at >= 0) {
      const taken = Buffer.from(bytes.subarray(0, at));
      window.drop(at + mark.length - keep);
      head.left -= at + mark.length - keep;
      return taken;
    }
    searched = Math.max(0, bytes.length - mark.length + 1);
    if (!(await window.more())) broken();
  }
}

/** What follows a delimiter: blanks and a line end (left in place, the header's search begins with it), or two hyphens at the last one. */
async function anotherPart(window: Window, head: { left: number }): Promise<boolean> {
  for (;;) {
    const bytes = window.bytes();
    let at = 0;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
    if (at > head.left) refuseForm("fieldsTooLong", { bytesMax: formLimits.headBytesMax });
    if (bytes.length >= at + 2) {
      const next = bytes.toString("latin1", at, at + 2);
      if (at === 0 && next === "--") return false;
      if (next !== "\r\n") refuseForm("malformed", { why: "a boundary is followed by something else" });
      window.drop(at);
      head.left -= at;
      return true;
    }
    if (!(await window.more())) broken();
  }
}

/** Hands out what cannot be part of a delimiter any more; after the delimiter, reads the rest of the body and throws it away. */
function fileSource(source: ByteSource, window: Window, delimiter: Buffer): ByteSource {
  // The line end that ends the header, or begins the delimiter of an empty file.
  let skip = 2;
  let ended = false;
  return {
    async read(): Promise<Bytes | undefined> {
      while (!ended) {
        const bytes = window.bytes();
        const at = bytes.indexOf(delimiter);
        const sure = at >= 0 ? at : bytes.length - delimiter.length + 1;
        if (sure > 0) {
          // No copy: the window never writes again where it has been read.
          const given = bytes.subarray(Math.min(skip, sure), sure);
          window.drop(sure);
          skip = Math.max(0, skip - sure);
          if (given.length > 0) return given;
        } else if (at === 0) {
          window.drop(delimiter.length);
          await readTail(window);
          ended = true;
        } else if (!(await window.more())) broken();
      }
      return undefined;
    },
    close: () => source.close(),
  };
}

async function readTail(window: Window): Promise<void> {
  await anotherPart(window, { left: formLimits.tailBytesMax });
  let size = 0;
  do {
    const { length } = window.bytes();
    window.drop(length);
    size += length;
    if (size > formLimits.tailBytesMax) refuseForm("malformed", { why: "too much follows the file" });
  } while (await window.more());
}
