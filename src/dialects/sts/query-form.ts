/**
 * AWS's Query form: a POST of a form, or a presigned GET, under SigV4 for the service sts; answered in XML.
 * https://docs.aws.amazon.com/STS/latest/APIReference/
 */
import { createHash } from "node:crypto";
import { isDomainError } from "../../core/errors.ts";
import type { Issued } from "../../core/identity/issue.ts";
import { isoSeconds } from "../../lib/time.ts";
import { xmlDocument, xmlElement, xmlText } from "../../lib/xml.ts";
import { type KeyHolder, keyHolder, temporaryPrefixes } from "../key-holder.ts";
import { claimOf } from "../s3/signing/claim.ts";
import { verifyV4 } from "../s3/signing/v4.ts";
import { type AuthFailureKind, isAuthFailure } from "../signing-failure.ts";
import type { Reply } from "../wire.ts";
import type { Form, StsDeps } from "./sts.ts";
import { assumeRole, issueSession, required, StsError, type StsErrorKind, type StsRequest } from "./sts-request.ts";

const xmlns = "https://sts.amazonaws.com/doc/2011-06-15/";
const version = "2011-06-15";

const document = (status: number, root: string, content: string): Reply => ({ status, headers: ["Content-Type", "text/xml"], body: `${xmlDocument(root, content, { xmlns })}\n` });
const answered = (action: string, result: string, { requestId }: StsRequest): Reply =>
  document(200, `${action}Response`, xmlElement(`${action}Result`, result) + xmlElement("ResponseMetadata", xmlText("RequestId", requestId)));

const credentials = ({ accessKeyId, secret, token, expiresMs }: Issued): string =>
  xmlElement(
    "Credentials",
    xmlText("AccessKeyId", accessKeyId) + xmlText("SecretAccessKey", secret) + xmlText("SessionToken", token) + xmlText("Expiration", isoSeconds(expiresMs)),
  );

export const answerQueryForm: Form = {
  async answer({ core, ...deps }, asked) {
    const holder = await signer({ core, ...deps }, asked);
    const { parameters } = asked;
    const action = parameters.get("Action");
    if (action === undefined || action === "") throw new StsError("missing", "Action");
    if (required(parameters, "Version") !== version) throw new StsError("unknownAction", action);
    switch (action) {
      case "AssumeRole": {
        const { account, role, session, ...issued } = await assumeRole(core, asked, holder, temporaryPrefixes.s3);
        const arn = `arn:aws:sts::${account.accountId}:assumed-role/${role.name}/${session}`;
        return answered(action, credentials(issued) + xmlElement("AssumedRoleUser", xmlText("AssumedRoleId", `${role.id}:${session}`) + xmlText("Arn", arn)), asked);
      }
      case "GetSessionToken":
        return answered(action, credentials(await issueSession(core, asked, holder, temporaryPrefixes.s3)), asked);
      case "GetCallerIdentity": {
        const { id, arn, account } = identityOf(holder);
        return answered(action, xmlText("UserId", id) + xmlText("Account", account) + xmlText("Arn", arn), asked);
      }
      default:
        throw new StsError("unknownAction", action);
    }
  },
  refuse(error, { requestId }) {
    const found = wordsOf(error);
    if (found === undefined) return undefined;
    const [status, code, message] = found;
    const content =
      xmlElement("Error", xmlText("Type", status < 500 ? "Sender" : "Receiver") + xmlText("Code", code) + xmlText("Message", message)) + xmlText("RequestId", requestId);
    return { ...document(status, "ErrorResponse", content), errorCode: code };
  },
};

function identityOf({ caller }: KeyHolder): { id: string; arn: string; account: string } {
  const account = caller.account.accountId;
  if (caller.kind === "role") {
    const name = caller.session.name ?? "";
    return { id: `${caller.session.roleId}:${name}`, arn: `arn:aws:sts::${account}:assumed-role/${caller.role}/${name}`, account };
  }
  return caller.kind === "user"
    ? { id: `${account}:${caller.user}`, arn: `arn:aws:iam::${account}:user/${caller.user}`, account }
    : { id: account, arn: `arn:aws:iam::${account}:root`, account };
}

