/** An object's bytes in small pieces, inflated where they are packed, so that nobody else waits long for their turn. */
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { DomainError } from "../errors.ts";
import type { ByteSource } from "../ports.ts";
import { refuse } from "./faults.ts";
import { queryLimits } from "./limits.ts";

/** `at`: how far the object has been read when these bytes are all used, from where the source begins. */
export type Slice = { bytes: Buffer; at: number };

/** Closes the source when it ends, however it does. `signal`: nobody waits any more. */
export async function* slicesOf(source: ByteSource, { gzip, signal }: { gzip: boolean; signal: { readonly aborted: boolean } }): AsyncGenerator<Slice> {
  try {
    for await (const { bytes, at } of gzip ? inflated(source) : plain(source)) {
      const before = at - bytes.length;
      for (let from = 0; from < bytes.length; from += queryLimits.sliceBytes) {
        if (signal.aborted) throw new Error("the client went away while its query ran");
        const slice = bytes.subarray(from, from + queryLimits.sliceBytes);
        yield { bytes: slice, at: gzip ? at : before + from + slice.length };
        await turn();
      }
    }
  } finally {
    source.close();
  }
}

async function* plain(source: ByteSource): AsyncGenerator<Slice> {
  let at = 0;
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
    at += chunk.length;
    yield { bytes: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length), at };
  }
}

/** The pieces that go in are copies: a source may use its own again while they wait. */
async function* inflated(source: ByteSource): AsyncGenerator<Slice> {
  let at = 0;
  let failed: unknown;
  const packed = async function* (): AsyncGenerator<Buffer> {
    try {
      for await (const { bytes, at: read } of plain(source)) {
        at = read;
        yield Buffer.from(bytes);
      }
    } catch (error) {
      failed = error;
      throw error;
    }
  };
  const input = Readable.from(packed(), { highWaterMark: 1 });
  const gunzip = createGunzip({ chunkSize: queryLimits.sliceBytes });
  input.on("error", (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  try {
    for await (const bytes of gunzip) yield { bytes: bytes as Buffer, at };
  } catch (error) {
    if (failed !== undefined) throw failed;
    if (error instanceof DomainError) throw error;
    refuse("inflate", "The object is not packed with gzip, or not to its end");
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

/** What follows the first record delimiter. `at` counts all the same; `lead`: the bytes that were left out. */
export async function* behindFirst(slices: AsyncIterable<Slice>, delimiter: Uint8Array, lead: { bytes: number }): AsyncGenerator<Slice> {
  let found = false;
  let rest = Buffer.alloc(0);
  for await (const { bytes, at } of slices) {
    if (found) {
      yield { bytes, at };
      continue;
    }
    const joined = Buffer.concat([rest, bytes]);
    const place = joined.indexOf(Buffer.from(delimiter));
    found = place >= 0;
    if (found) lead.bytes = at - joined.length + place + delimiter.length;
    if (found) yield { bytes: joined.subarray(place + delimiter.length), at };
    else rest = joined.subarray(Math.max(0, joined.length - delimiter.length + 1));
  }
}
