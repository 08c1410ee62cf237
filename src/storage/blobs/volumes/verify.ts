import { StoreCorrupt } from "../../../core/ports.ts";
import { readDead } from "./dead-list.ts";
import { volumeNames, withVolume } from "./epochs.ts";
import { type Files, nodeFiles } from "./files.ts";
import { compactingOffset, flagSet, readSeal, sealOffset, superblockBytes, sweptOffset } from "./format.ts";
import { examineRecord, scanVolume } from "./scan.ts";

/** `ref` of a record is not given: the caller knows it by volume and offset only. */
export type VolumeProblem = { volume: string; offset?: number; problem: string };
export type VerifyResult = { volumes: number; records: number; bytes: number; problems: number };

/**
 * Reads every living record of every volume and checks all its checksums, the superblocks, the dead lists and the counts of the seals. A torn tail of a
 * volume that was not yet cut is no problem. For `amphora check`; `signal` and `onProgress` (bytes read) let a scrub throttle and stop it.
 */
export const verifyVolumes = async (
  folder: string,
  onProblem: (problem: VolumeProblem) => void,
  options: { files?: Files; signal?: AbortSignal; onProgress?: (bytes: number) => void | Promise<void> } = {},
): Promise<VerifyResult> => {
  const files = options.files ?? nodeFiles;
  const result: VerifyResult = { volumes: 0, records: 0, bytes: 0, problems: 0 };
  const report = (problem: VolumeProblem): void => {
    result.problems++;
    onProblem(problem);
  };
  for (const name of await volumeNames(files, folder)) {
    result.volumes++;
    try {
      await withVolume(files, folder, name, async (fd, { kind, salt, sealed }) => {
        const volume = { name, fd, kind, salt };
        for (const problem of superblockProblems(files, fd)) report({ volume: name, problem });
        const dead = await readDead(files, folder, name);
        if (dead.damagedBytes > 0) report({ volume: name, problem: `${dead.damagedBytes} bytes of its list of removed records are damaged` });
        const removed = new Set(dead.entries.map((entry) => entry.offset));
        let whole = 0;
        for await (const record of scanVolume(files, volume, { trailers: true })) {
          options.signal?.throwIfAborted();
          if (record.whole) whole++;
          if (record.gapBefore > 0 && !sealed && kind === "small")
            report({ volume: name, offset: record.offset - record.gapBefore, problem: `${record.gapBefore} bytes that are no record` });
          if (record.header.state === "dead" || removed.has(record.offset)) continue;
          result.records++;
          result.bytes += record.bytes;
          const problem = await examineRecord(files, volume, record);
          if (problem && (sealed || record.whole || record.header.state === "lost")) report({ volume: name, offset: record.offset, problem });
          await options.onProgress?.(record.bytes);
        }
        if (sealed && whole < sealed.records) report({ volume: name, problem: `${sealed.records - whole} of ${sealed.records} records cannot be found` });
      });
    } catch (error) {
      if (!(error instanceof StoreCorrupt)) throw error;
      report({ volume: name, problem: error.message });
    }
  }
  return result;
};

const superblockProblems = (files: Files, fd: number): string[] => {
  const bytes = Buffer.alloc(superblockBytes);
  files.readSync(fd, bytes, 0);
  const problems: string[] = [];
  const flag = (offset: number, what: string): void => {
    if (bytes[offset] !== 0 && bytes[offset] !== flagSet) problems.push(`its flag "${what}" is damaged`);
    bytes[offset] = 0;
  };
  flag(sweptOffset, "swept");
  flag(compactingOffset, "compacting");
  // The superblock's own checksum and the seal's are judged when it is decoded; a seal that does not match reads as none.
  if (bytes.subarray(sealOffset, sealOffset + 24).some((byte) => byte !== 0) && !readSeal(bytes)) problems.push("its seal is damaged");
  bytes.fill(0, sealOffset, sealOffset + 24);
  bytes.fill(0, 0, 44);
  if (bytes.some((byte) => byte !== 0)) problems.push("its superblock has bytes that nothing wrote");
  return problems;
};
