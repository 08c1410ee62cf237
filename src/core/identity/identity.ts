/** The verbs of identity, bound to the ports for core/core.ts. */
import type { Core } from "../api.ts";
import type { Ports } from "../ports.ts";
import { createKey, deleteKey, listKeys } from "./access-keys.ts";
import { createAccount, deleteAccount, listAccounts } from "./accounts.ts";
import { apply } from "./apply.ts";
import { accessKey, account, accountBy, hcpAccount, tenant } from "./lookup.ts";
import { publicAccess, setPublicAccess } from "./public-access.ts";
import { createTenant, deleteTenant, listTenants } from "./tenants.ts";
import { setUserPolicy } from "./user-policies.ts";
import { createUser, deleteUser, listUsers } from "./users.ts";

export const identityVerbs = (ports: Ports): Core["identity"] => ({
  accessKey: (id) => accessKey(ports, id),
  hcpAccount: (tenantName, username) => hcpAccount(ports, tenantName, username),
  tenant: (name) => tenant(ports, name),
  account: (id) => account(ports, id),
  accountBy: (field, tenantName, value) => accountBy(ports, field, tenantName, value),
  createTenant: (context, name) => createTenant(ports, context, name),
  deleteTenant: (context, name) => deleteTenant(ports, context, name),
  listTenants: (context) => listTenants(ports, context),
  createAccount: (context, input) => createAccount(ports, context, input),
  deleteAccount: (context, id) => deleteAccount(ports, context, id),
  listAccounts: (context, tenantName) => listAccounts(ports, context, tenantName),
  createUser: (context, input) => createUser(ports, context, input),
  deleteUser: (context, input) => deleteUser(ports, context, input),
  listUsers: (context, id) => listUsers(ports, context, id),
  setUserPolicy: (context, input) => setUserPolicy(ports, context, input),
  createKey: (context, input) => createKey(ports, context, input),
  deleteKey: (context, id) => deleteKey(ports, context, id),
  listKeys: (context, id) => listKeys(ports, context, id),
  publicAccess: (context, id) => publicAccess(ports, context, id),
  setPublicAccess: (context, input) => setPublicAccess(ports, context, input),
  apply: (identities) => apply(ports, identities),
});
