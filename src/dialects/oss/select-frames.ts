/**
 * Results in frames: version and type (4 bytes), the payload's length (4), CRC-32 of these (4), the payload, its CRC-32 (4); all numbers big-endian. A client that
 * waits is told every few seconds how far the object has been read. https://help.aliyun.com/zh/oss/developer-reference/selectobject
 */
import { crc32 } from "node:zlib";
import { isDomainError } from "../../core/errors.ts";
import type { ByteSource, Clock, Log } from "../../core/ports.ts";
import type { Running } from "../../core/query/api.ts";
import type { Skipped } from "../../core/query/run.ts";
import { ossAnswer } from "./errors.ts";

export const frameTypes = { data: 0x80_00_01, waiting: 0x80_00_04, end: 0x80_00_05, csvMeta: 0x80_00_06, jsonMeta: 0x80_00_07 } as const;
const version = 1;
/** A frame at least so often. */
const waitingMs = 5_000;

export function frame(type: number, payload: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(payload);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(version * 2 ** 24 + type, 0);
  head.writeUInt32BE(content.length, 4);
  head.writeUInt32BE(crc32(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(content));
  return Buffer.concat([head, content, tail]);
}

export const number8 = (value: number): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
};
export const number4 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};

/** What the last frame says went wrong: codes, a full stop, words. */
export type Ending = { status: number; message: string };
export function endingOf(error: unknown, operation: string, log: Log, requestId: string): Ending {
  if (isDomainError(error)) {
    const { status, code, message } = ossAnswer(error.kind, error.detail, operation);
    return { status, message: `${code}.${message}` };
  }
  log.error("select.failed", error, { requestId, operation });
  return { status: 500, message: "InternalError.We encountered an internal error. Please try again." };
}

/** Records that were left out are named even where that was allowed. */
export const skippedText = ({ count, rows }: Skipped, code: string): string => (count === 0 ? "" : `${code}.${count} records were skipped: ${rows.join(", ")}`);

type Step = { offset: number; data?: Buffer };
export type Framing<R> = {
  first: Step | undefined;
  results: Running<Step, R>;
  /** The last frame. */
  done(result: R): Buffer;
  failed(error: unknown, offset: number): Buffer;
  clock: Clock;
};

/** `first`: what was asked for before the answer began. */
export function framed<R>({ first, results, done, failed, clock }: Framing<R>): ByteSource {
  let pending = first;
  let offset = 0;
  let ended = false;
  let saidMs = clock.monotonicMs();
  /** undefined: nothing to say yet. */
  const frameOf = (step: Step): Buffer | undefined => {
    offset = step.offset;
    if (step.data === undefined && clock.monotonicMs() - saidMs < waitingMs) return undefined;
    saidMs = clock.monotonicMs();
    return step.data === undefined ? frame(frameTypes.waiting, [number8(offset)]) : frame(frameTypes.data, [number8(offset), step.data]);
  };
  const step = async (): Promise<Buffer | undefined> => {
    if (pending !== undefined) {
      const now = pending;
      pending = undefined;
      return frameOf(now);
    }
    try {
      const next = await results.next();
      if (!next.done) return frameOf(next.value);
      ended = true;
      return done(next.value);
    } catch (error) {
      ended = true;
      return failed(error, offset);
    }
  };
  return {
    async read() {
      while (!ended) {
        const bytes = await step();
        if (bytes !== undefined) return bytes;
      }
      return undefined;
    },
    close: () => results.close(),
  };
}
