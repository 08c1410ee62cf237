/** The file of `--identities`: JSON whose users may have policies, written as the admin API takes and shows them. */
import type { Identities } from "../../core/api.ts";
import type { UserPolicy } from "../../core/model.ts";
import { parsePolicy } from "../s3/policy/parse.ts";

type Written = { name: string; document: unknown };

/** Throws SyntaxError for what is no JSON, VendorError for a policy that is none. The rest of its shape is `identity.apply`'s to judge. */
export function readIdentities(text: string): Identities {
  const { accounts, ...rest } = JSON.parse(text) as Identities<Written>;
  if (!Array.isArray(accounts)) return { ...rest, ...(accounts === undefined ? {} : { accounts }) };
  return { ...rest, accounts: accounts.map((account) => (Array.isArray(account?.users) ? { ...account, users: account.users.map(userOf) } : account)) } as Identities;
}

const userOf = (user: { policies?: Written[] }) => (Array.isArray(user?.policies) ? { ...user, policies: user.policies.map(policyOf) } : user);

function policyOf(written: Written): UserPolicy {
  const raw = JSON.stringify(written?.document ?? null);
  return { name: written?.name, raw, model: parsePolicy(Buffer.from(raw), {}) };
}
