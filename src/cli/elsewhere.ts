/** What commands about a bucket elsewhere share: its URL, who asks and how, and what the client's errors mean for the exit code. */
import {
  AccessDenied,
  BucketNotEmpty,
  CloudError,
  type Counts,
  type Done,
  NoSuchBucket,
  type Options,
  purgeKinds,
  type Report,
  type ServiceName,
  type Target,
  Unavailable,
} from "../client/library.ts";
import type { Call, Flags } from "./command.ts";
import { destroyFlags } from "./confirm.ts";
import { CommandError, exits, UsageError } from "./exits.ts";
import { findProfile } from "./profiles.ts";
import { bytesText, countText, numberText } from "./table.ts";

export const elsewhereFlags = {
  endpoint: {
    type: "string",
    value: "URL",
    help: "Where the service is; default: the profile's, else the public cloud's of the region. HCP: the tenant's, https://tenant.hcp.example.com.",
  },
  region: { type: "string", value: "NAME", help: "As the service calls it (cn-hangzhou, eu-west-1); default: the profile's, or what the endpoint's name tells." },
  profile: {
    type: "string",
    value: "NAME",
    help: "Section of the profile file, else of the vendor's own (~/.aws, ~/.ossutilconfig). Default: the environment, then these files' default.",
  },
  "profile-file": { type: "string", value: "FILE", help: "Default: AMPHORA_PROFILE_FILE, else ~/.amphora-profiles." },
  signature: { type: "string", value: "SCHEME", choices: ["s3v4", "s3v2", "ossv4", "ossv1"], help: "Default: V4; for OSS V1 where no region is known." },
  addressing: { type: "string", value: "STYLE", choices: ["host", "path"], help: "bucket.host or host/bucket; default: host for the public clouds." },
  "connect-to": { type: "string", value: "HOST:PORT", help: "Connect there, whatever the endpoint's name resolves to." },
  insecure: { type: "boolean", help: "Take any certificate." },
  concurrency: { type: "string", value: "N", help: "Requests at once, 1 to 64; default 8." },
  "bypass-governance": { type: "boolean", help: "Also what only a governance retention keeps, where the keys may." },
  admin: { type: "boolean", help: "Where the endpoint is an Amphora: let its own job do it, with AMPHORA_ADMIN_TOKEN." },
  tenant: { type: "string", value: "NAME", help: "With --admin: tenant of the bucket." },
  ...destroyFlags,
} as const satisfies Flags;
export type ElsewhereCall = Call<typeof elsewhereFlags>;

export type Place = { service: ServiceName; bucket: string; prefix: string; shown: string; target: Target };

/** `s3://bucket/prefix`, with everything that the flags and profiles say about it. Throws UsageError. */
export function placeIn({ names, flags, env }: ElsewhereCall): Place {
  const [, service, bucket = "", prefix = ""] = /^(oss|s3|hcp):\/\/([^/]+)(?:\/([^]*))?$/.exec(names[0] ?? "") ?? [];
  if (service === undefined) throw new UsageError(`${names[0]} is no URL of a bucket: oss://BUCKET, s3://BUCKET, hcp://BUCKET`);
  const found = findProfile(service as ServiceName, { profile: flags.profile, file: flags["profile-file"] }, { env });
  const target: Target = {
    ...found,
    service: service as ServiceName,
    endpoint: flags.endpoint ?? found.endpoint,
    region: flags.region ?? found.region,
    scheme: flags.signature as Target["scheme"],
    addressing: flags.addressing as Target["addressing"],
    insecure: flags.insecure,
    connectTo: connectTo(flags["connect-to"]),
  };
  return { service: service as ServiceName, bucket, prefix, shown: `${service}://${bucket}`, target };
}

function connectTo(text: string | undefined): Target["connectTo"] {
  if (text === undefined) return undefined;
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined) throw new UsageError("--connect-to is HOST:PORT");
  return { host, port: Number(port) };
}

