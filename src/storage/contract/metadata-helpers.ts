/** Small words for the contract's tests. */
import type { Batch, Bytes, MetadataStore, Snapshot } from "../../core/ports.ts";

/** Declares one test over a fresh store. */
export type Test = (title: string, run: (store: MetadataStore) => Promise<void>) => void;

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
export const bytes = (...values: number[]): Bytes => Uint8Array.from(values);
export const everything = { from: bytes(0), to: new Uint8Array(40).fill(0xff) };
export const hex = (key: Bytes): string => Buffer.from(key).toString("hex");
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

export const batchOf = (parts: Partial<Batch>): Batch => ({ expect: [], put: [], remove: [], add: [], ...parts });
export const putting = (...keys: (string | Bytes)[]): Batch => batchOf({ put: keys.map((key) => ({ key: typeof key === "string" ? utf8(key) : key, value: utf8("v") })) });

export async function read<T>(store: MetadataStore, from: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const snapshot = await store.snapshot();
  try {
    return await from(snapshot);
  } finally {
    snapshot.close();
  }
}
export async function keysOf(snapshot: Snapshot, range: { from: Bytes; to: Bytes; reverse?: boolean } = everything, pageSize = 3): Promise<string[]> {
  const cursor = snapshot.scan(range);
  const keys: string[] = [];
  for (let page = await cursor.next(pageSize); page.length > 0; page = await cursor.next(pageSize)) keys.push(...page.map(({ key }) => hex(key)));
  cursor.close();
  return keys;
}
export const text = (value: Bytes | undefined): string | undefined => value && Buffer.from(value).toString();
