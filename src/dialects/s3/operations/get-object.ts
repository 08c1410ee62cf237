import type { Core } from "../../../core/api.ts";
import { operation } from "../../operation.ts";
import { objectHeaders } from "../documents/object-headers.ts";
import type { S3Settings } from "../flavour.ts";
import { type Reading, readingOf, readTarget } from "../parse/reading.ts";

type Opened = Awaited<ReturnType<Core["objects"]["open"]>>;

/** The whole, a range, or a part of a multipart object (by its number). */
const reading = (select: readonly string[]) =>
  operation<S3Settings, Reading, Opened>({
    name: "GetObject",
    docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
    route: { method: "GET", target: "object", select },
    access: { action: "s3:GetObject", capability: "object.read" },
    input: readingOf,
    run: (core, input, call) =>
      readTarget(core, call, input, (target) => core.objects.open(call.context, { ...target, ...(input.range === undefined ? {} : { range: input.range }), onBadRange: "fail" })),
    reply: (opened, call, { partNumber }) => {
      try {
        const headers = objectHeaders(call, opened, opened.range, partNumber);
        return { status: opened.range === undefined ? 200 : 206, headers, body: { source: opened.body, length: opened.length } };
      } catch (error) {
        opened.body.close();
        throw error;
      }
    },
  });

export const GetObject = reading([]);
export const GetObjectPart = reading(["partNumber"]);
