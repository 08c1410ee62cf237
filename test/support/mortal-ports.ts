/**
 * Ports of a process that can be killed at a commit and started again over the same stores, in this process: the commit it dies at is applied or lost, everything after
 * it is refused, and what the next life is left with is what was flushed.
 */
import type { Batch, BlobRef, BlobStore, CommitOutcome, MetadataStore, Ports } from "../../src/core/ports.ts";
import { StoreOutcomeUnknown, StoreRefused } from "../../src/core/ports.ts";
import { type MemoryBlobs, memoryBlobs } from "../../src/storage/blobs/memory/memory-blobs.ts";
import { memoryMetadata } from "../../src/storage/metadata/memory/store.ts";
import type { Seeded } from "./seeded.ts";

export type Mortal = {
  /** The ports of this life: each life has its own, so that nothing kept in memory outlives it. */
  ports(): Ports;
  /** Dies at the so-many-th commit from now. */
  arm(commits: number, applied: boolean): void;
  disarm(): void;
  isDead(): boolean;
  /** The next life. What was being written when the last one died is nobody's, as after a start. */
  revive(): void;
  /** What the blob store holds. */
  storedBytes(): number;
};

const hex = (ref: BlobRef): string => Buffer.from(ref).toString("hex");

export function mortalPorts(base: Pick<Ports, "clock" | "trashKeepMs">, random: Seeded): Mortal {
  const metadata = memoryMetadata();
  const blobs: MemoryBlobs = memoryBlobs({ blobsPerEpoch: 20 });
  const stored = new Map<string, number>();
  const unsettled = new Map<string, BlobRef>();
  let left = Number.POSITIVE_INFINITY;
  let isApplied = false;
  let life = 0;
  let dead = false;

  function portsOf(own: number): Ports {
    const gate = (): void => {
      if (dead || own !== life) throw new StoreRefused("closing", "the process was killed");
    };
    const mortalMetadata: MetadataStore = {
      async snapshot() {
        gate();
        return metadata.snapshot();
      },
      async commit(batch: Batch): Promise<CommitOutcome> {
        gate();
        if (--left > 0) return metadata.commit(batch);
        dead = true;
        if (isApplied) await metadata.commit(batch);
        throw new StoreOutcomeUnknown("killed at a commit");
      },
      async turn(key, deadlineMs) {
        gate();
        return metadata.turn(key, deadlineMs);
      },
      close: async () => {},
    };
    const mortalBlobs: BlobStore = {
      ...blobs,
      async write(source, options) {
        gate();
        const ref = await blobs.write(source, options);
        stored.set(hex(ref), options.length);
        unsettled.set(hex(ref), ref);
        return ref;
      },
      async remove(refs) {
        gate();
        for (const ref of refs) stored.delete(hex(ref));
        return blobs.remove(refs);
      },
      settled(ref) {
        if (dead || own !== life) return;
        unsettled.delete(hex(ref));
        blobs.settled(ref);
      },
    };
    return {
      ...base,
      metadata: mortalMetadata,
      blobs: mortalBlobs,
      random: { bytes: (count) => Uint8Array.from({ length: count }, () => random.below(256)) },
      readers: { begin: () => () => {}, oldestMs: () => Number.POSITIVE_INFINITY },
      log: { info() {}, warn() {}, error() {} },
    };
  }
  let ports = portsOf(life);
  return {
    ports: () => ports,
    arm(commits, applied) {
      left = commits;
      isApplied = applied;
    },
    disarm: () => void (left = Number.POSITIVE_INFINITY),
    isDead: () => dead,
    revive() {
      dead = false;
      left = Number.POSITIVE_INFINITY;
      ports = portsOf(++life);
      for (const ref of unsettled.values()) blobs.settled(ref);
      unsettled.clear();
      blobs.rotate();
    },
    storedBytes: () => [...stored.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}
