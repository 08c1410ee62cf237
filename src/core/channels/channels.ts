/** Rows of live channels: one a channel, counted, gone with the generation. */
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { counterKey, tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { transact } from "../transact.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import type { Channel, ChannelAddress, ChannelVerbs } from "./api.ts";
import { channelPlaylist, writeChannelPlaylist } from "./playlist.ts";

export const channelLimits = {
  nameBytesMax: 1023,
  descriptionBytesMax: 128,
  /** Of a segment's seconds, and of the segments in the rolling playlist. */
  segmentsMax: 100,
  playlistCharacters: { least: 6, most: 128 },
  pageMax: 1000,
} as const;

const refuse = (argument: string, value: string, why: string): never => fail("invalidArgument", { argument, value: value.slice(0, 64), why });

/** A channel is a folder of the objects that it records: its name is one step of a key. */
export function boundChannelName(name: string): string {
  const bytes = Buffer.byteLength(name, "utf8");
  if (bytes < 1 || bytes > channelLimits.nameBytesMax || name.includes("/") || name.includes("\0") || !name.isWellFormed())
    return refuse("channel", name, `a channel's name has 1 to ${channelLimits.nameBytesMax} bytes and no slash`);
  return name;
}

export function boundPlaylistName(name: string): string {
  const { least, most } = channelLimits.playlistCharacters;
  if (!name.endsWith(".m3u8") || name.length < least || name.length > most || name.includes("/"))
    return refuse("playlist", name, `a playlist's name has ${least} to ${most} characters and ends with .m3u8`);
  return name;
}

function boundChannel(channel: Omit<Channel, "changedMs">): Omit<Channel, "changedMs"> {
  boundChannelName(channel.name);
  boundPlaylistName(channel.playlist);
  if (Buffer.byteLength(channel.description, "utf8") > channelLimits.descriptionBytesMax)
    refuse("description", channel.description, `a description has at most ${channelLimits.descriptionBytesMax} bytes`);
  for (const [name, value] of [
    ["segmentSeconds", channel.segmentSeconds],
    ["segmentCount", channel.segmentCount],
    ["snapshotSeconds", channel.snapshot?.seconds ?? 1],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 1 && value <= channelLimits.segmentsMax)) refuse(name, String(value), `1 to ${channelLimits.segmentsMax}`);
  }
  return channel;
}

const rowOf = (generation: Generation, name: string): Bytes => tables.channel.key(generation, name);

/** Throws channelMissing. */
export async function findChannel(view: View, { state }: BucketHandle, name: string): Promise<{ row: Bytes; value: Bytes; channel: Channel }> {
  const row = rowOf(state.generation, boundChannelName(name));
  const value = await view.get(row);
  return value === undefined ? fail("channelMissing", { channel: name }) : { row, value, channel: decodeJson<Channel>(value) };
}

/** Changes the rows of a bucket that is there, as it was seen. */
function changing<T>(ports: Ports, context: Context, input: Omit<ChannelAddress, "channel">, change: (view: View, bucket: BucketHandle, change: Change) => Promise<T>): Promise<T> {
  return transact(ports, context, bucketTurn(input), async (view, batch) => {
    const bucket = await view.bucket(context, input);
    batch.expect(bucket.stateKey, bucket.stateValue);
    return await change(view, bucket, batch);
  });
}

export const channelVerbs = (ports: Ports): ChannelVerbs => ({
  put: (context, input) =>
    changing(ports, context, input, async (view, { state: { generation } }, change) => {
      const channel: Channel = { ...boundChannel(input.channel), changedMs: ports.clock.wallMs() };
      const row = rowOf(generation, channel.name);
      const before = await view.get(row);
      change.expect(row, before).put(row, encodeJson(channel));
      if (before === undefined) change.add(counterKey(generation, "channels"), 1);
      return channel;
    }),
  setEnabled: (context, input) =>
    changing(ports, context, input, async (view, bucket, change) => {
      const { row, value, channel } = await findChannel(view, bucket, input.channel);
      change.expect(row, value).put(row, encodeJson({ ...channel, enabled: input.enabled } satisfies Channel));
    }),
  get: (context, input) => onView(ports, async (view) => (await findChannel(view, await view.bucket(context, input), input.channel)).channel),
  list: (context, input) =>
    onView(ports, async (view) => {
      const { generation } = (await view.bucket(context, input)).state;
      const limit = Math.min(input.limit, channelLimits.pageMax);
      const { from, to } = tables.channel.under(generation, input.prefix);
      const after = input.after === "" ? from : Buffer.concat([rowOf(generation, input.after), Buffer.from([0])]);
      const cursor = view.scan({ from: Buffer.compare(after, from) > 0 ? after : from, to });
      const rows = Buffer.compare(after, to) < 0 ? await cursor.next(limit + 1) : [];
      cursor.close();
      return { channels: rows.slice(0, limit).map(({ value }) => decodeJson<Channel>(value)), truncated: rows.length > limit };
    }),
  remove: (context, input) =>
    changing(ports, context, input, async (view, bucket, change) => {
      const { row, value } = await findChannel(view, bucket, input.channel);
      change.expect(row, value).remove(row).add(counterKey(bucket.state.generation, "channels"), -1);
    }),
  playlist: (context, input) => channelPlaylist(ports, context, input),
  writePlaylist: (context, input) => writeChannelPlaylist(ports, context, input),
});
