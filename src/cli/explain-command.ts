/** `amphora explain delete BUCKET`: what keeps a bucket from being deleted, in sentences, and the commands that help. */
import { parseArgs } from "node:util";
import { SettingsError } from "../config/values.ts";
import type { BlockersInFull } from "../core/errors.ts";
import { adminClient } from "./admin-client.ts";

const usage = "usage: amphora explain delete BUCKET [--tenant T] [--data FOLDER] [--endpoint URL] [--json]";

/** 0: nothing is in the way; 1: something is. */
export async function explainCommand(args: readonly string[]): Promise<number> {
  const { positionals, values } = parsed(args);
  const [topic, bucket] = positionals;
  if (topic !== "delete" || bucket === undefined || positionals.length !== 2) throw new SettingsError(usage);
  const client = adminClient({ data: values.data, endpoint: values.endpoint, env: process.env });
  const tenant = values.tenant === undefined ? "" : `?tenant=${encodeURIComponent(values.tenant)}`;
  const blockers = (await client("GET", `/buckets/${encodeURIComponent(bucket)}/blockers${tenant}`)) as BlockersInFull;
  process.stdout.write(values.json ? `${JSON.stringify(blockers)}\n` : explainDelete(bucket, blockers));
  return blockers.blocks.openUploadsRefuse ? 1 : 0;
}

function parsed(args: readonly string[]): { positionals: string[]; values: { data?: string; endpoint?: string; tenant?: string; json?: boolean } } {
  try {
    const string = { type: "string" } as const;
    return parseArgs({ args: [...args], options: { data: string, endpoint: string, tenant: string, json: { type: "boolean" } }, strict: true, allowPositionals: true });
  } catch (error) {
    throw new SettingsError(`${(error as Error).message.split(". ")[0]}\n${usage}`, { cause: error });
  }
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
const date = (ms: number): string => new Date(ms).toISOString();

/** Pure, for the test too. */
export function explainDelete(bucket: string, blockers: BlockersInFull): string {
  const { objects, versions, markers, uploads, channels, bytes, parts, partBytes, blocks, examples, oldestUploads, locked } = blockers;
  if (!blocks.openUploadsRefuse) return `Nothing keeps ${bucket} from being deleted.\n`;
  const lines = [
    blocks.openUploadsEnd
      ? `${bucket} cannot be deleted through any API.`
      : `${bucket} can be deleted through S3, where open uploads end with it; OSS and HCP refuse while they are there.`,
  ];
  const content = [
    ...(objects > 0 ? [count(objects, "object")] : []),
    ...(versions > 0 ? [count(versions, "older version")] : []),
    ...(markers > 0 ? [count(markers, "delete marker")] : []),
  ];
  if (content.length > 0) lines.push(`  ${content.join(", ")}; ${count(bytes, "byte")} in all`);
  for (const { kind, key, sequence, isNull, modifiedMs } of examples) lines.push(`    ${kind} ${key} (version ${isNull ? "null" : sequence}, ${date(modifiedMs)})`);
  if (uploads > 0) lines.push(`  ${count(uploads, "unfinished upload")} with ${count(parts, "part")}, ${count(partBytes, "byte")}`);
  for (const { key, uploadId, initiatedMs } of oldestUploads) lines.push(`    upload ${key} (${uploadId}, begun ${date(initiatedMs)})`);
  if (channels > 0) lines.push(`  ${count(channels, "live channel")}`);
  if (locked) {
    lines.push(
      `  ${locked.key} (version ${locked.sequence}) is locked ${locked.untilMs === undefined ? "by a legal hold" : `until ${date(locked.untilMs)}`}: nothing removes it before.`,
      "What is not locked: POST /-/admin/v1/buckets/NAME/purge",
    );
  } else lines.push("At once, with a way back: POST /-/admin/v1/buckets/NAME/delete");
  return `${lines.join("\n")}\n`;
}
