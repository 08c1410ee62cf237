import { xmlText } from "../../../lib/xml.ts";
import { invalidArgument } from "../answers.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { channelContent, channelOf, channelStatus, channelUrls, parseChannel } from "../live-channel-document.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { document, empty } from "../replies.ts";

/** Of a channel that is there, another configuration. Until streams are taken (RTMP), what is recorded comes in as objects. */
export const PutLiveChannel = ossOperation({
  name: "PutLiveChannel",
  docs: page("putlivechannel"),
  route: { method: "PUT", target: "object", select: ["live"] },
  access: { action: "oss:PutLiveChannel", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...bucketOf(call), channel: parseChannel(call) }),
  run: (core, input, { context }) => core.channels.put(context, input),
  reply: (channel, call) => document("CreateLiveChannelResult", channelUrls(call, channel)),
});

export const PutLiveChannelStatus = ossOperation({
  name: "PutLiveChannelStatus",
  docs: page("putlivechannelstatus"),
  route: { method: "PUT", target: "object", select: ["live"], parameter: "status" },
  access: { action: "oss:PutLiveChannelStatus", capability: "bucket.own" },
  input: (call) => ({ ...channelOf(call), enabled: channelStatus(parameter(call, "status") ?? "") }),
  run: (core, input, { context }) => core.channels.setEnabled(context, input),
  reply: () => empty(200),
});

export const GetLiveChannelInfo = ossOperation({
  name: "GetLiveChannelInfo",
  docs: page("getlivechannelinfo"),
  route: { method: "GET", target: "object", select: ["live"] },
  access: { action: "oss:GetLiveChannel", capability: "bucket.own" },
  input: (call) => {
    const comp = parameter(call, "comp");
    return comp === undefined ? channelOf(call) : invalidArgument("comp", comp, "comp is stat or history.");
  },
  run: (core, input, { context }) => core.channels.get(context, input),
  reply: (channel) => document("LiveChannelConfiguration", channelContent(channel)),
});

/** Nothing is published here yet, so that no channel is live. */
export const GetLiveChannelStat = ossOperation({
  name: "GetLiveChannelStat",
  docs: page("getlivechannelstat"),
  route: { method: "GET", target: "object", select: ["live"], parameter: "comp=stat" },
  access: { action: "oss:GetLiveChannelStat", capability: "bucket.own" },
  input: channelOf,
  run: (core, input, { context }) => core.channels.get(context, input),
  reply: ({ enabled }) => document("LiveChannelStat", xmlText("Status", enabled ? "Idle" : "Disabled")),
});

export const GetLiveChannelHistory = ossOperation({
  name: "GetLiveChannelHistory",
  docs: page("getlivechannelhistory"),
  route: { method: "GET", target: "object", select: ["live"], parameter: "comp=history" },
  access: { action: "oss:GetLiveChannelHistory", capability: "bucket.own" },
  input: channelOf,
  run: (core, input, { context }) => core.channels.get(context, input),
  reply: () => document("LiveChannelHistory", ""),
});

/** What was recorded stays. */
export const DeleteLiveChannel = ossOperation({
  name: "DeleteLiveChannel",
  docs: page("deletelivechannel"),
  route: { method: "DELETE", target: "object", select: ["live"] },
  access: { action: "oss:DeleteLiveChannel", capability: "bucket.own" },
  input: channelOf,
  run: (core, input, { context }) => core.channels.remove(context, input),
  reply: () => empty(204),
});
