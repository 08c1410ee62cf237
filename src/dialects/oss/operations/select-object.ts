import type { Core } from "../../../core/api.ts";
import type { ByteSource } from "../../../core/ports.ts";
import type { Piece } from "../../../core/query/run.ts";
import type { Call } from "../../operation.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { parameter, versionInput } from "../parameters.ts";
import { versionHeaders } from "../replies.ts";
import { formatAsked, readSelectRequest, selectLanguage } from "../select-document.ts";
import { endingOf, frame, framed, frameTypes, number4, number8, skippedText } from "../select-frames.ts";
import type { OssSettings } from "../settings.ts";

type Running = Awaited<ReturnType<Core["query"]["run"]>>["results"];

/** The first stretch is read before the answer begins: what is wrong with it is no success. */
export const SelectObject = ossOperation({
  name: "SelectObject",
  docs: page("selectobject"),
  route: { method: "POST", target: "object", select: ["x-oss-process"], parameter: ["x-oss-process=csv/select", "x-oss-process=json/select"] },
  access: { action: "oss:GetObject", capability: "object.read" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    const { raw, ...asked } = readSelectRequest(call.document, formatAsked(parameter(call, "x-oss-process")), call.request.headers.range);
    return { query: { ...objectOf(call), ...versionInput(call), language: selectLanguage, ...asked }, raw };
  },
  run: async (core, { query }, { context }) => {
    const found = await core.query.run(context, query);
    return { ...found, first: await found.results.next() };
  },
  reply: (result, call, { query, raw }) => ({
    status: 206,
    headers: ["Content-Type", "application/octet-stream", "x-oss-select-output-raw", String(raw), ...versionHeaders(result)],
    body: { source: raw ? plain(result.results, result.first) : inFrames(result.results, result.first, call, "rows" in query.input), endless: true },
  }),
});

type First = Awaited<ReturnType<Running["next"]>>;

function inFrames(results: Running, first: First, { clock, log, requestId }: Call<OssSettings>, isCsv: boolean): ByteSource {
  const end = (offset: number, scanned: number, status: number, message: string): Buffer =>
    frame(frameTypes.end, [number8(offset), number8(scanned), number4(status), Buffer.from(message)]);
  return framed({
    first: first.done ? undefined : first.value,
    results: first.done ? { ...results, next: async () => first } : results,
    done: ({ offset, scanned, skipped }) => end(offset, scanned, 206, skippedText(skipped, isCsv ? "InvalidCsvLine" : "InvalidJsonData")),
    failed: (error, offset) => {
      const { status, message } = endingOf(error, "SelectObject", log, requestId);
      return end(offset, offset, status, message);
    },
    clock,
  });
}

/** Nothing but the results: what goes wrong on the way cuts the connection. */
function plain(results: Running, first: First): ByteSource {
  let pending: First | undefined = first;
  return {
    async read() {
      for (;;) {
        const next: First = pending ?? (await results.next());
        pending = undefined;
        if (next.done) return undefined;
        const { data }: Piece = next.value;
        if (data !== undefined) return data;
      }
    },
    close: () => results.close(),
  };
}
