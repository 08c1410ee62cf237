import type { Core, RangeRequest } from "../../../core/api.ts";
import { fail } from "../../../core/errors.ts";
import { operation } from "../../operation.ts";
import { objectHeaders } from "../documents/object-headers.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { type Reading, readingOf, readTarget } from "../parse/reading.ts";

type Found = Awaited<ReturnType<Core["objects"]["head"]>>;

/** What of `size` bytes a range means, `end` excluded; fails as GetObject would. */
function rangeWithin(range: RangeRequest | undefined, size: number, call: S3Call): { start: number; end: number } | undefined {
  if (range === undefined) return undefined;
  const start = "suffix" in range ? Math.max(0, size - range.suffix) : range.start;
  const end = "suffix" in range || range.end === undefined ? size : Math.min(size, range.end + 1);
  if (start >= end) return fail("rangeUnsatisfiable", { range: call.request.headers.range ?? "", size });
  return { start, end };
}

const reading = (select: readonly string[]) =>
  operation<S3Settings, Reading, Found>({
    name: "HeadObject",
    docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html",
    route: { method: "HEAD", target: "object", select },
    access: { action: "s3:GetObject", capability: "object.read" },
    input: readingOf,
    run: (core, input, call) => readTarget(core, call, input, (target) => core.objects.head(call.context, target)),
    reply: (found, call, { partNumber, range: asked }) => {
      const range = found.range ?? rangeWithin(asked, found.version.size, call);
      return { status: range === undefined ? 200 : 206, headers: objectHeaders(call, found, range, partNumber) };
    },
  });

export const HeadObject = reading([]);
export const HeadObjectPart = reading(["partNumber"]);