/** Throws StsError notSigned, AuthFailure. */
async function signer({ core, clock }: StsDeps, { request, body }: StsRequest): Promise<KeyHolder> {
  const claim = claimOf(request);
  if (claim.kind === "anonymous" || claim.scheme !== "v4") throw new StsError("notSigned");
  const { accessKeyId, token } = claim;
  const holder = await keyHolder(core, clock, accessKeyId, token);
  if (holder === undefined) throw new StsError("notSigned", accessKeyId);
  const bodySha256 = createHash("sha256").update(body).digest("hex");
  const { payload } = verifyV4(claim, holder.secret, request, { nowMs: clock.wallMs(), service: "sts", bodySha256 });
  // A body that no signature covers could be anybody's.
  if (payload.kind !== "hashed" || payload.sha256 !== bodySha256) throw new StsError("malformed");
  return holder;
}

type Words = [status: number, code: string, message: string];
const ofKind: Record<StsErrorKind, (error: StsError) => Words> = {
  missing: ({ parameter }) =>
    parameter === "Action"
      ? [400, "MissingAction", "The request must contain the parameter Action."]
      : [400, "ValidationError", `1 validation error detected: Value null at '${lowered(parameter)}' failed to satisfy constraint: Member must not be null`],
  invalid: ({ parameter, message }) => [400, "ValidationError", `1 validation error detected: the value at '${lowered(parameter)}' ${message}`],
  unserved: ({ parameter }) => [400, "ValidationError", `This server does not act upon ${parameter}, and does not leave it away unsaid.`],
  malformedPolicy: ({ message }) => [400, "MalformedPolicyDocument", message],
  unknownAction: ({ parameter }) => [400, "InvalidAction", `Could not find operation ${parameter} for version ${version}`],
  notSigned: ({ parameter }) =>
    parameter === ""
      ? [403, "MissingAuthenticationToken", "Request is missing Authentication Token"]
      : [403, "InvalidClientTokenId", "The security token included in the request is invalid."],
  malformed: () => [400, "MalformedQueryString", "The query string contains a syntax error."],
  tooLarge: () => [413, "RequestEntityTooLarge", "The request is too large."],
  unavailable: () => [503, "ServiceUnavailable", "The store does not take this now."],
  defect: () => [500, "InternalFailure", "The request processing has failed because of an internal error; the server's log says more."],
};
const lowered = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const ofSignature = new Map<AuthFailureKind, Words>([
  ["inactiveKey", [403, "InvalidClientTokenId", "The security token included in the request is invalid."]],
  ["tokenMissing", [403, "InvalidClientTokenId", "The security token included in the request is invalid."]],
  ["tokenInvalid", [403, "InvalidClientTokenId", "The security token included in the request is invalid."]],
  ["tokenForeign", [403, "InvalidClientTokenId", "The security token included in the request is invalid."]],
  ["tokenExpired", [403, "ExpiredToken", "The security token included in the request is expired"]],
  [
    "mismatch",
    [403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."],
  ],
  ["skewed", [403, "SignatureDoesNotMatch", "Signature expired: the date of the request is too far from the server's."]],
  ["expired", [403, "SignatureDoesNotMatch", "Signature expired."]],
  ["wrongService", [403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'."]],
]);

function wordsOf(error: unknown): Words | undefined {
  if (error instanceof StsError) return ofKind[error.kind](error);
  if (isAuthFailure(error)) return ofSignature.get(error.kind) ?? [400, "IncompleteSignature", `The signature is not as it must be: ${error.kind}.`];
  // Which roles there are is told to nobody who may not become them.
  if (isDomainError(error, "accessDenied") || isDomainError(error, "accountMissing"))
    return [403, "AccessDenied", "User is not authorized to perform this action on the resource."];
  if (isDomainError(error, "invalidArgument")) return [400, "ValidationError", `1 validation error detected: the value at 'durationSeconds' must be ${error.detail.why}`];
  if (isDomainError(error, "entityTooLarge")) return [400, "PackedPolicyTooLarge", "The session's policy is too large."];
  return undefined;
}
