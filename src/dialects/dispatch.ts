/**
 * Which dialect answers a request: decided by the authentication on it, else by what else only one vendor says, else by the host, else by the
 * listener's default. Decided once, before anything is parsed for good.
 */
import type { Settings } from "../config/settings.ts";
import type { Core } from "../core/api.ts";
import type { Bytes, Clock, Log, Random } from "../core/ports.ts";
import { placeOfHost } from "./addressing.ts";
import { createHcp } from "./hcp/overlay.ts";
import type { Dialect } from "./operation.ts";
import { createOss } from "./oss/dialect.ts";
import { vendorParameters as ossParameters } from "./oss/vendor-parameters.ts";
import { createS3 } from "./s3/dialect.ts";
import { vendorParameters as s3Parameters } from "./s3/vendor-parameters.ts";
import { mechanismsOf } from "./signing-mechanisms.ts";
import type { Reply, WireRequest } from "./wire.ts";

export type DispatchDeps = { core: Core; settings: Settings; clock: Clock; log: Log; random: Random };
export type RefusalKind = Parameters<Dialect["refuse"]>[1];
export type Dispatch = {
  /** Never throws. */
  handle(request: WireRequest): Promise<Reply>;
  /** The server's own refusals, before the body is read. */
  refuse(request: WireRequest, kind: RefusalKind, detail: { retryAfterS: number; message: string }): Reply;
};

export type DialectName = "s3" | "oss" | "hcp";
type ChooseSettings = Pick<Settings, "domains" | "hcpDomain" | "defaultDialect">;

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
  const { family } = placeOfHost(request.host, settings);
  const s3Family = family === "hcp" ? "hcp" : "s3";
  const authorization = request.headers.authorization?.trim();
  const scheme = authorization === undefined ? undefined : schemes.get(authorization.split(" ", 1)[0] ?? "");
  if (scheme !== undefined) return scheme === "s3" ? s3Family : scheme;
  const mechanism = mechanismsOf(request).find((name) => name !== "header");
  if (mechanism !== undefined) return mechanism.startsWith("oss") ? "oss" : s3Family;

  if (saysAnything(request, (name) => name.startsWith("x-oss-")) || request.query.some(({ name }) => ossOnly.has(name))) return "oss";
  if (saysAnything(request, (name) => name.startsWith("x-amz-"))) return s3Family;
  return family ?? settings.defaultDialect;
}

function saysAnything(request: WireRequest, test: (lowerName: string) => boolean): boolean {
  for (const name in request.headers) if (test(name)) return true;
  return request.query.some(({ name }) => test(name.toLowerCase()));
}

/** How far into a form its vendor is looked for; the fields stand before the file. */
const formBytesMax = 64 * 1024;

const isForm = (request: WireRequest): boolean =>
  request.method === "POST" && request.headers.authorization === undefined && (request.headers["content-type"] ?? "").toLowerCase().startsWith("multipart/form-data");

/** Does an unsigned form name fields that only OSS has? Read as far as the file; what was read is gone, since no form is served yet. */
async function isOssForm(request: WireRequest): Promise<boolean> {
  const pieces: Bytes[] = [];
  let size = 0;
  while (size < formBytesMax) {
    const chunk = await request.body.read();
    if (chunk === undefined) break;
    pieces.push(Buffer.from(chunk));
    size += chunk.length;
    if (Buffer.from(chunk).includes('name="file"')) break;
  }
  const text = Buffer.concat(pieces).toString("latin1");
  const fields = text.slice(0, text.includes('name="file"') ? text.indexOf('name="file"') : formBytesMax);
  return fields.includes('name="OSSAccessKeyId"') || /name="x-oss-/i.test(fields);
}

export async function createDispatch(deps: DispatchDeps): Promise<Dispatch> {
  const { settings, log } = deps;
  const [s3, hcp, oss, s3Names, ossNames] = await Promise.all([createS3(deps), createHcp(deps), createOss(deps), s3Parameters(), ossParameters()]);
  const dialects: Record<DialectName, Dialect> = { s3, hcp, oss };
  const ossOnly = new Set([...ossNames.selectors.keys()].filter((name) => !s3Names.selectors.has(name) && !s3Names.modifiers.has(name)));
  const choose = (request: WireRequest): Dialect => dialects[chooseDialect(request, settings, ossOnly)];
  return {
    async handle(request) {
      let dialect = choose(request);
      if (isForm(request) && dialect !== oss) {
        try {
          if (await isOssForm(request)) dialect = oss;
        } catch (error) {
          // The client went away, or sent less than it said: whose words it is told in hardly matters.
          log.warn("form.unread", { error: String(error) });
        }
      }
      const reply = await dialect.serve(request);
      reply.dialect ??= dialect.name;
      return reply;
    },
    refuse: (request, kind, detail) => choose(request).refuse(request, kind, detail),
  };
}
