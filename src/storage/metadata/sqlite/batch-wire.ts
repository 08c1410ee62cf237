/**
 * Batches on their way from a worker to the engine: all batches of one turn of the event loop in one buffer that changes hands (no clone). Integers are
 * unsigned 32 bits, little-endian; bytes are preceded by their length. Decoded keys and values are views of the buffer.
 */
import type { Batch, Bytes, Cleared, Expectation } from "../../../core/ports.ts";

const kinds = { absent: 0, value: 1, empty: 2 } as const;
const firstBytes = 16 * 1024;

export type BatchWriter = {
  /** `bytes`: what `checkBatch` returned. */
  add(id: number, bytes: number, batch: Batch): void;
  /** Bytes written since the last `take`; 0 when there is nothing to send. */
  size(): number;
  take(): ArrayBuffer;
};

export function batchWriter(): BatchWriter {
  let buffer = new ArrayBuffer(0);
  let bytes = new Uint8Array(buffer);
  let view = new DataView(buffer);
  let at = 0;
  let count = 0;

  function room(more: number): void {
    if (at + more <= bytes.length) return;
    const grown = new ArrayBuffer(Math.max(firstBytes, bytes.length * 2, at + more));
    const copy = new Uint8Array(grown);
    copy.set(bytes.subarray(0, at));
    buffer = grown;
    bytes = copy;
    view = new DataView(grown);
  }
  function number(value: number): void {
    view.setUint32(at, value, true);
    at += 4;
  }
  function field(value: Bytes): void {
    number(value.length);
    bytes.set(value, at);
    at += value.length;
  }

  return {
    add(id, carried, batch) {
      const fields = batch.expect.length * 3 + batch.put.length * 2 + batch.remove.length + batch.add.length * 3 + (batch.drop?.length ?? 0) + (batch.clear?.length ?? 0) * 3;
      room(4 + 8 * 4 + fields * 4 + carried);
      if (at === 0) at = 4;
      count++;
      number(id);
      number(carried);
      number(batch.expect.length);
      for (const expectation of batch.expect) {
        if ("empty" in expectation) {
          number(kinds.empty);
          field(expectation.empty.from);
          field(expectation.empty.to);
        } else {
          number(expectation.is === undefined ? kinds.absent : kinds.value);
          field(expectation.key);
          if (expectation.is !== undefined) field(expectation.is);
        }
      }
      number(batch.put.length);
      for (const { key, value } of batch.put) {
        field(key);
        field(value);
      }
      number(batch.remove.length);
      for (const key of batch.remove) field(key);
      number(batch.add.length);
      for (const { counter, delta } of batch.add) {
        field(counter);
        view.setFloat64(at, delta, true);
        at += 8;
      }
      number(batch.drop?.length ?? 0);
      for (const counter of batch.drop ?? []) field(counter);
      number(batch.clear?.length ?? 0);
      for (const { range, rows } of batch.clear ?? []) {
        field(range.from);
        field(range.to);
        number(rows);
      }
    },
    size: () => at,
    take() {
      view.setUint32(0, count, true);
      const taken = buffer;
      buffer = new ArrayBuffer(0);
      bytes = new Uint8Array(buffer);
      view = new DataView(buffer);
      at = 0;
      count = 0;
      return taken;
    },
  };
}

export function decodeBatches(buffer: ArrayBuffer, each: (id: number, bytes: number, batch: Batch) => void): void {
  const view = new DataView(buffer);
  let at = 0;
  const number = (): number => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const field = (): Bytes => {
    const length = number();
    at += length;
    return new Uint8Array(buffer, at - length, length);
  };
  const list = <T>(read: () => T): T[] => {
    const items = new Array<T>(number());
    for (let i = 0; i < items.length; i++) items[i] = read();
    return items;
  };
  const expectation = (): Expectation => {
    const kind = number();
    if (kind === kinds.empty) return { empty: { from: field(), to: field() } };
    return { key: field(), is: kind === kinds.value ? field() : undefined };
  };
  const added = (): { counter: Bytes; delta: number } => {
    const counter = field();
    at += 8;
    return { counter, delta: view.getFloat64(at - 8, true) };
  };
  const entry = (): { key: Bytes; value: Bytes } => ({ key: field(), value: field() });
  const cleared = (): Cleared => ({ range: { from: field(), to: field() }, rows: number() });
  for (let left = number(); left > 0; left--) {
    const id = number();
    const bytes = number();
    each(id, bytes, { expect: list(expectation), put: list(entry), remove: list(field), add: list(added), drop: list(field), clear: list(cleared) });
  }
}
