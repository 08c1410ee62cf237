import type { ConfigDocument, Payment } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { parseXml } from "../../../lib/xml-reader.ts";
import { type Choices, chosen, chosenLimits } from "../../chosen.ts";
import { operation } from "../../operation.ts";
import { documentAsKept, written } from "../documents/configuration.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";
import { malformedXml } from "../refusals.ts";

const choices: Choices<Payment> = { root: "RequestPaymentConfiguration", element: "Payer", words: { BucketOwner: { payer: "owner" }, Requester: { payer: "requester" } } };
const payerContent = ({ payer }: Payment): string => xmlText("Payer", payer === "requester" ? "Requester" : "BucketOwner");

/** What nobody said is the owner. */
export const GetBucketRequestPayment = operation<S3Settings, void, ConfigDocument<"payment"> | undefined>({
  name: "GetBucketRequestPayment",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html",
  route: { method: "GET", target: "bucket", select: ["requestPayment"] },
  access: { action: "s3:GetBucketRequestPayment", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind: "payment" }),
  reply: (document, call) =>
    document === undefined ? documentReply(call, choices.root, payerContent({ payer: "owner" })) : documentAsKept(call, document, choices.root, payerContent),
});

export const PutBucketRequestPayment = operation<S3Settings, Payment, void>({
  name: "PutBucketRequestPayment",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html",
  route: { method: "PUT", target: "bucket", select: ["requestPayment"] },
  access: { action: "s3:PutBucketRequestPayment", capability: "bucket.own" },
  body: { document: chosenLimits.bytesMax },
  input: ({ document }) => chosen(parseXml(document, chosenLimits), choices) ?? malformedXml(),
  run: (core, model, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "payment", document: written(call, model) }),
  reply: () => emptyReply(200),
});
