import type { AccountId } from "../../../core/model.ts";
import { type AdminCall, AdminError, adminOperation, pathValue } from "../admin-operation.ts";
import { policyDocument, shown } from "../policy-document.ts";

const whose = (call: AdminCall) => ({ account: pathValue(call, "account") as AccountId, user: pathValue(call, "user"), name: pathValue(call, "policy") });

export const PutUserPolicy = adminOperation({
  name: "PutUserPolicy",
  docs: "Puts or replaces one of a user's policies: the body is a policy without Principal, in S3's grammar or (Version 1) in RAM's. At most 10 a user.",
  method: "POST",
  path: "/accounts/:account/users/:user/policies/:policy",
  input: (call) => ({ ...whose(call), policy: policyDocument(call.body) }),
  run: async (core, context, input) => {
    await core.identity.setUserPolicy(context, input);
    return input;
  },
  reply: ({ account, user, name }) => ({ created: true, json: { account, user, name } }),
});
export const ListUserPolicies = adminOperation({
  name: "ListUserPolicies",
  docs: "A user's policies as they were written.",
  method: "GET",
  path: "/accounts/:account/users/:user/policies",
  input: (call) => ({ account: pathValue(call, "account") as AccountId, user: pathValue(call, "user") }),
  run: async (core, context, { account, user }) => {
    const found = (await core.identity.listUsers(context, account)).find(({ name }) => name === user);
    if (!found) throw new AdminError(404, "accountMissing", `there is no user ${user}`);
    return found.policies ?? [];
  },
  reply: (policies) => ({ json: { policies: policies.map(shown) } }),
});
export const DeleteUserPolicy = adminOperation({
  name: "DeleteUserPolicy",
  docs: "Takes one of a user's policies away.",
  method: "DELETE",
  path: "/accounts/:account/users/:user/policies/:policy",
  input: whose,
  run: (core, context, input) => core.identity.setUserPolicy(context, input),
  reply: () => undefined,
});
