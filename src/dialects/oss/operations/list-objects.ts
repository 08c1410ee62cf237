import { xmlText } from "../../../lib/xml.ts";
import { contentsElements, encodingElement, nameOfItem, namingOf, pageByDefault } from "../listing.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { countParameter, encodingParameter, markerParameter, textParameter } from "../parameters.ts";
import { document } from "../replies.ts";

/** The first form. NextMarker is there whenever the list was cut, delimiter or not. */
export const ListObjects = ossOperation({
  name: "ListObjects",
  docs: page("listobjects"),
  route: { method: "GET", target: "bucket" },
  access: { action: "oss:ListObjects", capability: "bucket.list" },
  input: (call) => ({
    ...bucketOf(call),
    prefix: textParameter(call, "prefix"),
    delimiter: textParameter(call, "delimiter"),
    after: markerParameter(call, "marker"),
    limit: countParameter(call, "max-keys", pageByDefault),
    encoded: encodingParameter(call),
  }),
  run: (core, { encoded: _, ...input }, { context }) => core.listing.objects(context, input),
  reply: ({ items, truncated, owners }, call, { bucket, prefix, delimiter, after, limit, encoded }) => {
    const naming = namingOf(encoded);
    const last = items.at(-1);
    return document(
      "ListBucketResult",
      xmlText("Name", bucket) +
        xmlText("Prefix", naming(prefix)) +
        xmlText("Marker", naming(after)) +
        xmlText("MaxKeys", limit) +
        xmlText("Delimiter", naming(delimiter)) +
        encodingElement(encoded) +
        xmlText("IsTruncated", truncated) +
        (truncated && last ? xmlText("NextMarker", naming(nameOfItem(last))) : "") +
        contentsElements(items, owners, naming, call.clock.wallMs()),
    );
  },
});
