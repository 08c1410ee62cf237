import type { Acceleration, ConfigDocument } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { parseXml } from "../../../lib/xml-reader.ts";
import { type Choices, chosen, chosenLimits } from "../../chosen.ts";
import { operation } from "../../operation.ts";
import { documentAsKept, written } from "../documents/configuration.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";
import { invalidRequest, malformedXml } from "../refusals.ts";

const choices: Choices<Acceleration> = { root: "AccelerateConfiguration", element: "Status", words: { Enabled: { status: "enabled" }, Suspended: { status: "suspended" } } };
const statusContent = ({ status }: Acceleration): string => xmlText("Status", status === "enabled" ? "Enabled" : "Suspended");

/** Kept, and of no effect: there are no hosts of another network. */
export const GetBucketAccelerateConfiguration = operation<S3Settings, void, ConfigDocument<"acceleration"> | undefined>({
  name: "GetBucketAccelerateConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html",
  route: { method: "GET", target: "bucket", select: ["accelerate"] },
  access: { action: "s3:GetAccelerateConfiguration", capability: "bucket.own" },
  isInert: true,
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind: "acceleration" }),
  reply: (document, call) => (document === undefined ? documentReply(call, choices.root, "") : documentAsKept(call, document, choices.root, statusContent)),
});

export const PutBucketAccelerateConfiguration = operation<S3Settings, Acceleration, void>({
  name: "PutBucketAccelerateConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html",
  route: { method: "PUT", target: "bucket", select: ["accelerate"] },
  access: { action: "s3:PutAccelerateConfiguration", capability: "bucket.own" },
  isInert: true,
  body: { document: chosenLimits.bytesMax },
  input: (call) => {
    if (bucketOf(call).bucket.includes(".")) invalidRequest("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
    return chosen(parseXml(call.document, chosenLimits), choices) ?? malformedXml();
  },
  run: (core, model, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "acceleration", document: written(call, model) }),
  reply: () => emptyReply(200),
});
