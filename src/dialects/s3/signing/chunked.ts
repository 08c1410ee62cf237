/**
 * The body of an aws-chunked upload, decoded as it comes: sizes and signatures of chunks, trailers and theirs.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
 */
import { createHash, type Hash } from "node:crypto";
import { DomainError } from "../../../core/errors.ts";
import type { ByteSource, Bytes } from "../../../core/ports.ts";
import { equalSecrets } from "../../../lib/bytes.ts";
import { hmac } from "../../../lib/signing/keys.ts";
import { refuse } from "../../signing-failure.ts";
import type { WireRequest } from "../../wire.ts";
import type { PayloadMode } from "./payload.ts";
import type { ChunkChain } from "./v4.ts";

export const chunkLimits = { headerBytesMax: 1024, trailerBytesMax: 8 * 1024, trailersMax: 16, pieceBytes: 64 * 1024 } as const;

const emptyHash = createHash("sha256").digest("hex");
const trailerSignature = "x-amz-trailer-signature";

/** `trailers`: by lower-case name; complete once `source` has ended. */
export type ChunkedBody = { source: ByteSource; length: number; trailers: ReadonlyMap<string, string> };

type Chunks = Extract<PayloadMode, { kind: "chunks" }>;

/** Decodes the body of a verified request. Throws "missingDecodedLength" at once; reading throws "chunk..." and "trailer..." failures and bodyLength. */
export function chunkedBody(request: WireRequest, payload: Chunks, chain: ChunkChain | undefined): ChunkedBody {
  const value = request.headers["x-amz-decoded-content-length"];
  if (value === undefined || !/^\d{1,15}$/.test(value)) return refuse("missingDecodedLength", { value });
  const announced = (request.headers["x-amz-trailer"] ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  return decodeChunks(request.body, { length: Number(value), payload, chain, announced });
}

type Options = { length: number; payload: Chunks; chain: ChunkChain | undefined; announced: readonly string[] };

/** What the decoder waits for: a chunk's first line, its bytes, the line end after them, a trailer's line, nothing more. */
type State = "header" | "data" | "dataEnd" | "trailer" | "end";

export function decodeChunks(source: ByteSource, { length, payload, chain, announced }: Options): ChunkedBody {
  if (payload.signed && !chain) throw new Error("signed chunks need the request's signature");
  const trailers = new Map<string, string>();
  // Two buffers in turn, as ByteSource promises that a chunk outlives one more read; the wire's own chunks may not, as several are read for one of ours.
  const buffers: Buffer[] = [];
  let turn = 0;
  let rest: Bytes = new Uint8Array(0);
  let state: State = "header";
  let line = "";
  /** The empty chunk came. */
  let last = false;
  let left = 0;
  let decoded = 0;
  let index = 0;
  let previous = chain?.seed ?? "";
  let provided = "";
  let hash: Hash | undefined;
  let trailerBytes = 0;
  let trailerSigned = "";

  const malformed = (why: string): never => refuse("chunkMalformed", { why });

  /** The rest of a line, once its end is there; without it. Only a trailer may end with a bare LF, as some clients write one. */
  function takeLine(max: number): string | undefined {
    const at = rest.indexOf(10);
    const end = at < 0 ? rest.length : at;
    if (line.length + end > max) malformed("a line is too long");
    line += Buffer.from(rest.buffer, rest.byteOffset, end).toString("latin1");
    rest = rest.subarray(at < 0 ? end : at + 1);
    if (at < 0) return undefined;
    if (!line.endsWith("\r") && state !== "trailer") malformed("a line without CR LF");
    const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
    line = "";
    return whole;
  }

  function beginChunk(header: string): void {
    const semicolon = header.indexOf(";");
    const digits = semicolon < 0 ? header : header.slice(0, semicolon);
    if (!/^[0-9a-fA-F]{1,12}$/.test(digits)) malformed("a chunk's size is no number");
    left = Number.parseInt(digits, 16);
    if (decoded + left > length) throw new DomainError("bodyLength", { expected: length, received: decoded + left });
    if (payload.signed) {
      const field = header.slice(semicolon + 1);
      if (semicolon < 0 || !field.startsWith("chunk-signature=")) malformed("a chunk has no signature");
      provided = field.slice("chunk-signature=".length).toLowerCase();
      hash = createHash("sha256");
    }
    if (left > 0) {
      state = "data";
      return;
    }
    endChunk();
    state = payload.trailer ? "trailer" : "dataEnd";
    if (decoded !== length) throw new DomainError("bodyLength", { expected: length, received: decoded });
    last = true;
  }

  function endChunk(): void {
    if (!chain || !payload.signed) return;
    const stringToSign = `AWS4-HMAC-SHA256-PAYLOAD\n${chain.timestamp}\n${chain.scope}\n${previous}\n${emptyHash}\n${hash?.digest("hex")}`;
    const expected = hmac("sha256", chain.key, stringToSign, "hex");
    if (!equalSecrets(expected, provided)) refuse("chunkMismatch", { index, provided, stringToSign });
    previous = expected;
    index++;
  }

  function takeTrailer(text: string): void {
    trailerBytes += text.length;
    if (trailerBytes > chunkLimits.trailerBytesMax || trailers.size > chunkLimits.trailersMax) malformed("too many trailers");
    if (text === "") {
      // Signed trailers end with their signature; some clients leave a blank line before it.
      if (payload.signed && trailers.size > 0 && trailerSigned === "") {
        trailerBytes++;
        return;
      }
      endTrailers();
      return;
    }
    const colon = text.indexOf(":");
    if (colon <= 0) malformed("a trailer without a name");
    const name = text.slice(0, colon).toLowerCase();
    const value = text.slice(colon + 1).trim();
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) malformed("a control character in a trailer");
    if (name === trailerSignature) {
      if (!payload.signed || trailerSigned !== "") malformed("a trailer signature out of place");
      trailerSigned = value.toLowerCase();
      return;
    }
    if (trailerSigned !== "" || trailers.has(name) || !announced.includes(name)) malformed("a trailer that was not announced, or came twice");
    trailers.set(name, value);
  }

  function endTrailers(): void {
    for (const name of announced) if (!trailers.has(name)) malformed("an announced trailer did not come");
    if (chain && payload.signed && (trailers.size > 0 || trailerSigned !== "")) {
      const lines = [...trailers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
      const hashed = createHash("sha256").update(lines.join(""), "latin1").digest("hex");
      const stringToSign = `AWS4-HMAC-SHA256-TRAILER\n${chain.timestamp}\n${chain.scope}\n${previous}\n${hashed}`;
      if (!equalSecrets(hmac("sha256", chain.key, stringToSign, "hex"), trailerSigned)) refuse("trailerMismatch", { provided: trailerSigned, stringToSign });
    }
    state = "end";
  }

  /** Goes on with what is at hand, into `out` from `filled`; stops when there is nothing left or `out` is full. */
  function advance(out: Buffer, filled: number): number {
    let at = filled;
    while (rest.length > 0 && at < out.length) {
      if (state === "data") {
        const piece = rest.subarray(0, Math.min(left, out.length - at));
        hash?.update(piece);
        out.set(piece, at);
        at += piece.length;
        decoded += piece.length;
        left -= piece.length;
        rest = rest.subarray(piece.length);
        if (left === 0) {
          endChunk();
          state = "dataEnd";
        }
        continue;
      }
      if (state === "end") malformed("bytes after the end");
      const text = takeLine(state === "trailer" ? chunkLimits.trailerBytesMax : chunkLimits.headerBytesMax);
      if (text === undefined) continue;
      if (state === "header") beginChunk(text);
      else if (state === "trailer") takeTrailer(text);
      else {
        if (text !== "") malformed("a chunk goes on beyond its size");
        state = last ? "end" : "header";
      }
    }
    return at;
  }

  async function read(): Promise<Bytes | undefined> {
    turn ^= 1;
    buffers[turn] ??= Buffer.allocUnsafe(chunkLimits.pieceBytes);
    const out = buffers[turn] as Buffer;
    for (;;) {
      const filled = advance(out, 0);
      if (filled > 0) return out.subarray(0, filled);
      const next = await source.read();
      if (next !== undefined) {
        rest = next;
        continue;
      }
      if (state === "end") return undefined;
      // The line end after the last, empty chunk may be missing where nothing can follow it.
      if (state === "dataEnd" && last && line === "") {
        state = "end";
        return undefined;
      }
      if (state === "header" || state === "data" || state === "dataEnd") throw new DomainError("bodyLength", { expected: length, received: decoded });
      return malformed("the trailers do not end");
    }
  }

  let failure: unknown;
  return {
    length,
    trailers,
    source: {
      async read() {
        if (failure !== undefined) throw failure;
        try {
          return await read();
        } catch (error) {
          failure = error;
          throw error;
        }
      },
      close: () => source.close(),
    },
  };
}
