/** The Log port: one JSON object a line on standard error. */
import type { Log, LogFields } from "../../core/ports.ts";

export type LogSink = (line: string) => void;
const toStandardError: LogSink = (line) => {
  process.stderr.write(line);
};

/** `thread` tells the lines of one thread from another's. */
export function createLog(thread: string, sink: LogSink = toStandardError): Log {
  const write = (level: string, event: string, fields: LogFields | undefined): void =>
    sink(`${JSON.stringify({ time: new Date().toISOString(), level, thread, event, ...fields })}\n`);
  return {
    info: (event, fields) => write("info", event, fields),
    warn: (event, fields) => write("warn", event, fields),
    error: (event, error, fields) => write("error", event, { ...fields, ...describe(error) }),
  };
}

function describe(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined;
  return { error: `${error.name}: ${error.message}`, stack: error.stack, cause };
}
