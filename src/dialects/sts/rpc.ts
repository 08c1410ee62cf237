/**
 * RAM's RPC form: parameters in the URL or a form, under HMAC-SHA1 with the method and the sorted parameters (signature version 1.0); answered in JSON or XML.
 * https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism, https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
 */
import { isDomainError } from "../../core/errors.ts";
import { hmac, secretKey } from "../../lib/signing/keys.ts";
import { isoSeconds } from "../../lib/time.ts";
import { encodeUri } from "../../lib/uri.ts";
import { xmlDocument, xmlElement, xmlText } from "../../lib/xml.ts";
import { type KeyHolder, keyHolder, temporaryPrefixes } from "../key-holder.ts";
import { type AuthFailureKind, isAuthFailure, refuse } from "../signing-failure.ts";
import { matchSignature, skewMsMax } from "../signing-strings.ts";
import type { Reply } from "../wire.ts";
import type { Form, StsDeps } from "./sts.ts";
import { assumeRole, required, StsError, type StsErrorKind, type StsRequest } from "./sts-request.ts";

const version = "2015-04-01";
type Tree = { [name: string]: string | Tree };
const elements = (tree: Tree): string =>
  Object.entries(tree)
    .map(([name, value]) => (typeof value === "string" ? xmlText(name, value) : xmlElement(name, elements(value))))
    .join("");

/** XML unless JSON is asked for, as at the vendor. */
function written(status: number, root: string, tree: Tree, { parameters }: StsRequest): Reply {
  if (parameters.get("Format")?.toUpperCase() === "JSON") return { status, headers: ["Content-Type", "application/json;charset=utf-8"], body: JSON.stringify(tree) };
  return { status, headers: ["Content-Type", "text/xml;charset=utf-8"], body: xmlDocument(root, elements(tree)) };
}

export const answerRpc: Form = {
  async answer({ core, ...deps }, asked) {
    const { parameters, requestId } = asked;
    const holder = await signer({ core, ...deps }, asked);
    const action = required(parameters, "Action");
    if (required(parameters, "Version") !== version) throw new StsError("unknownAction", action);
    switch (action) {
      case "AssumeRole": {
        const { account, role, session, accessKeyId, secret, token, expiresMs } = await assumeRole(core, asked, holder, temporaryPrefixes.oss);
        const tree = {
          RequestId: requestId,
          AssumedRoleUser: { AssumedRoleId: `${role.id}:${session}`, Arn: `acs:ram::${account.uid}:role/${role.name}/${session}` },
          Credentials: { SecurityToken: token, AccessKeyId: accessKeyId, AccessKeySecret: secret, Expiration: isoSeconds(expiresMs) },
        };
        return written(200, `${action}Response`, tree, asked);
      }
      case "GetCallerIdentity":
        return written(200, `${action}Response`, { RequestId: requestId, ...identityOf(holder) }, asked);
      default:
        throw new StsError("unknownAction", action);
    }
  },
  refuse(error, asked) {
    const found = wordsOf(error);
    if (found === undefined) return undefined;
    const [status, Code, Message] = found;
    const tree = {
      RequestId: asked.requestId,
      HostId: asked.request.hostHeader,
      Code,
      Message,
      Recommend: `https://api.alibabacloud.com/troubleshoot?q=${encodeUri(Code)}&product=Sts`,
    };
    return { ...written(status, "Error", tree, asked), errorCode: Code };
  },
};

function identityOf({ caller }: KeyHolder): Tree {
  const { uid } = caller.account;
  if (caller.kind === "role") {
    const name = caller.session.name ?? "";
    const PrincipalId = `${caller.session.roleId}:${name}`;
    return { AccountId: uid, Arn: `acs:ram::${uid}:assumed-role/${caller.role}/${name}`, IdentityType: "AssumedRoleUser", PrincipalId, RoleId: caller.session.roleId ?? "" };
  }
  if (caller.kind === "user") return { AccountId: uid, Arn: `acs:ram::${uid}:user/${caller.user}`, IdentityType: "RAMUser", PrincipalId: caller.user, UserId: caller.user };
  return { AccountId: uid, Arn: `acs:ram::${uid}:root`, IdentityType: "Account", PrincipalId: uid, UserId: uid };
}