/** `progress`: shown on a terminal while it goes on. */
export function optionsIn({ flags, env, signal }: ElsewhereCall, progress: { show(state: { done: number; bytes: number; note?: string }): void }): Options {
  const concurrency = flags.concurrency === undefined ? undefined : Number(flags.concurrency);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 64)) throw new UsageError("--concurrency is a number from 1 to 64");
  if (flags.admin && !env.AMPHORA_ADMIN_TOKEN) throw new UsageError("--admin needs AMPHORA_ADMIN_TOKEN");
  return {
    signal,
    concurrency,
    bypassGovernance: flags["bypass-governance"],
    admin: flags.admin ? { token: env.AMPHORA_ADMIN_TOKEN ?? "", tenant: flags.tenant, reason: flags.reason } : undefined,
    onProgress: ({ doing, removed, refused }) =>
      progress.show({
        done: purgeKinds.reduce((sum, kind) => sum + removed[kind], 0),
        bytes: removed.bytes,
        ...(doing === "waiting" ? { note: "the service is busy: waiting" } : refused > 0 ? { note: `${numberText(refused)} refused` } : {}),
      }),
  };
}

/** Runs with a line of progress; the client's errors become sentences with exit codes. */
export async function withProgress<T>(call: ElsewhereCall, what: string, run: (options: Options) => Promise<T>): Promise<T> {
  const progress = call.out.progress(what);
  try {
    return await run(optionsIn(call, progress));
  } catch (error) {
    if (!(error instanceof CloudError) || call.signal.aborted) throw error;
    progress.end();
    const left = error instanceof BucketNotEmpty ? refusedText(error.blockers.report) : "";
    throw new CommandError(exitOf(error), `${error.message}${left === "" ? "" : `\n${left.trimEnd()}`}`, { cause: error });
  } finally {
    progress.end();
  }
}

function exitOf(error: CloudError): keyof typeof exits {
  if (error instanceof NoSuchBucket) return "missing";
  if (error instanceof BucketNotEmpty || error instanceof AccessDenied) return "refused";
  return error instanceof Unavailable ? "unavailable" : "failed";
}

const kindWords: Record<keyof Omit<Counts, "bytes">, string> = {
  current: "object",
  noncurrent: "older version",
  markers: "delete marker",
  uploads: "upload",
  channels: "live channel",
};
/** `3 objects, 1 upload, 1.0 KiB`, or nothing at all. */
export function countsText(counts: Counts): string {
  const parts = purgeKinds.filter((kind) => counts[kind] > 0).map((kind) => countText(counts[kind], kindWords[kind]));
  return parts.length === 0 ? "nothing" : `${parts.join(", ")}, ${bytesText(counts.bytes)}`;
}

/** What was left, and why: a line for each of the first. */
export function refusedText(report: Report | undefined): string {
  if (report === undefined || report.refused === 0) return "";
  const lines = report.examples.map(({ kind, key, id, why, untilMs, code, message }) => {
    const reason = why === "locked" ? `locked${untilMs === undefined ? "" : ` until ${new Date(untilMs).toISOString()}`}` : `${code}: ${message}`;
    return `  ${kindWords[kind]} ${key}${id === undefined ? "" : ` (${id})`}: ${reason}\n`;
  });
  const more = report.refused - lines.length;
  return `${countText(report.refused, "thing")} could not be removed:\n${lines.join("")}${more > 0 ? `  and ${numberText(more)} more\n` : ""}`;
}

/** What came of it; the exit code says whether all of it did. */
export async function sayDone(call: ElsewhereCall, verb: string, shown: string, done: Done): Promise<number> {
  const { report, by } = done;
  await call.out.one(done, `${shown} ${verb}: ${countsText(report.removed)}${by === "server" ? ", into the server's trash" : ""}\n`);
  if (report.refused > 0) call.out.note(refusedText(report));
  for (const name of report.unlisted)
    call.out.note(`${name} may not be listed with these keys: those that are there stay${verb === "deleted" ? " no longer than the bucket" : ""}\n`);
  return report.refused > 0 || (report.unlisted.length > 0 && verb !== "deleted") ? exits.partly : exits.done;
}
