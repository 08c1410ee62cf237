/** What an account keeps closed in all its buckets (S3's account-level PublicAccessBlock, OSS's `?publicAccessBlock` of the service). */
import type { AccountId, PublicAccess } from "../../../core/model.ts";
import { type AdminCall, AdminError, adminOperation, pathValue } from "../admin-operation.ts";

const flags = ["refuseAcls", "ignoreAcls", "refusePolicies", "restrictPublic"] as const satisfies readonly (keyof PublicAccess)[];

function flagsIn({ body }: AdminCall): PublicAccess {
  const access: PublicAccess = { refuseAcls: false, ignoreAcls: false, refusePolicies: false, restrictPublic: false };
  for (const [name, value] of Object.entries(body)) {
    const flag = flags.find((known) => known === name);
    if (flag === undefined || typeof value !== "boolean") throw new AdminError(400, "invalidArgument", `${name}: ${flags.join(", ")} are true or false`);
    access[flag] = value;
  }
  return access;
}
const accountOf = (call: AdminCall): AccountId => pathValue(call, "account") as AccountId;

export const SetAccountPublicAccess = adminOperation({
  name: "SetAccountPublicAccess",
  docs: "Keeps all buckets of an account closed: { refuseAcls?, ignoreAcls?, refusePolicies?, restrictPublic? }, true or false; what is not said is false.",
  method: "POST",
  path: "/accounts/:account/public-access",
  input: (call) => ({ account: accountOf(call), publicAccess: flagsIn(call) }),
  run: async (core, context, input) => {
    await core.identity.setPublicAccess(context, input);
    return input.publicAccess;
  },
  reply: (publicAccess) => ({ json: publicAccess }),
});
export const GetAccountPublicAccess = adminOperation({
  name: "GetAccountPublicAccess",
  docs: "What an account keeps closed in all its buckets; empty when it says nothing.",
  method: "GET",
  path: "/accounts/:account/public-access",
  input: accountOf,
  run: (core, context, account) => core.identity.publicAccess(context, account),
  reply: (publicAccess) => ({ json: publicAccess ?? {} }),
});
export const DeleteAccountPublicAccess = adminOperation({
  name: "DeleteAccountPublicAccess",
  docs: "Each bucket is as closed as it says itself.",
  method: "DELETE",
  path: "/accounts/:account/public-access",
  input: accountOf,
  run: (core, context, account) => core.identity.setPublicAccess(context, { account, publicAccess: undefined }),
  reply: () => undefined,
});
