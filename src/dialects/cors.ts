/** What browsers are told about other origins: the same headers from every dialect. https://fetch.spec.whatwg.org/#http-cors-protocol */
import type { Core } from "../core/api.ts";
import { type CorsGrant, corsGrant, corsLimits } from "../core/buckets/cors.ts";
import type { Cors } from "../core/model.ts";
import type { Address } from "./operation.ts";
import type { Reply, WireRequest } from "./wire.ts";

/** Origin and method of a preflight, or what is missing. */
export type Preflight = { origin: string; method: string; headers: string[] } | { missing: "Origin" | "Access-Control-Request-Method" };

export function preflightOf({ headers }: WireRequest): Preflight {
  const { origin } = headers;
  const method = headers["access-control-request-method"];
  if (origin === undefined) return { missing: "Origin" };
  if (method === undefined) return { missing: "Access-Control-Request-Method" };
  const asked = (headers["access-control-request-headers"] ?? "")
    .split(",", corsLimits.askedHeadersMax + 1)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return { origin, method, headers: asked };
}

const varying = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/** `credentials`: does this vendor let pages send cookies where the rule names their origin? */
export function grantHeaders({ rule, anyOrigin }: CorsGrant, origin: string, asked: readonly string[], credentials: boolean): string[] {
  const headers = ["access-control-allow-origin", anyOrigin ? "*" : origin, "access-control-allow-methods", rule.methods.join(", ")];
  if (asked.length > 0) headers.push("access-control-allow-headers", asked.map((name) => name.toLowerCase()).join(", "));
  if (rule.exposedHeaders.length > 0) headers.push("access-control-expose-headers", rule.exposedHeaders.join(", "));
  if (rule.maxAgeSeconds !== undefined) headers.push("access-control-max-age", String(rule.maxAgeSeconds));
  if (credentials && !anyOrigin) headers.push("access-control-allow-credentials", "true");
  return headers;
}

/** Of an allowed preflight; `undefined`: no rule fits, or more headers are named than anybody sends. */
export function preflightHeaders(cors: Cors | undefined, asked: Exclude<Preflight, { missing: string }>, credentials: boolean): string[] | undefined {
  const grant = cors && asked.headers.length <= corsLimits.askedHeadersMax ? corsGrant(cors, asked) : undefined;
  return grant && [...grantHeaders(grant, asked.origin, asked.headers, credentials), "vary", varying];
}

/** Adds to the answer of an actual request what its page needs to be shown it; refusals too, so that the page learns of them. */
export async function addCorsHeaders(core: Core, request: WireRequest, address: Address | undefined, reply: Reply, credentials: boolean): Promise<void> {
  const { origin } = request.headers;
  if (origin === undefined || request.method === "OPTIONS" || address?.bucket === undefined) return;
  const cors = await core.documents.cors({ tenant: address.tenant, bucket: address.bucket });
  const grant = cors && corsGrant(cors, { origin, method: request.method, headers: [] });
  if (grant) reply.headers.push(...grantHeaders(grant, origin, [], credentials));
  const hasVary = reply.headers.some((text, index) => index % 2 === 0 && text.toLowerCase() === "vary");
  if (!hasVary && (grant || cors?.varyAlways)) reply.headers.push("vary", varying);
}