/** Throws StsError, AuthFailure. */
async function signer({ core, clock }: StsDeps, { request, parameters }: StsRequest): Promise<KeyHolder> {
  if (request.headers.authorization !== undefined) throw new StsError("malformed");
  const accessKeyId = required(parameters, "AccessKeyId");
  const signature = required(parameters, "Signature");
  required(parameters, "SignatureNonce");
  if (required(parameters, "SignatureMethod").toUpperCase() !== "HMAC-SHA1") throw new StsError("invalid", "SignatureMethod");
  if (required(parameters, "SignatureVersion") !== "1.0") throw new StsError("invalid", "SignatureVersion");
  const written = required(parameters, "Timestamp");
  const requestMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(written) ? Date.parse(written) : Number.NaN;
  if (Number.isNaN(requestMs)) throw new StsError("invalid", "Timestamp");
  const serverMs = clock.wallMs();
  if (Math.abs(requestMs - serverMs) > skewMsMax) refuse("skewed", { requestMs, serverMs, maxMs: skewMsMax, written });
  const holder = await keyHolder(core, clock, accessKeyId, parameters.get("SecurityToken") || undefined);
  if (holder === undefined) return refuse("unknownKey", { accessKeyId });
  const sorted = [...parameters].filter(([name]) => name !== "Signature").sort(([a], [b]) => (a < b ? -1 : 1));
  const query = sorted.map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`).join("&");
  const stringToSign = `${request.method}&${encodeUri("/")}&${encodeUri(query)}`;
  matchSignature(accessKeyId, holder.secret, signature, [{ stringToSign, signature: hmac("sha1", secretKey(`${holder.secret}&`), stringToSign, "base64") }]);
  return holder;
}

type Words = [status: number, code: string, message: string];
const ofKind: Record<StsErrorKind, (error: StsError) => Words> = {
  missing: ({ parameter }) => [400, `Missing${parameter}`, `${parameter} is mandatory for this action.`],
  invalid: ({ parameter, message }) => [400, `InvalidParameter.${parameter}`, `The parameter ${parameter} is wrongly formed${message === "" ? "." : `: it ${message}.`}`],
  unserved: ({ parameter }) => [400, `InvalidParameter.${parameter}`, `This server does not act upon ${parameter}, and does not leave it away unsaid.`],
  malformedPolicy: ({ message }) => [400, "InvalidParameter.PolicyGrammar", message === "" ? "The parameter Policy has not passed grammar check." : message],
  unknownAction: () => [404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."],
  notSigned: () => [400, "MissingSignature", "Signature is mandatory for this action."],
  malformed: () => [400, "InvalidParameter", "The parameters of the request cannot be read, or one of them comes twice."],
  tooLarge: () => [413, "RequestEntityTooLarge", "The request is too large."],
  unavailable: () => [503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."],
  defect: () => [500, "InternalError", "The request processing has failed due to some unknown error."],
};
const ofSignature = new Map<AuthFailureKind, Words>([
  ["unknownKey", [404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."]],
  ["inactiveKey", [403, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."]],
  ["tokenMissing", [400, "MissingSecurityToken", "SecurityToken is mandatory for this action."]],
  ["tokenInvalid", [400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."]],
  ["tokenForeign", [400, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey."]],
  ["tokenExpired", [400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."]],
  ["mismatch", [400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation."]],
  ["skewed", [400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."]],
]);

function wordsOf(error: unknown): Words | undefined {
  if (error instanceof StsError) return ofKind[error.kind](error);
  if (isAuthFailure(error)) {
    const found = ofSignature.get(error.kind);
    if (found === undefined) return [400, "InvalidParameter", `The signature is not as it must be: ${error.kind}.`];
    // The vendor shows what it signed, which finds most mistakes.
    return isAuthFailure(error, "mismatch") ? [found[0], found[1], `${found[2]} server string to sign is:${error.detail.stringToSign}`] : found;
  }
  if (isDomainError(error, "accountMissing")) return [404, "EntityNotExist.Role", "The specified Role not exists."];
  if (isDomainError(error, "accessDenied")) return [403, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM."];
  if (isDomainError(error, "invalidArgument")) return [400, "InvalidParameter.DurationSeconds", `The parameter DurationSeconds must be ${error.detail.why}.`];
  if (isDomainError(error, "entityTooLarge")) return [400, "InvalidParameter.PolicySize", "The size of Policy must be smaller."];
  return undefined;
}
