import { xmlText } from "../../../lib/xml.ts";
import { pageByDefault } from "../listing.ts";
import { listedChannel } from "../live-channel-document.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { countParameter, markerParameter, textParameter } from "../parameters.ts";
import { document } from "../replies.ts";

export const ListLiveChannel = ossOperation({
  name: "ListLiveChannel",
  docs: page("listlivechannel"),
  route: { method: "GET", target: "bucket", select: ["live"] },
  access: { action: "oss:ListLiveChannel", capability: "bucket.own" },
  input: (call) => ({
    ...bucketOf(call),
    prefix: textParameter(call, "prefix"),
    after: markerParameter(call, "marker"),
    limit: countParameter(call, "max-keys", pageByDefault, 1),
  }),
  run: (core, input, { context }) => core.channels.list(context, input),
  reply: ({ channels, truncated }, call, { prefix, after, limit }) =>
    document(
      "ListLiveChannelResult",
      xmlText("Prefix", prefix) +
        xmlText("Marker", after) +
        xmlText("MaxKeys", limit) +
        xmlText("IsTruncated", truncated) +
        xmlText("NextMarker", truncated ? (channels.at(-1)?.name ?? "") : "") +
        channels.map((channel) => listedChannel(call, channel)).join(""),
    ),
});
