/** The verbs of identities, as the dialects see them: a part of `Core`. */
import type { Context, Identities, NewAccount } from "../api.ts";
import type { AccessKey, Account, AccountId, PublicAccess, Tenant, TenantName, User, UserPolicy } from "../model.ts";

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
