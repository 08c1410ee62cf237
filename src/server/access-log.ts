/** One JSON line per request, gathered and written a few times a second. No header values, no signature, no value of a query that carries one. */
import { redactedQuery } from "../dialects/redacted.ts";
import type { WireRequest } from "../dialects/wire.ts";

export type AccessEntry = {
  request: Pick<WireRequest, "method" | "rawPath" | "query" | "hostHeader" | "remoteAddress" | "headers">;
  dialect: string;
  operation: string;
  status: number;
  error: string;
  requestId: string;
  milliseconds: number;
  bytesIn: number;
  bytesOut: number;
  broken: boolean;
};
export type AccessLog = { write(entry: AccessEntry): void; flush(): void };

const flushMs = 200;
const flushBytes = 64 * 1024;
/** A standard output nobody reads must not fill the memory: further lines are dropped and counted. */
const queuedBytesMax = 8 * 1024 * 1024;

export const noAccessLog: AccessLog = { write() {}, flush() {} };

export function createAccessLog(output: { write(text: string): unknown; readonly writableLength: number } = process.stdout): AccessLog {
  let lines = "";
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (lines === "") return;
    if (dropped > 0) lines = `${JSON.stringify({ time: new Date().toISOString(), event: "access.dropped", lines: dropped })}\n${lines}`;
    dropped = 0;
    output.write(lines);
    lines = "";
  };
  return {
    write(entry) {
      if (output.writableLength > queuedBytesMax) {
        dropped++;
        return;
      }
      lines += `${JSON.stringify(lineOf(entry))}\n`;
      if (lines.length >= flushBytes) flush();
      else timer ??= setTimeout(flush, flushMs).unref();
    },
    flush,
  };
}

function lineOf({ request, ...entry }: AccessEntry): Record<string, unknown> {
  const query = redactedQuery(request.query);
  return {
    time: new Date().toISOString(),
    event: "access",
    remote: request.remoteAddress,
    method: request.method,
    host: request.hostHeader,
    path: request.rawPath,
    ...(query === "" ? {} : { query }),
    dialect: entry.dialect,
    operation: entry.operation,
    status: entry.status,
    ...(entry.error === "" ? {} : { error: entry.error }),
    requestId: entry.requestId,
    ms: Math.round(entry.milliseconds * 100) / 100,
    bytesIn: entry.bytesIn,
    bytesOut: entry.bytesOut,
    ...(entry.broken ? { broken: true } : {}),
    agent: request.headers["user-agent"]?.slice(0, 200),
  };
}
