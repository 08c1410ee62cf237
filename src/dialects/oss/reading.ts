/** What GET and HEAD of an object read from a request. */
import type { RangeRequest } from "../../core/api.ts";
import type { Caller } from "../../core/model.ts";
import { parseRange } from "../../lib/ranges.ts";
import type { QueryParameter, WireRequest } from "../wire.ts";
import { invalidArgument, refuse } from "./answers.ts";
import { parameter } from "./parameters.ts";

const overridable = ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"] as const;

const control = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** `response-*`: header name to value. Only for signed requests: nobody else may choose what a public object is sent as. */
export function responseOverrides(call: { request: { query: readonly QueryParameter[] }; context: { caller: Caller } }): Map<string, string> {
  const overrides = new Map<string, string>();
  for (const name of overridable) {
    const value = parameter(call, `response-${name}`);
    if (value === undefined) continue;
    if (call.context.caller.kind === "anonymous")
      refuse({ status: 400, code: "InvalidRequest", message: "Request specific response headers cannot be used for anonymous requests." });
    if (control.test(value)) invalidArgument(`response-${name}`, value, "The value holds a control character.");
    overrides.set(name, Buffer.from(value, "utf8").toString("latin1"));
  }
  return overrides;
}

/**
 * A range that does not lie wholly within the object gives the whole object; with `x-oss-range-behavior: standard` it is clipped or refused,
 * as HTTP says. What is no single byte range is as if it were not there.
 */
export function rangeInput({ request }: { request: WireRequest }): { range?: RangeRequest; onBadRange: "fail" | "whole" } {
  const onBadRange = request.headers["x-oss-range-behavior"]?.toLowerCase() === "standard" ? "fail" : "whole";
  const header = request.headers.range;
  const range = header === undefined ? "invalid" : parseRange(header);
  return typeof range === "string" ? { onBadRange } : { range, onBadRange };
}
