/** What keeps a bucket from being deleted, in sentences, and the commands that help. */
import type { BlockersInFull } from "../core/errors.ts";
import { bytesText, countText, timeText } from "./table.ts";

/** Ends with what to do. */
export function explainDelete(bucket: string, blockers: BlockersInFull): string {
  const { objects, versions, markers, uploads, channels, bytes, parts, partBytes, blocks, examples, oldestUploads, locked } = blockers;
  if (!blocks.openUploadsRefuse) return `Nothing keeps ${bucket} from being deleted: amphora rb ${bucket}\n`;
  const lines = [
    blocks.openUploadsEnd
      ? `${bucket} cannot be deleted through any API.`
      : `${bucket} can be deleted through S3, where open uploads end with it; OSS and HCP refuse while they are there.`,
  ];
  const content = [
    ...(objects > 0 ? [countText(objects, "object")] : []),
    ...(versions > 0 ? [countText(versions, "older version")] : []),
    ...(markers > 0 ? [countText(markers, "delete marker")] : []),
  ];
  if (content.length > 0) lines.push(`  ${content.join(", ")}; ${bytesText(bytes)} in all`);
  for (const { kind, key, sequence, isNull, modifiedMs } of examples) lines.push(`    ${kind} ${key} (version ${isNull ? "null" : sequence}, ${timeText(modifiedMs)})`);
  if (uploads > 0) lines.push(`  ${countText(uploads, "unfinished upload")} with ${countText(parts, "part")}, ${bytesText(partBytes)}`);
  for (const { key, uploadId, initiatedMs } of oldestUploads) lines.push(`    upload ${key} (${uploadId}, begun ${timeText(initiatedMs)})`);
  if (channels > 0) lines.push(`  ${countText(channels, "live channel")}`);
  if (locked) {
    lines.push(
      `  ${locked.key} (version ${locked.sequence}) is locked ${locked.untilMs === undefined ? "by a legal hold" : `until ${timeText(locked.untilMs)}`}: nothing removes it before.`,
      `What is not locked goes with: amphora purge ${bucket}`,
    );
  } else lines.push(`At once, with everything in it and a way back: amphora rb --force ${bucket}`);
  return `${lines.join("\n")}\n`;
}
