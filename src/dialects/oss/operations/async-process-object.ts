import { refuse } from "../answers.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";

/** Done by the vendor's Intelligent Media Management, to which no bucket here is bound: the answer is the one that such buckets get. */
const unbound = (): never => refuse({ status: 404, code: "Imm Client", message: "The specified resource Route is not found." });

export const AsyncProcessObject = ossOperation({
  name: "AsyncProcessObject",
  docs: page("x-oss-async-process"),
  route: { method: "POST", target: "object", select: ["x-oss-async-process"] },
  access: { action: "oss:GetObject", capability: "object.read" },
  body: { document: smallDocumentBytesMax },
  input: objectOf,
  run: async (core, input, { context }) => {
    await core.objects.entry(context, input);
    return unbound();
  },
  reply: unbound,
});
