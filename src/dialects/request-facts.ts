/** What policies may ask of a request, by the core's names (core/access/policy/vocabulary.ts): what every vendor's requests have. */
import type { WireRequest } from "./wire.ts";

const ofQuery: Record<string, string> = { "list.prefix": "prefix", "list.delimiter": "delimiter", "list.limit": "max-keys", "object.versionId": "versionId" };

const one = (value: string | undefined): string[] | undefined => (value === undefined ? undefined : [value]);

export function requestFact(request: WireRequest, name: string): readonly string[] | undefined {
  switch (name) {
    case "request.ip":
      return [request.remoteAddress];
    case "request.secure":
      return [String(request.secure)];
    case "request.tlsVersion":
      return one(request.tlsVersion);
    case "request.agent":
      return one(request.headers["user-agent"]);
    case "request.referer":
      return one(request.headers.referer);
  }
  const parameter = Object.hasOwn(ofQuery, name) ? ofQuery[name] : undefined;
  return parameter === undefined ? undefined : one(request.query.find((pair) => pair.name === parameter)?.value);
}
