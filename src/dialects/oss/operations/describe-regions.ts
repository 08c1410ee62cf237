import { DomainError } from "../../../core/errors.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { refuse } from "../answers.ts";
import { ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { document } from "../replies.ts";
import { placeOfBucket } from "../settings.ts";

/** This server is one region. */
export const DescribeRegions = ossOperation({
  name: "DescribeRegions",
  docs: page("describeregions"),
  route: { method: "GET", target: "service", select: ["regions"] },
  access: { action: "oss:DescribeRegions", capability: "service.listBuckets" },
  input: (call) => {
    if (call.context.caller.kind === "anonymous") throw new DomainError("accessDenied", { reason: "anonymous" });
    const asked = parameter(call, "regions") ?? "";
    if (asked !== "" && asked !== call.settings.location)
      refuse({ status: 404, code: "NoSuchRegion", message: "The specified region does not exist.", elements: [["Region", asked]] });
    return placeOfBucket(call.settings, "");
  },
  run: async (_core, place) => place,
  reply: (place) =>
    document(
      "RegionInfoList",
      xmlElement(
        "RegionInfo",
        xmlText("Region", place.location) +
          xmlText("InternetEndpoint", place.extranet) +
          xmlText("InternalEndpoint", place.intranet) +
          xmlText("AccelerateEndpoint", place.extranet),
      ),
    ),
});
