/**
 * Which dialect answers a request: decided by the authentication on it, else by what else only one vendor says, else by the host, else by the
 * listener's default. Decided once, before anything is parsed for good.
 */
import type { Settings } from "../config/settings.ts";
import { addressOf, placeOf, placeOwnHost } from "./addressing.ts";
import { formOf, type PostedForm } from "./form-reader.ts";
import { isPostedForm } from "./form-request.ts";
import { createHcp } from "./hcp/overlay.ts";
import type { Dialect } from "./operation.ts";
import { createOss, type OssDeps } from "./oss/dialect.ts";
import { vendorParameters as ossParameters } from "./oss/vendor-parameters.ts";
import { createS3 } from "./s3/dialect.ts";
import { vendorParameters as s3Parameters } from "./s3/vendor-parameters.ts";
import { createWebsite } from "./s3/website/website.ts";
import { mechanismsOf } from "./signing-mechanisms.ts";
import { type Reply, vendorHeadersOf, type WireRequest } from "./wire.ts";

export type DispatchDeps = OssDeps;
export type RefusalKind = Parameters<Dialect["refuse"]>[1];
export type Dispatch = {
  /** Never throws. */
  handle(request: WireRequest): Promise<Reply>;
  /** The server's own refusals, before the body is read. */
  refuse(request: WireRequest, kind: RefusalKind, detail: { retryAfterS: number; message: string }): Reply;
};

export type DialectName = "s3" | "oss" | "hcp" | "website";
type ChooseSettings = Pick<Settings, "domains" | "hcpDomain" | "websiteDomains" | "defaultDialect">;

/** Words an Authorization header begins with. Others (Basic, Bearer) say nothing about the vendor. */
const schemes = new Map<string, "oss" | "s3" | "hcp">([
  ["OSS", "oss"],
  ["OSS2", "oss"],
  ["OSS4-HMAC-SHA256", "oss"],
  ["AWS", "s3"],
  ["AWS4-HMAC-SHA256", "s3"],
  ["AWS4-ECDSA-P256-SHA256", "s3"],
  ["HCP", "hcp"],
  ["AD", "hcp"],
]);

/** `ossOnly`: sub-resources that OSS has and S3 has not. */
export function chooseDialect(request: WireRequest, settings: ChooseSettings, ossOnly: ReadonlySet<string>): DialectName {
  const { family } = placeOf(request, settings);
  // Visitors of a website are nobody, whatever they send along.
  if (family === "website") return family;
  const s3Family = family === "hcp" ? "hcp" : "s3";
  const authorization = request.headers.authorization?.trim();
  const scheme = authorization === undefined ? undefined : schemes.get(firstWord(authorization));
  if (scheme !== undefined) return scheme === "s3" ? s3Family : scheme;
  const mechanism = mechanismsOf(request).find((name) => name !== "header");
  if (mechanism !== undefined) return mechanism.startsWith("oss") ? "oss" : s3Family;

  if (saysAnything(request, (name) => name.startsWith("x-oss-")) || request.query.some(({ name }) => ossOnly.has(name))) return "oss";
  if (saysAnything(request, (name) => name.startsWith("x-amz-"))) return s3Family;
  // An anonymous request of an OSS SDK bears no other mark.
  return family ?? (request.headers["user-agent"]?.startsWith("aliyun-sdk-") ? "oss" : settings.defaultDialect);
}

function firstWord(text: string): string {
  const blank = text.indexOf(" ");
  return blank < 0 ? text : text.slice(0, blank);
}

function saysAnything(request: WireRequest, test: (lowerName: string) => boolean): boolean {
  return vendorHeadersOf(request).some(test) || request.query.some(({ name }) => test(name.toLowerCase()));
}

/** Fields that only one vendor's forms have; undefined: the fields do not tell. */
function vendorOfFields(fields: PostedForm["fields"]): "s3" | "oss" | undefined {
  const names = [...fields.keys()];
  // A form with the marks of both is refused where the first of them is looked at.
  if (names.some((name) => name === "awsaccesskeyid" || name.startsWith("x-amz-"))) return "s3";
  return names.some((name) => name === "ossaccesskeyid" || name.startsWith("x-oss-")) ? "oss" : undefined;
}

/** An unsigned request whose body is a form: the fields before its file say whose it is. What cannot be read is told in the words of who was chosen without it. */
export async function dialectOfForm(request: WireRequest, settings: ChooseSettings): Promise<DialectName | undefined> {
  const place = placeOf(request, settings);
  if (place.family === "website") return undefined;
  const address = addressOf(place, request.rawPath);
  if (mechanismsOf(request).length > 0 || "failure" in address || !isPostedForm(request, address)) return undefined;
  const form = await formOf(request).catch(() => undefined);
  const vendor = form && vendorOfFields(form.fields);
  return vendor === "s3" && place.family === "hcp" ? "hcp" : vendor;
}

export async function createDispatch(deps: DispatchDeps): Promise<Dispatch> {
  const { core, settings } = deps;
  const [s3, hcp, oss, s3Names, ossNames] = await Promise.all([createS3(deps), createHcp(deps), createOss(deps), s3Parameters(), ossParameters()]);
  const dialects: Record<DialectName, Dialect> = { s3, hcp, oss, website: createWebsite(deps, "patterns") };
  const ossOnly = new Set([...ossNames.selectors.keys()].filter((name) => !s3Names.selectors.has(name) && !s3Names.modifiers.has(name)));
  const choose = (request: WireRequest): Dialect => dialects[chooseDialect(request, settings, ossOnly)];
  return {
    async handle(request) {
      try {
        const placing = placeOwnHost(core, settings, request);
        if (placing) await placing;
      } catch (error) {
        deps.log.error("hosts.unread", error);
        return choose(request).refuse(request, "overloaded", { retryAfterS: 1, message: "The store is busy." });
      }
      const ofForm = request.method === "POST" ? await dialectOfForm(request, settings) : undefined;
      const dialect = ofForm === undefined ? choose(request) : dialects[ofForm];
      const reply = await dialect.serve(request);
      reply.dialect ??= dialect.name;
      return reply;
    },
    refuse: (request, kind, detail) => choose(request).refuse(request, kind, detail),
  };
}

/** Of a port that serves websites only. */
export function websiteDispatch(deps: DispatchDeps): Dispatch {
  const website = createWebsite(deps, "any");
  return { handle: (request) => website.serve(request), refuse: (request, kind, detail) => website.refuse(request, kind, detail) };
}
