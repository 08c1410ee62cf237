import { invalidArgument } from "../answers.ts";
import { channelName, channelOf } from "../live-channel-document.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { empty, quotedEtag, versionHeaders } from "../replies.ts";

type Queried = Parameters<typeof parameter>[0];

/** `startTime` and `endTime`, seconds since 1970. */
function spanOf(call: Queried): { fromMs: number; toMs: number } {
  const read = (name: string): number => {
    const text = parameter(call, name) ?? "";
    return /^\d{1,10}$/.test(text) ? Number(text) * 1000 : invalidArgument(name, text, `${name} is a time in seconds since 1970.`);
  };
  return { fromMs: read("startTime"), toMs: read("endTime") };
}

/** `/<channel>/<playlist>`: what the channel recorded in the span, as an object. */
export const PostVodPlaylist = ossOperation({
  name: "PostVodPlaylist",
  docs: page("postvodplaylist"),
  route: { method: "POST", target: "object", select: ["vod"] },
  access: { action: "oss:PostVodPlaylist", capability: "bucket.own" },
  input: (call) => {
    const key = call.address.key as string;
    const slash = key.lastIndexOf("/");
    const name = key.slice(slash + 1);
    if (slash < 1 || !name.endsWith(".m3u8")) invalidArgument("PlaylistName", name, "A playlist stands under its channel and ends with .m3u8.");
    return { ...bucketOf(call), channel: channelName(key.slice(0, slash)), name, ...spanOf(call) };
  },
  run: (core, input, { context }) => core.channels.writePlaylist(context, input),
  reply: (result) => empty(200, ["ETag", quotedEtag(result.version.etag), ...versionHeaders(result)]),
});

export const GetVodPlaylist = ossOperation({
  name: "GetVodPlaylist",
  docs: page("getvodplaylist"),
  route: { method: "GET", target: "object", select: ["vod"] },
  access: { action: "oss:GetVodPlaylist", capability: "bucket.own" },
  input: (call) => ({ ...channelOf(call), ...spanOf(call) }),
  run: (core, input, { context }) => core.channels.playlist(context, input),
  reply: (playlist) => ({ status: 200, headers: ["Content-Type", "application/x-mpegURL"], body: playlist }),
});
