/** Access logs: https://help.aliyun.com/zh/oss/user-guide/logging. Their times are Beijing's, whatever the region. */
import { encodeUriPath } from "../../lib/uri.ts";
import { headerOf, type LogFormat, logTime, nameTime, objectSizeOf, quoted, refererOf, requestLine, type Traced } from "../answered.ts";

const beijing = 8;

function requesterOf({ reply: { trace } }: Traced): string | undefined {
  const { caller } = trace;
  return caller === undefined || caller.kind === "anonymous" ? undefined : caller.account.uid;
}

/** What an upload added; nothing of other requests. */
const deltaOf = (answered: Traced, size: number | undefined): string => (answered.request.method === "PUT" && size !== undefined ? String(size) : "-");

/** Of the request with its headers, as far as they came through. */
function requestLength({ rawHeaders, method, rawPath, rawQuery, contentLength }: Traced["request"]): number {
  let bytes = method.length + rawPath.length + rawQuery.length + 14;
  for (let index = 0; index < rawHeaders.length; index += 2) bytes += (rawHeaders[index]?.length ?? 0) + (rawHeaders[index + 1]?.length ?? 0) + 4;
  return bytes + (contentLength ?? 0);
}

export const ossLogFormat: LogFormat = {
  line(plan, answered) {
    const { request, reply, bytesOut } = answered;
    const { address, requestId } = reply.trace;
    const size = objectSizeOf(answered);
    const fields = [
      request.remoteAddress,
      "-",
      "-",
      logTime(request.receivedMs, beijing),
      requestLine(request),
      reply.status,
      bytesOut,
      Math.round(answered.milliseconds),
      refererOf(request),
      quoted(request.headers["user-agent"]),
      quoted(request.hostHeader),
      quoted(requestId),
      quoted("true"),
      quoted(requesterOf(answered)),
      quoted(reply.operation),
      quoted(plan.bucket),
      quoted(address.key === undefined ? undefined : encodeUriPath(address.key)),
      size ?? "-",
      Math.max(0, Math.round(answered.turnaroundMs)),
      quoted(reply.errorCode),
      requestLength(request),
      quoted(plan.owner.uid),
      deltaOf(answered, size),
      quoted(undefined),
      quoted(headerOf(reply, "x-oss-storage-class")),
    ];
    return `${fields.join(" ")}\n`;
  },
  name: ({ bucket, logging }, { deliveredMs, unique }) => `${logging.prefix}${bucket}${nameTime(deliveredMs, beijing)}-${unique}`,
  facts: () => () => undefined,
};
