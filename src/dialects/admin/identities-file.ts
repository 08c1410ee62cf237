/** The file of `--identities`: JSON whose users, groups and roles may have policies, written as the admin API takes and shows them. */
import type { Identities } from "../../core/api.ts";
import type { UserPolicy } from "../../core/model.ts";
import { parseIdentityPolicy, parseTrust } from "../identity-policy.ts";

type Written = { name: string; document: unknown };
type Account = NonNullable<Identities<Written>["accounts"]>[number];

/** Throws SyntaxError for what is no JSON, VendorError for a policy that is none. The rest of its shape is `identity.apply`'s to judge. */
export function readIdentities(text: string): Identities {
  const { accounts, ...rest } = JSON.parse(text) as Identities<Written>;
  if (!Array.isArray(accounts)) return { ...rest, ...(accounts === undefined ? {} : { accounts }) };
  return { ...rest, accounts: accounts.map(accountOf) } as Identities;
}

/** What is a list is read entry by entry; what is none stays for `apply` to refuse. */
const each = <T>(list: T[] | undefined, read: (entry: T) => unknown): unknown => (Array.isArray(list) ? list.map(read) : list);
const withList = (name: string, list: unknown): object => (list === undefined ? {} : { [name]: list });

function accountOf(account: Account): unknown {
  if (typeof account !== "object" || account === null) return account;
  const { policies, groups, roles, users } = account;
  return {
    ...account,
    ...withList("policies", each(policies, policyOf)),
    ...withList("groups", each(groups, holderOf)),
    ...withList(
      "roles",
      each(roles, (role) => ({ ...(holderOf(role) as object), trust: trustOf(role?.trust) })),
    ),
    ...withList("users", each(users, holderOf)),
  };
}

const holderOf = (holder: { policies?: Written[] }): unknown => (Array.isArray(holder?.policies) ? { ...holder, policies: holder.policies.map(policyOf) } : holder);

function policyOf(written: Written): UserPolicy {
  const raw = JSON.stringify(written?.document ?? null);
  return { name: written?.name, raw, model: parseIdentityPolicy(raw) };
}
/** The trust is the document itself. */
function trustOf(written: unknown): Omit<UserPolicy, "name"> {
  const raw = JSON.stringify(written ?? null);
  return { raw, model: parseTrust(raw) };
}
