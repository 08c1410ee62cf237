/** What every store asks of a batch before it looks at it. */
import { type Batch, type Bytes, metadataLimits } from "../../core/ports.ts";
import { equalBytes } from "../../lib/bytes.ts";
import { mapKey } from "./keys.ts";

/** Up to this many keys are compared in pairs, which costs less than a Set. */
const pairwiseKeysMax = 8;

/**
 * Throws a plain Error (a defect of the caller) when a key stands twice in `put` and `remove` together, when a key or value is too long, or when the
 * batch as a whole passes a limit of `metadataLimits`. Returns the bytes of keys and values that the batch carries.
 */
export function checkBatch(batch: Batch): number {
  let operations = batch.expect.length + batch.put.length + batch.remove.length + batch.add.length + (batch.drop?.length ?? 0);
  for (const { rows } of batch.clear ?? []) {
    if (!Number.isSafeInteger(rows) || rows < 1) throw new RangeError(`a range of ${rows} rows cannot be cleared`);
    operations += rows;
  }
  if (operations > metadataLimits.batchOperationsMax) throw new RangeError(`a batch of ${operations} operations: at most ${metadataLimits.batchOperationsMax}`);
  let bytes = 0;
  for (const expectation of batch.expect) {
    if ("empty" in expectation) bytes += checkBound(expectation.empty.from) + checkBound(expectation.empty.to);
    else bytes += checkKey(expectation.key) + (expectation.is?.length ?? 0);
  }
  for (const { key, value } of batch.put) {
    if (value.length > metadataLimits.valueBytesMax) throw new RangeError(`a value of ${value.length} bytes: at most ${metadataLimits.valueBytesMax}`);
    bytes += checkKey(key) + value.length;
  }
  for (const key of batch.remove) bytes += checkKey(key);
  for (const { counter, delta } of batch.add) {
    if (!Number.isSafeInteger(delta)) throw new RangeError(`a counter cannot change by ${delta}`);
    bytes += checkKey(counter);
  }
  for (const counter of batch.drop ?? []) bytes += checkKey(counter);
  for (const { range } of batch.clear ?? []) bytes += checkBound(range.from) + checkBound(range.to);
  if (bytes > metadataLimits.batchBytesMax) throw new RangeError(`a batch of ${bytes} bytes: at most ${metadataLimits.batchBytesMax}`);
  refuseTwice(batch);
  return bytes;
}

function checkKey(key: Bytes): number {
  if (key.length === 0) throw new RangeError("an empty key");
  if (key.length > metadataLimits.keyBytesMax) throw new RangeError(`a key of ${key.length} bytes: at most ${metadataLimits.keyBytesMax}`);
  return key.length;
}
/** One byte more than a key may have: the successor of the longest key is a lawful bound. */
function checkBound(bound: Bytes): number {
  if (bound.length > metadataLimits.keyBytesMax + 1) throw new RangeError(`a bound of ${bound.length} bytes: at most ${metadataLimits.keyBytesMax + 1}`);
  return bound.length;
}

function refuseTwice(batch: Batch): void {
  const keys = batch.put.map((entry) => entry.key).concat(batch.remove);
  if (keys.length <= pairwiseKeysMax) {
    for (let i = 1; i < keys.length; i++) {
      for (let j = 0; j < i; j++) if (equalBytes(keys[i] as Bytes, keys[j] as Bytes)) throw twice(keys[i] as Bytes);
    }
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const text = mapKey(key);
    if (seen.has(text)) throw twice(key);
    seen.add(text);
  }
}
const twice = (key: Bytes): Error => new Error(`a batch names a key twice: ${mapKey(key).slice(0, 200)}`);
