/**
 * Playlists of what a channel has recorded. A segment is an object `<channel>/<milliseconds since 1970>.ts`; how long it is tells the one after it.
 * HTTP Live Streaming: RFC 8216.
 */
import type { BucketAddress, Context, VersionResult } from "../api.ts";
import { fail } from "../errors.ts";
import { listObjects } from "../listing/objects.ts";
import type { ObjectKey } from "../model.ts";
import { putObject } from "../objects/put.ts";
import { sourceOf } from "../objects/store-body.ts";
import type { Ports } from "../ports.ts";
import { onView } from "../view.ts";
import type { ChannelAddress, Span } from "./api.ts";
import { boundPlaylistName, findChannel } from "./channels.ts";

/** One a second for a day; a list of more is no playlist. */
const segmentsMax = 86_400;
const dayMs = 86_400_000;
const pageEntries = 1000;
/** Of times from 2001 to 2286 there are so many digits, so that names stand in the order of their times. */
const segmentName = /^(\d{13})\.ts$/;

async function segmentsIn(ports: Ports, context: Context, address: BucketAddress, { channel, fromMs, toMs }: ChannelAddress & Span): Promise<number[]> {
  const prefix = `${channel}/`;
  const times: number[] = [];
  let after = `${prefix}${String(fromMs).padStart(13, "0")}`;
  for (;;) {
    const { items, truncated } = await listObjects(ports, context, { ...address, prefix, delimiter: "", after, limit: pageEntries });
    for (const item of items) {
      if ("prefix" in item) continue;
      after = item.version.key;
      const time = Number(segmentName.exec(after.slice(prefix.length))?.[1] ?? Number.NaN);
      if (time > toMs) return times;
      if (time >= fromMs) times.push(time);
      if (times.length > segmentsMax) fail("invalidArgument", { argument: "endTime", value: String(toMs), why: `a playlist has at most ${segmentsMax} segments` });
    }
    if (!truncated) return times;
  }
}

/** Throws channelMissing, invalidArgument (the span), segmentsMissing. */
export async function channelPlaylist(ports: Ports, context: Context, input: ChannelAddress & Span): Promise<string> {
  const { tenant, bucket, fromMs, toMs } = input;
  if (!(fromMs <= toMs)) fail("invalidArgument", { argument: "endTime", value: String(toMs), why: "the end comes after the start" });
  if (toMs - fromMs >= dayMs) fail("invalidArgument", { argument: "endTime", value: String(toMs), why: "a span is shorter than a day" });
  const { channel } = await onView(ports, async (view) => await findChannel(view, await view.bucket(context, input), input.channel));
  const times = await segmentsIn(ports, context, { tenant, bucket }, input);
  if (times.length === 0) fail("segmentsMissing", { channel: input.channel });
  return playlistOf(times, channel.segmentSeconds);
}

/** A stream that paused for longer than two segments began anew. */
function playlistOf(times: readonly number[], segmentSeconds: number): string {
  const usualMs = segmentSeconds * 1000;
  const entries = times.map((time, index) => {
    const gapMs = (times[index + 1] ?? time + usualMs) - time;
    const pauses = gapMs > 2 * usualMs;
    return { time, seconds: (pauses ? usualMs : gapMs) / 1000, pauses };
  });
  const longest = Math.max(...entries.map(({ seconds }) => Math.ceil(seconds)));
  const head = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-MEDIA-SEQUENCE:0", `#EXT-X-TARGETDURATION:${longest}`];
  const body = entries.flatMap(({ time, seconds, pauses }, index) => [
    `#EXTINF:${seconds.toFixed(3)},`,
    `${time}.ts`,
    ...(pauses && index < entries.length - 1 ? ["#EXT-X-DISCONTINUITY"] : []),
  ]);
  return `${[...head, ...body, "#EXT-X-ENDLIST"].join("\n")}\n`;
}

export async function writeChannelPlaylist(ports: Ports, context: Context, input: ChannelAddress & Span & { name: string }): Promise<VersionResult> {
  boundPlaylistName(input.name);
  const bytes = Buffer.from(await channelPlaylist(ports, context, input), "utf8");
  return await putObject(ports, context, {
    tenant: input.tenant,
    bucket: input.bucket,
    key: `${input.channel}/${input.name}` as ObjectKey,
    body: { source: sourceOf(bytes), length: bytes.length, expected: () => ({}) },
    headers: { contentType: "application/x-mpegURL" },
    metadata: [],
    acl: "inherit",
  });
}
