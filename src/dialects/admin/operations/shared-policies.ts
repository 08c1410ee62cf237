import type { HolderRef } from "../../../core/identity/holders.ts";
import type { AccountId } from "../../../core/model.ts";
import { type AdminCall, AdminError, adminOperation, pathValue } from "../admin-operation.ts";
import { policyDocument, shown } from "../policy-document.ts";

const account = (call: AdminCall): AccountId => pathValue(call, "account") as AccountId;
const named = (call: AdminCall) => ({ account: account(call), name: pathValue(call, "policy") });
const kinds: Record<string, HolderRef["kind"]> = { users: "user", groups: "group", roles: "role" };
/** `:holders` is users, groups or roles. */
function holder(call: AdminCall): HolderRef {
  const words = pathValue(call, "holders");
  const kind = Object.hasOwn(kinds, words) ? kinds[words] : undefined;
  if (kind === undefined) throw new AdminError(404, "unknownPath", "policies are those of users, groups and roles");
  return { account: account(call), kind, name: pathValue(call, "holder") };
}

export const PutPolicy = adminOperation({
  name: "PutPolicy",
  docs: "Puts or replaces a policy of an account, for all whom it is attached to: the body is a policy without Principal, in S3's grammar or (Version 1) in RAM's. At most 1000 an account.",
  method: "POST",
  path: "/accounts/:account/policies/:policy",
  input: (call) => ({ ...named(call), ...policyDocument(call.body) }),
  run: async (core, context, input) => {
    await core.identity.setSharedPolicy(context, input);
    return input;
  },
  reply: ({ name }) => ({ created: true, json: { name } }),
});
export const ListPolicies = adminOperation({
  name: "ListPolicies",
  docs: "The policies of an account, as they were written.",
  method: "GET",
  path: "/accounts/:account/policies",
  input: account,
  run: (core, context, id) => core.identity.listSharedPolicies(context, id),
  reply: (policies) => ({ json: { policies: policies.map((policy) => ({ ...shown(policy), createdMs: policy.createdMs })) } }),
});
export const DeletePolicy = adminOperation({
  name: "DeletePolicy",
  docs: "Removes a policy of an account; refused while it is attached to somebody.",
  method: "DELETE",
  path: "/accounts/:account/policies/:policy",
  input: named,
  run: (core, context, input) => core.identity.deleteSharedPolicy(context, input),
  reply: () => undefined,
});

const attachment = (isAttached: boolean) => (call: AdminCall) => ({ holder: holder(call), policy: pathValue(call, "policy"), isAttached });
export const AttachPolicy = adminOperation({
  name: "AttachPolicy",
  docs: "Gives a policy of the account to one of its users, groups or roles (`:holders`). At most 20 to one.",
  method: "POST",
  path: "/accounts/:account/:holders/:holder/attached/:policy",
  input: attachment(true),
  run: async (core, context, input) => {
    await core.identity.setAttached(context, input);
    return input;
  },
  reply: ({ holder: { kind, name }, policy }) => ({ created: true, json: { [kind]: name, policy } }),
});
export const DetachPolicy = adminOperation({
  name: "DetachPolicy",
  docs: "Takes a policy of the account away from one of its users, groups or roles.",
  method: "DELETE",
  path: "/accounts/:account/:holders/:holder/attached/:policy",
  input: attachment(false),
  run: (core, context, input) => core.identity.setAttached(context, input),
  reply: () => undefined,
});

const own = (kind: "group" | "role") => (call: AdminCall) => ({ holder: { account: account(call), kind, name: pathValue(call, kind) } as const, name: pathValue(call, "policy") });
const putOwn = <N extends string>(name: N, kind: "group" | "role") =>
  adminOperation({
    name,
    docs: `Puts or replaces one of a ${kind}'s own policies: the body is a policy without Principal. At most 10 a ${kind}.`,
    method: "POST",
    path: `/accounts/:account/${kind}s/:${kind}/policies/:policy`,
    input: (call) => ({ ...own(kind)(call), policy: policyDocument(call.body) }),
    run: async (core, context, input) => {
      await core.identity.setPolicy(context, input);
      return input;
    },
    reply: ({ holder: { name: holderName }, name: policy }) => ({ created: true, json: { [kind]: holderName, name: policy } }),
  });
const deleteOwn = <N extends string>(name: N, kind: "group" | "role") =>
  adminOperation({
    name,
    docs: `Takes one of a ${kind}'s own policies away.`,
    method: "DELETE",
    path: `/accounts/:account/${kind}s/:${kind}/policies/:policy`,
    input: own(kind),
    run: (core, context, input) => core.identity.setPolicy(context, input),
    reply: () => undefined,
  });
export const PutGroupPolicy = putOwn("PutGroupPolicy", "group");
export const DeleteGroupPolicy = deleteOwn("DeleteGroupPolicy", "group");
export const PutRolePolicy = putOwn("PutRolePolicy", "role");
export const DeleteRolePolicy = deleteOwn("DeleteRolePolicy", "role");
