/** What both forms ask, once it is read; and the ways to refuse it that are neither a signature's nor the core's. */
import type { Policy } from "../../core/access/policy/model.ts";
import type { Context, Core } from "../../core/api.ts";
import type { Issued, IssuedRole } from "../../core/identity/issue.ts";
import { orRefuse, parseIdentityPolicy } from "../identity-policy.ts";
import type { KeyHolder } from "../key-holder.ts";
import { requestFact } from "../request-facts.ts";
import type { WireRequest } from "../wire.ts";

export type Parameters = ReadonlyMap<string, string>;
export type StsRequest = { request: WireRequest; requestId: string; parameters: Parameters; body: Buffer; deadlineMs: number };

/** `parameter`: the one that is missing, or whose value is none. */
export type StsErrorKind = "missing" | "invalid" | "unserved" | "malformedPolicy" | "unknownAction" | "notSigned" | "malformed" | "tooLarge" | "unavailable" | "defect";
export class StsError extends Error {
  override name = "StsError";
  readonly kind: StsErrorKind;
  readonly parameter: string;
  constructor(kind: StsErrorKind, parameter = "", message = "") {
    super(message);
    this.kind = kind;
    this.parameter = parameter;
  }
}

export const stsActionLimits = { policyCharactersMax: 2_048, secondsDefault: 3_600, sessionSecondsDefault: 43_200 } as const;

export function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === "") throw new StsError("missing", name);
  return value;
}

function secondsOf(parameters: Parameters, byDefault: number): number {
  const text = parameters.get("DurationSeconds");
  if (text === undefined) return byDefault;
  if (!/^\d{1,6}$/.test(text)) throw new StsError("invalid", "DurationSeconds", "is no number of seconds");
  return Number(text);
}

function policyOf(parameters: Parameters): { policy?: Policy } {
  const raw = parameters.get("Policy");
  if (raw === undefined || raw === "") return {};
  if (raw.length > stsActionLimits.policyCharactersMax) throw new StsError("invalid", "Policy", `has at most ${stsActionLimits.policyCharactersMax} characters`);
  return {
    policy: orRefuse(
      () => parseIdentityPolicy(raw),
      (message) => {
        throw new StsError("malformedPolicy", "Policy", message);
      },
    ),
  };
}

/** Either vendor's name of a role, whichever form asks. */
function roleOf(parameters: Parameters): { account: string; role: string } {
  const [, account, path] = /^(?:arn:aws[a-z-]*:iam::|acs:ram::)(\d{1,32}):role\/([\w+=,.@/-]{1,512})$/.exec(required(parameters, "RoleArn")) ?? [];
  const role = path?.slice(path.lastIndexOf("/") + 1);
  if (account === undefined || role === undefined || role === "") throw new StsError("invalid", "RoleArn", "is no name of a role");
  return { account, role };
}

/** What says more than is acted upon here, and would not be the same without it. */
const unserved = /^(?:PolicyArns|Tags|TransitiveTagKeys|ProvidedContexts)\.|^(?:SerialNumber|TokenCode|SourceIdentity)$/;

function contextOf({ request, deadlineMs, parameters }: StsRequest, { caller }: KeyHolder, action: string): Context {
  const own: Record<string, string | undefined> = { "request.externalId": parameters.get("ExternalId"), "request.sessionName": parameters.get("RoleSessionName") };
  return {
    caller,
    capability: "service.own",
    action: `sts:${action}`,
    signal: request.signal,
    deadlineMs,
    facts: (name) => {
      const value = own[name];
      return value === undefined ? requestFact(request, name) : [value];
    },
  };
}

/** Throws StsError, DomainError accountMissing, accessDenied, invalidArgument. */
export async function assumeRole(core: Core, asked: StsRequest, holder: KeyHolder, prefix: string): Promise<IssuedRole & { session: string }> {
  const { parameters } = asked;
  const beyond = [...parameters.keys()].find((name) => unserved.test(name));
  if (beyond !== undefined) throw new StsError("unserved", beyond);
  const where = roleOf(parameters);
  const session = required(parameters, "RoleSessionName");
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) throw new StsError("invalid", "RoleSessionName", "has 2 to 64 letters, digits and +=,.@-_");
  const input = { ...where, session, by: holder.lasting, prefix, seconds: secondsOf(parameters, stsActionLimits.secondsDefault), ...policyOf(parameters) };
  return { ...(await core.identity.assumeRole(contextOf(asked, holder, "AssumeRole"), input)), session };
}

export async function issueSession(core: Core, asked: StsRequest, holder: KeyHolder, prefix: string): Promise<Issued> {
  const { parameters } = asked;
  const beyond = [...parameters.keys()].find((name) => unserved.test(name));
  if (beyond !== undefined) throw new StsError("unserved", beyond);
  const seconds = secondsOf(parameters, stsActionLimits.sessionSecondsDefault);
  return await core.identity.issueSession(contextOf(asked, holder, "GetSessionToken"), { by: holder.lasting, prefix, seconds });
}
