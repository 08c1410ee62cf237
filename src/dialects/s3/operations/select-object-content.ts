import type { Core } from "../../../core/api.ts";
import type { CustomerKey } from "../../../core/encryption/api.ts";
import { isDomainError } from "../../../core/errors.ts";
import type { ByteSource } from "../../../core/ports.ts";
import { xmlDocument, xmlText } from "../../../lib/xml.ts";
import { answerFor } from "../../error-table.ts";
import { operation } from "../../operation.ts";
import { errorMessage, event } from "../documents/event-stream.ts";
import { namespace } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { customerKey } from "../parse/encryption.ts";
import { objectOf } from "../parse/query.ts";
import { readSelectRequest, type SelectRequest, selectDocument, selectLanguage } from "../parse/select-request.ts";

type Running = Awaited<ReturnType<Core["query"]["run"]>>["results"];
type First = Awaited<ReturnType<Running["next"]>>;
type Input = { asked: SelectRequest; customerKey?: CustomerKey };
type Output = { results: Running; first: First };

/** A message at least so often: how far the object has been read, or that there is nothing yet. */
const waitingMs = 5_000;

/** The first stretch is read before the answer begins: what is wrong with it is an answer of its own. */
export const SelectObjectContent = operation<S3Settings, Input, Output>({
  name: "SelectObjectContent",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html",
  route: { method: "POST", target: "object", select: ["select"] },
  access: { action: "s3:GetObject", capability: "object.read" },
  body: { document: selectDocument.bytesMax },
  input: (call) => ({ asked: readSelectRequest(call.document), ...customerKey(call) }),
  run: async (core, { asked: { statement, input, output, range }, customerKey: key }, call) => {
    const { results } = await core.query.run(call.context, {
      ...objectOf(call),
      statement,
      language: selectLanguage,
      input,
      output,
      skip: { incomplete: false, skippedMax: 0 },
      ...(range === undefined ? {} : { range }),
      ...(key === undefined ? {} : { customerKey: key }),
    });
    return { results, first: await results.next() };
  },
  reply: ({ results, first }, call, { asked }) => ({
    status: 200,
    headers: ["content-type", "application/vnd.amazon.eventstream"],
    body: { source: eventsOf(results, first, call, asked.progress), endless: true },
  }),
});

type Counts = { scanned: number; processed: number; returned: number };
function countsEvent(type: "Stats" | "Progress", { scanned, processed, returned }: Counts): Buffer {
  const content = xmlText("BytesScanned", scanned) + xmlText("BytesProcessed", processed) + xmlText("BytesReturned", returned);
  return event(type, "text/xml", Buffer.from(xmlDocument(type, content, { xmlns: namespace })));
}

function eventsOf(results: Running, first: First, call: S3Call, progress: boolean): ByteSource {
  const { clock } = call;
  let pending: First | undefined = first;
  let saidMs = clock.monotonicMs();
  let ended = false;
  let returned = 0;
  /** undefined: nothing to say yet. */
  const step = async (): Promise<Buffer | undefined> => {
    const next: First = pending ?? (await results.next());
    pending = undefined;
    if (next.done) {
      ended = true;
      return Buffer.concat([countsEvent("Stats", { ...next.value, returned }), event("End")]);
    }
    const { data, offset, processed } = next.value;
    if (data === undefined && clock.monotonicMs() - saidMs < waitingMs) return undefined;
    saidMs = clock.monotonicMs();
    returned += data?.length ?? 0;
    if (data !== undefined) return event("Records", "application/octet-stream", data);
    return progress ? countsEvent("Progress", { scanned: offset, processed, returned }) : event("Cont");
  };
  return {
    async read() {
      try {
        while (!ended) {
          const bytes = await step();
          if (bytes !== undefined) return bytes;
        }
      } catch (error) {
        ended = true;
        return failure(error, call);
      }
      return undefined;
    },
    close: () => results.close(),
  };
}

function failure(error: unknown, call: S3Call): Buffer {
  if (isDomainError(error)) {
    const { code, message } = answerFor(call.settings.errors, error.kind, error.detail, "SelectObjectContent");
    return errorMessage(code, message);
  }
  call.log.error("select.failed", error, { requestId: call.requestId });
  return errorMessage("InternalError", "We encountered an internal error. Please try again.");
}
