/** The verbs of identities, as the dialects see them: a part of `Core`. */
import type { Context } from "../api.ts";
import type { AccessKey, Account, AccountId, Group, PublicAccess, Role, SharedPolicy, Tenant, TenantName, User, UserPolicy } from "../model.ts";
import type { Attachment, Membership, NewRole, NewSharedPolicy, OwnPolicy } from "./holders.ts";
import type { AssumeInput, Issued, IssuedRole, IssueInput } from "./issue.ts";
import type { OpenedSession } from "./sessions.ts";

export type NewAccount = {
  tenant: string;
  name: string;
  canonicalId?: string;
  uid?: string;
  accountId?: string;
  displayName?: string;
  email?: string;
  root?: boolean;
  hcp?: { username: string; password: string; allowNamespaceManagement?: boolean };
};
type NewHolder<P> = { policies?: P[]; attached?: string[] };
type NewKey = { accessKeyId: string; secretAccessKey: string };
/** The format of `--identities` (policies there are documents, `P`); unknown fields are accepted and ignored, so that later versions of it still load. */
export type Identities<P = UserPolicy> = {
  tenants?: { name: string }[];
  accounts?: (NewAccount & {
    keys?: NewKey[];
    /** Of the account, to be attached by their names. */
    policies?: P[];
    groups?: ({ name: string } & NewHolder<P>)[];
    /** `trust`: who may become it. */
    roles?: ({ name: string; trust: P; secondsMax?: number } & NewHolder<P>)[];
    users?: ({ name: string; keys?: NewKey[]; groups?: string[] } & NewHolder<P>)[];
  })[];
};

type Named = { account: AccountId; name: string };

export type IdentityVerbs = {
  /** For authentication: read afresh for every request, so that a revoked key fails on the next one. */
  accessKey(id: string): Promise<{ key: AccessKey; account: Account } | undefined>;
  hcpAccount(tenant: TenantName, username: string): Promise<{ account: Account; passwordMd5: string } | undefined>;
  tenant(name: string): Promise<Tenant | undefined>;
  account(id: AccountId): Promise<Account | undefined>;
  accountBy(field: "canonicalId" | "uid" | "email" | "name", tenant: TenantName, value: string): Promise<Account | undefined>;
  createTenant(context: Context, name: string): Promise<Tenant>;
  deleteTenant(context: Context, name: string): Promise<void>;
  listTenants(context: Context): Promise<Tenant[]>;
  createAccount(context: Context, input: NewAccount): Promise<Account>;
  deleteAccount(context: Context, id: AccountId): Promise<void>;
  listAccounts(context: Context, tenant?: TenantName): Promise<Account[]>;
  createUser(context: Context, input: { account: AccountId; name: string }): Promise<User>;
  deleteUser(context: Context, input: { account: AccountId; name: string }): Promise<void>;
  listUsers(context: Context, account: AccountId): Promise<User[]>;
  /** Puts, replaces or (`policy` absent) removes one of a user's policies. */
  setUserPolicy(context: Context, input: { account: AccountId; user: string; name: string; policy?: Omit<UserPolicy, "name"> }): Promise<void>;
  /** As `setUserPolicy`, of a group or a role too. */
  setPolicy(context: Context, input: OwnPolicy): Promise<void>;
  createGroup(context: Context, input: Named): Promise<Group>;
  deleteGroup(context: Context, input: Named): Promise<void>;
  listGroups(context: Context, account: AccountId): Promise<Group[]>;
  setMember(context: Context, input: Membership): Promise<void>;
  /** Makes a role, or says anew who may become it. */
  setRole(context: Context, input: NewRole): Promise<Role>;
  deleteRole(context: Context, input: Named): Promise<void>;
  listRoles(context: Context, account: AccountId): Promise<Role[]>;
  /** What was issued for a role until now opens nothing any more. */
  endSessions(context: Context, input: Named): Promise<void>;
  /** Policies of an account, attached to its users, groups and roles by their names. */
  setSharedPolicy(context: Context, input: NewSharedPolicy): Promise<void>;
  deleteSharedPolicy(context: Context, input: Named): Promise<void>;
  listSharedPolicies(context: Context, account: AccountId): Promise<SharedPolicy[]>;
  setAttached(context: Context, input: Attachment): Promise<void>;
  /** For authentication: what a token is good for now. */
  session(token: string): Promise<OpenedSession>;
  /** A temporary key of the caller itself. */
  issueSession(context: Context, input: IssueInput): Promise<Issued>;
  /** A temporary key of a role that lets the caller in. */
  assumeRole(context: Context, input: AssumeInput): Promise<IssuedRole>;
  /** id and secret are made when absent. */
  createKey(context: Context, input: { account: AccountId; user?: string; id?: string; secret?: string }): Promise<AccessKey>;
  deleteKey(context: Context, id: string): Promise<void>;
  listKeys(context: Context, account: AccountId): Promise<Omit<AccessKey, "secret">[]>;
  /** What it keeps closed in all its buckets, whatever each of them says: its own affair, and the root account's. */
  publicAccess(context: Context, account: AccountId): Promise<PublicAccess | undefined>;
  setPublicAccess(context: Context, input: { account: AccountId; publicAccess: PublicAccess | undefined }): Promise<void>;
  /** The declarative file, applied idempotently: what is there already is brought into line, nothing is removed. */
  apply(identities: Identities): Promise<{ created: number; changed: number }>;
};
