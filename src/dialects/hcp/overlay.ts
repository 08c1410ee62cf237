/** HCP: S3 with another flavour, other words, tenants in the host, and its own ways of saying who one is. */
import type { Core } from "../../core/api.ts";
import type { Clock } from "../../core/ports.ts";
import type { FormTable } from "../form-failure.ts";
import type { Address, Dialect } from "../operation.ts";
import { type AuthTable, s3AuthAnswers } from "../s3/auth-answers.ts";
import { accessKeyLookup, anonymous, bodyOf, type KeyLookup } from "../s3/authenticate.ts";
import { authenticateForm } from "../s3/authenticate-form.ts";
import { createFlavoured, type S3Deps } from "../s3/dialect.ts";
import { s3FormAnswers } from "../s3/form-answers.ts";
import { accessDenied } from "../s3/refusals.ts";
import type { Authenticated } from "../serve.ts";
import { AuthFailure } from "../signing-failure.ts";
import type { WireRequest } from "../wire.ts";
import { hcpErrors } from "./errors.ts";
import { hcpFlavour } from "./flavour.ts";
import { claimOf, usernameOf } from "./signing/claim.ts";
import { verify } from "./signing/verify.ts";

const hcpAuthAnswers: AuthTable = {
  ...s3AuthAnswers,
  unknownKey: () => ({ status: 403, code: "InvalidAccessKeyId", message: "The HCP Access Key Id you provided does not exist in our records." }),
  inactiveKey: () => ({ status: 403, code: "AccessDenied", message: "The user account is disabled." }),
  mismatch: () => ({
    status: 403,
    code: "SignatureDoesNotMatch",
    message: "The request signature we calculated does not match the signature you provided. Check your HCP Secret Access Key and signing method.",
  }),
};

const hcpFormAnswers: FormTable = {
  ...s3FormAnswers,
  notForm: () => ({ status: 400, code: "RequestIsNotMultiPartContent", message: "Bucket POST must be of the enclosure-type multipart/form-data." }),
  fieldMissing: ({ field }) =>
    field === "key"
      ? { status: 400, code: "UserKeyMustBeSpecified", message: "The bucket POST must contain the specified field name. If it is specified, check the order of the fields." }
      : { status: 400, code: "MalformedPOSTRequest", message: `The body of your POST request has no field named ${field}.` },
};

/** A user account of the tenant (base64 of its name), else an access key of an account there. */
function hcpLookup(core: Core, clock: Clock): KeyLookup {
  const others = accessKeyLookup(core, clock);
  return async (accessKeyId, address, token) => {
    const username = token === undefined ? usernameOf(accessKeyId) : undefined;
    const found = username === undefined ? undefined : await core.identity.hcpAccount(address.tenant, username);
    if (found) return { secret: found.passwordMd5, caller: { kind: "account", account: found.account, accessKeyId } };
    const other = await others(accessKeyId, address, token);
    return other && other.caller.kind !== "anonymous" && other.caller.account.tenant === address.tenant ? other : undefined;
  };
}

async function authenticate(core: Core, clock: Clock, lookup: KeyLookup, request: WireRequest, address: Address): Promise<Authenticated> {
  const claim = claimOf(request);
  // A tenant that is not there is told from a forbidden one to nobody.
  if ((await core.identity.tenant(address.tenant)) === undefined) return accessDenied();
  if (claim.kind === "anonymous") return anonymous(request);
  const { accessKeyId } = claim;
  const found = await lookup(accessKeyId, address, "token" in claim ? claim.token : undefined);
  if (!found) throw new AuthFailure("unknownKey", { accessKeyId });
  const { payload, chain } = verify(claim, found.secret, request, address, { nowMs: clock.wallMs() });
  return { caller: found.caller, body: () => bodyOf(request, payload, chain) };
}

export async function createHcp(deps: S3Deps): Promise<Dialect> {
  const { core, settings, clock } = deps;
  const lookup = hcpLookup(core, clock);
  return createFlavoured(deps, {
    flavour: hcpFlavour(settings.hcpDomain, () => clock.wallMs()),
    errors: hcpErrors,
    auth: hcpAuthAnswers,
    authenticate: (request, address) => authenticate(core, clock, lookup, request, address),
    authenticateForm: async (request, address) => {
      if ((await core.identity.tenant(address.tenant)) === undefined) return accessDenied();
      return authenticateForm({ clock, lookup, strictRegion: undefined, both: "v2", tenant: "ofHost" }, request, address);
    },
    formAnswers: hcpFormAnswers,
  });
}
