/**
 * Which rule answers a page of another origin: the first one whose origins, methods and headers fit (https://fetch.spec.whatwg.org/#http-cors-protocol,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html, https://help.aliyun.com/zh/oss/user-guide/cors).
 */
import type { BucketAddress } from "../api.ts";
import { fail } from "../errors.ts";
import type { Cors, CorsRule } from "../model.ts";
import type { Ports } from "../ports.ts";
import { onView } from "../view.ts";
import { readDocument } from "./documents.ts";

export const corsLimits = { rulesMax: 100, patternCharactersMax: 1024, idCharactersMax: 255, askedHeadersMax: 100 } as const;
const knownMethods = ["GET", "PUT", "HEAD", "POST", "DELETE"];

/** With one `*` at most, compared from both ends: no backtracking, whatever is written. */
export function matchesPattern(pattern: string, text: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === text;
  return text.length >= pattern.length - 1 && text.startsWith(pattern.slice(0, star)) && text.endsWith(pattern.slice(star + 1));
}

/** What a page asks: before a request (`headers`: those it would send, as in Access-Control-Request-Headers), or with one (none). */
export type CorsQuestion = { origin: string; method: string; headers: readonly string[] };
/** `anyOrigin`: the rule is for everybody, and what it allows depends on nobody's origin. */
export type CorsGrant = { rule: CorsRule; anyOrigin: boolean };

export function corsGrant(cors: Cors, { origin, method, headers }: CorsQuestion): CorsGrant | undefined {
  const wanted = headers.map((name) => name.toLowerCase());
  for (const rule of cors.rules) {
    const fitting = rule.origins.find((pattern) => matchesPattern(pattern, origin));
    if (fitting === undefined || !rule.methods.includes(method)) continue;
    const patterns = rule.allowedHeaders.map((pattern) => pattern.toLowerCase());
    if (wanted.every((name) => patterns.some((pattern) => matchesPattern(pattern, name)))) return { rule, anyOrigin: rule.origins.includes("*") };
  }
  return undefined;
}

/** Throws invalidArgument for what no rules can be; gives them back. `rulesMax`: the dialect's own. */
export function boundCors(cors: Cors, rulesMax: number = corsLimits.rulesMax): Cors {
  const refuse = (argument: string, value: string, why: string): never => fail("invalidArgument", { argument, value: value.slice(0, 64), why });
  if (cors.rules.length === 0 || cors.rules.length > rulesMax) refuse("CORSRule", String(cors.rules.length), `There must be 1 to ${rulesMax} rules.`);
  for (const { id, origins, methods, allowedHeaders, exposedHeaders, maxAgeSeconds } of cors.rules) {
    if (id !== undefined && id.length > corsLimits.idCharactersMax) refuse("ID", id, `An ID has at most ${corsLimits.idCharactersMax} characters.`);
    if (origins.length === 0 || methods.length === 0) refuse("CORSRule", "", "A rule needs an AllowedOrigin and an AllowedMethod.");
    for (const method of methods)
      if (!knownMethods.includes(method)) refuse("AllowedMethod", method, `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
    for (const [argument, patterns] of [
      ["AllowedOrigin", origins],
      ["AllowedHeader", allowedHeaders],
    ] as const) {
      for (const pattern of patterns) {
        if (pattern.length > corsLimits.patternCharactersMax) refuse(argument, pattern, `At most ${corsLimits.patternCharactersMax} characters.`);
        if (pattern.split("*").length > 2) refuse(argument, pattern, `${argument} "${pattern}" can not have more than one wildcard.`);
      }
    }
    for (const name of exposedHeaders)
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) || name.includes("*")) refuse("ExposeHeader", name, "An exposed header is the name of one header.");
    if (maxAgeSeconds !== undefined && !(Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds >= 0 && maxAgeSeconds <= 999_999_999))
      refuse("MaxAgeSeconds", String(maxAgeSeconds), "A whole number of seconds.");
  }
  return cors;
}

export function bucketCors(ports: Ports, address: BucketAddress): Promise<Cors | undefined> {
  return onView(ports, async (view) => {
    const bucket = await view.findBucket(address);
    return bucket && (await readDocument(view, bucket, "cors"))?.model;
  });
}
