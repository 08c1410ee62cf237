import { type BlobSpace, StoreCorrupt } from "../../../core/ports.ts";
import { readDead } from "./dead-list.ts";
import { volumeNames, withVolume } from "./epochs.ts";
import { type Files, nodeFiles } from "./files.ts";
import { superblockBytes, type VolumeKind } from "./format.ts";

export type SurveyedVolume = { name: string; kind: VolumeKind; sealed: boolean; swept: boolean; compacting: boolean; fileBytes: number; liveBytes: number; deadBytes: number };
export type Survey = { volumes: SurveyedVolume[]; fileBytes: number; liveBytes: number; deadBytes: number };

/**
 * The whole folder, whoever wrote it: what the volumes hold by their superblocks and dead lists. Of a volume that is still open, what is zeroed ahead
 * counts as live. Reads every dead list (32 bytes a removal), so once in some seconds is often enough.
 */
export const surveyVolumes = async (folder: string, files: Files = nodeFiles): Promise<Survey> => {
  const survey: Survey = { volumes: [], fileBytes: 0, liveBytes: 0, deadBytes: 0 };
  for (const name of await volumeNames(files, folder)) {
    const volume = await withVolume(files, folder, name, async (fd, { kind, sealed, swept, compacting }) => {
      const fileBytes = files.statSync(fd).size;
      const recordBytes = sealed?.recordBytes ?? Math.max(fileBytes - superblockBytes, 0);
      const dead = new Map((await readDead(files, folder, name)).entries.map((entry) => [entry.offset, entry.bytes]));
      const deadBytes = Math.min(
        [...dead.values()].reduce((sum, bytes) => sum + bytes, 0),
        recordBytes,
      );
      return { name, kind, sealed: sealed !== undefined, swept, compacting, fileBytes, liveBytes: recordBytes - deadBytes, deadBytes };
    }).catch((error: unknown) => {
      if (error instanceof StoreCorrupt) return undefined; // `verifyVolumes` says so
      throw error;
    });
    if (!volume) continue;
    survey.volumes.push(volume);
    survey.fileBytes += volume.fileBytes;
    survey.liveBytes += volume.liveBytes;
    survey.deadBytes += volume.deadBytes;
  }
  return survey;
};

export const spaceOf = ({ volumes, fileBytes, liveBytes, deadBytes }: Survey): BlobSpace => ({
  fileBytes,
  liveBytes,
  deadBytes,
  volumes: volumes.length,
  open: volumes.filter(({ sealed }) => !sealed).map(({ name }) => name),
});
