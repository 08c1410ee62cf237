/** Which ways of saying who one is does a request carry? One at most is let through; dispatch and the claims of every dialect ask the same function. */
import { refuse } from "./signing-failure.ts";
import type { QueryParameter, WireRequest } from "./wire.ts";

export type Mechanism = "header" | "s3v4-query" | "s3v2-query" | "ossv4-query" | "ossv2-query" | "ossv1-query";

/** A parameter that only a signed request has, and whose signature it is. `Signature` and `Expires` alone say nothing: two vendors have them. */
const marks: ReadonlyMap<string, Mechanism> = new Map([
  ["X-Amz-Algorithm", "s3v4-query"],
  ["X-Amz-Credential", "s3v4-query"],
  ["X-Amz-Signature", "s3v4-query"],
  ["AWSAccessKeyId", "s3v2-query"],
  ["OSSAccessKeyId", "ossv1-query"],
  ["x-oss-access-key-id", "ossv2-query"],
  ["x-oss-credential", "ossv4-query"],
]);

/** `x-oss-signature` and its version are common to V2 and V4 of OSS: the version tells. */
function ossSignature(query: readonly QueryParameter[]): Mechanism | undefined {
  if (!query.some(({ name }) => name === "x-oss-signature" || name === "x-oss-signature-version")) return undefined;
  return query.find(({ name }) => name === "x-oss-signature-version")?.value === "OSS2" ? "ossv2-query" : "ossv4-query";
}

/** Every mechanism there is a trace of, each once. Anonymous: none. */
export function mechanismsOf(request: Pick<WireRequest, "headers" | "query">): Mechanism[] {
  const found: Mechanism[] = request.headers.authorization === undefined ? [] : ["header"];
  if (request.query.length === 0) return found;
  for (const { name } of request.query) {
    const mark = marks.get(name);
    if (mark !== undefined && !found.includes(mark)) found.push(mark);
  }
  const oss = ossSignature(request.query);
  if (oss !== undefined && !found.includes(oss)) found.push(oss);
  return found;
}

/** The one mechanism of a request, or none. Throws AuthFailure "twoMechanisms". */
export function mechanismOf(request: Pick<WireRequest, "headers" | "query">): Mechanism | undefined {
  const found = mechanismsOf(request);
  if (found.length > 1) refuse("twoMechanisms", { mechanisms: found });
  return found[0];
}
