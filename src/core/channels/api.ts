/** Live channels: named places of a bucket that a stream is published to, which the store cuts into segments and a playlist. */
import type { BucketAddress, Context, VersionResult } from "../api.ts";

/**
 * Where a stream is published to: `enabled` it takes one; it is cut into segments of `segmentSeconds`, the last `segmentCount` of which a playlist of
 * that name tells. `snapshot`: pictures to be taken of it.
 */
export type Channel = {
  name: string;
  description: string;
  enabled: boolean;
  segmentSeconds: number;
  segmentCount: number;
  playlist: string;
  snapshot?: { role: string; bucket: string; topic: string; seconds: number };
  changedMs: number;
};

export type ChannelAddress = BucketAddress & { channel: string };

/** Times in milliseconds since 1970, both included. */
export type Span = { fromMs: number; toMs: number };

export type ChannelVerbs = {
  /** Makes it, or gives the one of this name another configuration. invalidArgument for what no channel can be. */
  put(context: Context, input: BucketAddress & { channel: Omit<Channel, "changedMs"> }): Promise<Channel>;
  /** channelMissing, here and below. */
  setEnabled(context: Context, input: ChannelAddress & { enabled: boolean }): Promise<void>;
  get(context: Context, input: ChannelAddress): Promise<Channel>;
  /** In the order of their names; `after` is excluded. */
  list(context: Context, input: BucketAddress & { prefix: string; after: string; limit: number }): Promise<{ channels: Channel[]; truncated: boolean }>;
  /** What was recorded stays. */
  remove(context: Context, input: ChannelAddress): Promise<void>;
  /** A playlist of what was recorded in the span: segmentsMissing where there is nothing. */
  playlist(context: Context, input: ChannelAddress & Span): Promise<string>;
  /** As `playlist`, written beside the segments as an object called `name`. */
  writePlaylist(context: Context, input: ChannelAddress & Span & { name: string }): Promise<VersionResult>;
};
