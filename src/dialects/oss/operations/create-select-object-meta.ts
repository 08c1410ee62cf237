import { smallDocumentBytesMax } from "../documents.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { parameter, versionInput } from "../parameters.ts";
import { versionHeaders } from "../replies.ts";
import { formatAsked, readMetaRequest } from "../select-document.ts";
import { endingOf, frame, framed, frameTypes, number4, number8 } from "../select-frames.ts";

/** Counts an object's records, so that ranges of them can be selected. */
export const CreateSelectObjectMeta = ossOperation({
  name: "CreateSelectObjectMeta",
  docs: page("createselectobjectmeta"),
  route: { method: "POST", target: "object", select: ["x-oss-process"], parameter: ["x-oss-process=csv/meta", "x-oss-process=json/meta"] },
  access: { action: "oss:PutObject", capability: "object.write" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    const format = formatAsked(parameter(call, "x-oss-process"));
    return { ...objectOf(call), ...versionInput(call), ...readMetaRequest(call.document, format), format };
  },
  run: async (core, input, { context }) => {
    const found = await core.query.indexRows(context, input);
    return { ...found, first: await found.results.next() };
  },
  reply: ({ first, results, ...found }, { clock, log, requestId }, { format }) => {
    const end = (offset: number, scanned: number, status: number, { splits, rows, columns }: { splits: number; rows: number; columns: number }, message = ""): Buffer => {
      const counts = [number4(splits), number8(rows), ...(format === "csv" ? [number4(columns)] : [])];
      return frame(format === "csv" ? frameTypes.csvMeta : frameTypes.jsonMeta, [number8(offset), number8(scanned), number4(status), ...counts, Buffer.from(message)]);
    };
    const source = framed({
      first: first.done ? undefined : first.value,
      results: first.done ? { ...results, next: async () => first } : results,
      done: ({ index, scanned }) => end(found.version.size, scanned, 200, { splits: index.splits.length, rows: index.rows, columns: index.columns }),
      failed: (error, offset) => {
        const { status, message } = endingOf(error, "CreateSelectObjectMeta", log, requestId);
        return end(offset, offset, status, { splits: 0, rows: 0, columns: 0 }, message);
      },
      clock,
    });
    return { status: 200, headers: ["Content-Type", "application/octet-stream", ...versionHeaders(found)], body: { source, endless: true } };
  },
});
