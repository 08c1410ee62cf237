/** The declarative file of `--identities`, and what the first start makes: applied as often as one likes, nothing is ever removed by it. */
import type { Identities, NewAccount } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { AccountId, TenantName, UserPolicy } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { View } from "../view.ts";
import { changeSecret, putNewKey } from "./access-keys.ts";
import { bringIntoLine, putNewAccount } from "./accounts.ts";
import { type HolderRef, putAttached, putGroup, putMember, putPolicy, putRole, putSharedPolicy } from "./holders.ts";
import { changeUnasked, decodeAccessKey, decodeAccountRef, defaultTenant } from "./rows.ts";
import { putTenant } from "./tenants.ts";
import { putUser } from "./users.ts";

const applyMsMax = 60_000;
type Outcome = "created" | "changed" | "kept";

/** What is there is brought into line with the file, what is not is made. Unknown fields are ignored; a wrong one is invalidArgument with its name. */
export async function apply(ports: Ports, identities: Identities): Promise<{ created: number; changed: number }> {
  const counts = { created: 0, changed: 0, kept: 0 };
  const context = { deadlineMs: ports.clock.monotonicMs() + applyMsMax, signal: new AbortController().signal };
  const step: Step = async (attempt) => {
    counts[await changeUnasked(ports, context, attempt)]++;
  };
  for (const name of new Set([defaultTenant as string, ...list(identities.tenants, "tenants").map((tenant) => text(tenant.name, "tenants.name"))])) {
    await step(async (view, change) => ((await putTenant(view, change, name)) ? "created" : "kept"));
  }
  for (const account of list(identities.accounts, "accounts")) {
    await step((view, change) => applyAccount(view, change, checked(account)));
    for (const key of list(account.keys, "accounts.keys")) await step((view, change) => applyKey(view, change, account, undefined, key));
    // First what is attached, then whom it is attached to.
    for (const { name, ...policy } of list(account.policies, "accounts.policies"))
      await step(async (view, change) => putSharedPolicy(view, change, { account: await idOf(view, account), name: text(name, "policies.name"), ...policy }));
    for (const group of list(account.groups, "accounts.groups")) {
      await step(async (view, change) => ((await putGroup(view, change, { account: await idOf(view, account), name: text(group.name, "groups.name") })) ? "created" : "kept"));
      await applyPolicies(step, account, "group", group);
    }
    for (const role of list(account.roles, "accounts.roles")) {
      const { name, trust, secondsMax } = role;
      const seconds = secondsMax === undefined ? {} : { secondsMax };
      await step(async (view, change) => (await putRole(view, change, { account: await idOf(view, account), name: text(name, "roles.name"), trust, ...seconds })).outcome);
      await applyPolicies(step, account, "role", role);
    }
    for (const user of list(account.users, "accounts.users")) {
      await step(async (view, change) => ((await putUser(view, change, { account: await idOf(view, account), name: text(user.name, "users.name") })) ? "created" : "kept"));
      for (const key of list(user.keys, "users.keys")) await step((view, change) => applyKey(view, change, account, user.name, key));
      await applyPolicies(step, account, "user", user);
      for (const group of names(user.groups, "users.groups"))
        await step(async (view, change) => putMember(view, change, { account: await idOf(view, account), group, user: user.name, isMember: true }));
    }
  }
  return { created: counts.created, changed: counts.changed };
}

type Step = (attempt: (view: View, change: Change) => Promise<Outcome>) => Promise<void>;
type WithPolicies = { name: string; policies?: readonly UserPolicy[]; attached?: readonly string[] };
async function applyPolicies(step: Step, owner: NewAccount, kind: HolderRef["kind"], { name: holder, policies, attached }: WithPolicies): Promise<void> {
  for (const { name, ...policy } of list(policies, `${kind}s.policies`))
    await step(async (view, change) => putPolicy(view, change, { holder: { account: await idOf(view, owner), kind, name: holder }, name: text(name, "policies.name"), policy }));
  for (const policy of names(attached, `${kind}s.attached`))
    await step(async (view, change) => putAttached(view, change, { holder: { account: await idOf(view, owner), kind, name: holder }, policy, isAttached: true }));
}

async function find(view: View, { tenant, name }: NewAccount): Promise<AccountId | undefined> {
  const value = await view.get(tables.accountBy.key("name", tenant as TenantName, name));
  return value && decodeAccountRef(value);
}
const idOf = async (view: View, account: NewAccount): Promise<AccountId> => (await find(view, account)) ?? fail("accountMissing", { name: account.name });

async function applyAccount(view: View, change: Change, account: NewAccount): Promise<Outcome> {
  const id = await find(view, account);
  if (id !== undefined) return (await bringIntoLine(view, change, id, account)) ? "changed" : "kept";
  await putNewAccount(view, change, account);
  return "created";
}

async function applyKey(view: View, change: Change, owner: NewAccount, user: string | undefined, key: { accessKeyId: string; secretAccessKey: string }): Promise<Outcome> {
  const account = await idOf(view, owner);
  const id = text(key.accessKeyId, "keys.accessKeyId");
  const secret = text(key.secretAccessKey, "keys.secretAccessKey");
  const value = await view.get(tables.accessKey.key(id));
  if (value === undefined) {
    await putNewKey(view, change, { account, id, secret, ...(user === undefined ? {} : { user }) });
    return "created";
  }
  const before = decodeAccessKey(value);
  if (before.account !== account || before.user !== user) fail("nameTaken", { what: "access key", name: id });
  return (await changeSecret(view, change, before, secret)) ? "changed" : "kept";
}

// The file is JSON that somebody wrote: its shape is judged, not believed.
const text = (value: unknown, argument: string): string =>
  typeof value === "string" ? value : fail("invalidArgument", { argument, value: typeof value, why: "a text is wanted" });
function list<T>(value: readonly T[] | undefined, argument: string): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== "object" || entry === null))
    fail("invalidArgument", { argument, value: typeof value, why: "a list of objects is wanted" });
  return value;
}
function names(value: readonly string[] | undefined, argument: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) fail("invalidArgument", { argument, value: typeof value, why: "a list of names is wanted" });
  return value.map((name) => text(name, argument));
}
function checked(account: NewAccount): NewAccount {
  text(account.tenant, "accounts.tenant");
  text(account.name, "accounts.name");
  for (const field of ["canonicalId", "uid", "accountId", "displayName", "email"] as const) if (account[field] !== undefined) text(account[field], `accounts.${field}`);
  if (account.hcp !== undefined) {
    text(account.hcp?.username, "accounts.hcp.username");
    text(account.hcp?.password, "accounts.hcp.password");
  }
  for (const flag of [account.root, account.hcp?.allowNamespaceManagement]) {
    if (flag !== undefined && typeof flag !== "boolean") fail("invalidArgument", { argument: "accounts", value: String(flag), why: "true or false is wanted" });
  }
  return account;
}
