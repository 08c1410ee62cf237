/** The verbs of identity, bound to the ports for core/core.ts. */
import type { Core } from "../api.ts";
import type { Ports } from "../ports.ts";
import { createKey, deleteKey, listKeys } from "./access-keys.ts";
import { createAccount, deleteAccount, listAccounts } from "./accounts.ts";
import { apply } from "./apply.ts";
import {
  createGroup,
  deleteGroup,
  deleteRole,
  deleteSharedPolicy,
  endSessions,
  listGroups,
  listRoles,
  listSharedPolicies,
  setAttached,
  setMember,
  setPolicy,
  setRole,
  setSharedPolicy,
} from "./holders.ts";
import { assumeRole, issueSession } from "./issue.ts";
import { accessKey, account, accountBy, hcpAccount, tenant } from "./lookup.ts";
import { publicAccess, setPublicAccess } from "./public-access.ts";
import { openSession } from "./sessions.ts";
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
  setPolicy: (context, input) => setPolicy(ports, context, input),
  createGroup: (context, input) => createGroup(ports, context, input),
  deleteGroup: (context, input) => deleteGroup(ports, context, input),
  listGroups: (context, id) => listGroups(ports, context, id),
  setMember: (context, input) => setMember(ports, context, input),
  setRole: (context, input) => setRole(ports, context, input),
  deleteRole: (context, input) => deleteRole(ports, context, input),
  listRoles: (context, id) => listRoles(ports, context, id),
  endSessions: (context, input) => endSessions(ports, context, input),
  setSharedPolicy: (context, input) => setSharedPolicy(ports, context, input),
  deleteSharedPolicy: (context, input) => deleteSharedPolicy(ports, context, input),
  listSharedPolicies: (context, id) => listSharedPolicies(ports, context, id),
  setAttached: (context, input) => setAttached(ports, context, input),
  session: (token) => openSession(ports, token),
  issueSession: (context, input) => issueSession(ports, context, input),
  assumeRole: (context, input) => assumeRole(ports, context, input),
  createKey: (context, input) => createKey(ports, context, input),
  deleteKey: (context, id) => deleteKey(ports, context, id),
  listKeys: (context, id) => listKeys(ports, context, id),
  publicAccess: (context, id) => publicAccess(ports, context, id),
  setPublicAccess: (context, input) => setPublicAccess(ports, context, input),
  apply: (identities) => apply(ports, identities),
});
