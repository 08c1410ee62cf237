import type { Payment } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { type Choices, chosen, chosenLimits } from "../../chosen.ts";
import { malformedXml } from "../answers.ts";
import { configurationReply, written } from "../configuration.ts";
import { readDocument } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { document, empty } from "../replies.ts";

const kind = "payment" as const;
const choices: Choices<Payment> = { root: "RequestPaymentConfiguration", element: "Payer", words: { BucketOwner: { payer: "owner" }, Requester: { payer: "requester" } } };
const payerContent = ({ payer }: Payment): string => xmlText("Payer", payer === "requester" ? "Requester" : "BucketOwner");

export const PutBucketRequestPayment = ossOperation({
  name: "PutBucketRequestPayment",
  docs: page("putbucketrequestpayment"),
  route: { method: "PUT", target: "bucket", select: ["requestPayment"] },
  access: { action: "oss:PutBucketRequestPayment", capability: "bucket.own" },
  body: { document: chosenLimits.bytesMax },
  input: (call) => {
    const payment = chosen(readDocument(call.document, choices.root), choices) ?? malformedXml("Payer is BucketOwner or Requester.");
    return { ...bucketOf(call), kind, document: written<"payment">(payment, call.document) };
  },
  run: (core, input, { context }) => core.documents.put(context, input),
  reply: () => empty(200),
});

/** What nobody said is the owner. */
export const GetBucketRequestPayment = ossOperation({
  name: "GetBucketRequestPayment",
  docs: page("getbucketrequestpayment"),
  route: { method: "GET", target: "bucket", select: ["requestPayment"] },
  access: { action: "oss:GetBucketRequestPayment", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept) => (kept === undefined ? document(choices.root, payerContent({ payer: "owner" })) : configurationReply(kept, choices.root, payerContent)),
});
