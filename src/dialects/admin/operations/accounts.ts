import type { NewAccount } from "../../../core/api.ts";
import type { AccountId, TenantName } from "../../../core/model.ts";
import { type AdminCall, AdminError, adminOperation, optionalText, pathValue, requiredText } from "../admin-operation.ts";

function newAccount(call: AdminCall): NewAccount {
  const account: NewAccount = { tenant: optionalText(call, "tenant") ?? "default", name: requiredText(call, "name") };
  for (const field of ["canonicalId", "uid", "accountId", "displayName", "email"] as const) {
    const value = optionalText(call, field);
    if (value !== undefined) account[field] = value;
  }
  const { hcp } = call.body;
  if (hcp === undefined || hcp === null) return account;
  const { username, password, allowNamespaceManagement = false } = hcp as Record<string, unknown>;
  if (typeof username !== "string" || typeof password !== "string" || typeof allowNamespaceManagement !== "boolean") {
    throw new AdminError(400, "invalidArgument", "hcp is { username, password, allowNamespaceManagement? }");
  }
  return { ...account, hcp: { username, password, allowNamespaceManagement } };
}

export const CreateAccount = adminOperation({
  name: "CreateAccount",
  docs: "An owner of buckets: { name, tenant?, displayName?, email?, canonicalId?, uid?, accountId?, hcp?: { username, password, allowNamespaceManagement? } }. Ids are made when absent.",
  method: "POST",
  path: "/accounts",
  input: newAccount,
  run: (core, context, account) => core.identity.createAccount(context, account),
  reply: (account) => ({ created: true, json: account }),
});
export const ListAccounts = adminOperation({
  name: "ListAccounts",
  docs: "All accounts, or those of ?tenant=.",
  method: "GET",
  path: "/accounts",
  input: (call) => call.query("tenant"),
  run: (core, context, tenant) => core.identity.listAccounts(context, tenant as TenantName | undefined),
  reply: (accounts) => ({ json: { accounts } }),
});
/** Refused while the account owns buckets. */
export const DeleteAccount = adminOperation({
  name: "DeleteAccount",
  docs: "Refused while it owns buckets.",
  method: "DELETE",
  path: "/accounts/:account",
  input: (call) => pathValue(call, "account") as AccountId,
  run: (core, context, account) => core.identity.deleteAccount(context, account),
  reply: () => undefined,
});

export const CreateUser = adminOperation({
  name: "CreateUser",
  docs: "An identity inside an account: { name }. Has no rights of its own until a policy gives it some.",
  method: "POST",
  path: "/accounts/:account/users",
  input: (call) => ({ account: pathValue(call, "account") as AccountId, name: requiredText(call, "name") }),
  run: (core, context, input) => core.identity.createUser(context, input),
  reply: (user) => ({ created: true, json: user }),
});
export const ListUsers = adminOperation({
  name: "ListUsers",
  docs: "Users of an account.",
  method: "GET",
  path: "/accounts/:account/users",
  input: (call) => pathValue(call, "account") as AccountId,
  run: (core, context, account) => core.identity.listUsers(context, account),
  reply: (users) => ({ json: { users: users.map(({ policies = [], ...user }) => ({ ...user, policies: policies.map(({ name }) => name) })) } }),
});
export const DeleteUser = adminOperation({
  name: "DeleteUser",
  docs: "With the user's access keys.",
  method: "DELETE",
  path: "/accounts/:account/users/:name",
  input: (call) => ({ account: pathValue(call, "account") as AccountId, name: pathValue(call, "name") }),
  run: (core, context, input) => core.identity.deleteUser(context, input),
  reply: () => undefined,
});
