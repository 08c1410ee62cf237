import { gzipped } from "../../../lib/gzip-source.ts";
import { compressedHeaders, isCompressed } from "../compression.ts";
import { readConditions } from "../headers.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { rangeInput, responseOverrides } from "../reading.ts";
import { empty, objectHeaders } from "../replies.ts";
import { throttled, trafficLimit } from "../traffic-limit.ts";
import { pageInstead, type Redirected, type Shown } from "../website.ts";

export const GetObject = ossOperation({
  name: "GetObject",
  docs: page("getobject"),
  route: { method: "GET", target: "object" },
  access: { action: "oss:GetObject", capability: "object.read" },
  input: (call) => ({
    read: { ...objectOf(call), ...versionInput(call), conditions: readConditions(call), ...rangeInput(call) },
    overrides: responseOverrides(call),
    bytesPerSecond: trafficLimit(call),
  }),
  run: (core, { read }, call): Promise<Shown | Redirected> => core.objects.open(call.context, read).catch((error: unknown) => pageInstead(core, call, read, error)),
  reply: (result, call, { overrides, bytesPerSecond }) => {
    if ("location" in result) return empty(result.status, ["Location", result.location]);
    const headers = objectHeaders(result, call.clock.wallMs(), overrides);
    const { range, version, body, length } = result;
    if (range) headers.push("Content-Range", `bytes ${range.start}-${range.end - 1}/${version.size}`);
    const contentType = overrides.get("content-type") ?? version.headers.contentType;
    if (isCompressed(call.request, result, contentType)) {
      const packed = gzipped(body);
      const source = bytesPerSecond === undefined ? packed : throttled(packed, bytesPerSecond, call);
      return { status: result.status ?? 200, headers: compressedHeaders(headers), body: { source, endless: true } };
    }
    return { status: result.status ?? (range ? 206 : 200), headers, body: { source: bytesPerSecond === undefined ? body : throttled(body, bytesPerSecond, call), length } };
  },
});
