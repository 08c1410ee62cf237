/** The policies of who asks: of a user and all its groups, or of a role; those of their own and those of the account that are attached. Ready to be asked. */
import { tables } from "../../keys.ts";
import type { AccountId, Caller, Group, PolicyHolder, Role, SharedPolicy, User } from "../../model.ts";
import { decodeJson } from "../../records.ts";
import type { View } from "../../view.ts";
import { compilePolicy, type Judge } from "./judge.ts";
import type { Policy } from "./model.ts";

/** `name` as reasons say it. `roles`: what it says about becoming a role. */
export type IdentityJudge = { name: string; judge: Judge; roles: Judge };
type IdentityJudges = { judges: IdentityJudge[] };

/** `undefined`: an account itself, or nobody, has none. */
export async function identityJudges(view: View, caller: Caller): Promise<IdentityJudges | undefined> {
  if (caller.kind === "user") return view.made(`user policies ${caller.account.id} ${caller.user}`, () => ofUser(view, caller.account.id, caller.user));
  if (caller.kind === "role") return view.made(`role policies ${caller.account.id} ${caller.role}`, () => ofRole(view, caller.account.id, caller.role));
  return undefined;
}

async function ofUser(view: View, account: AccountId, name: string): Promise<IdentityJudges> {
  const row = await view.get(tables.user.key(account, name));
  if (row === undefined) return { judges: [] };
  const user = decodeJson<User>(row);
  const judges = await judgesOf(view, account, user, "user policy", "");
  for (const group of user.groups ?? []) {
    const held = await view.get(tables.holder.key(account, "group", group));
    if (held !== undefined) judges.push(...(await judgesOf(view, account, decodeJson<Group>(held), "user policy", ` of group ${group}`)));
  }
  return { judges };
}

async function ofRole(view: View, account: AccountId, name: string): Promise<IdentityJudges> {
  const row = await view.get(tables.holder.key(account, "role", name));
  return { judges: row === undefined ? [] : await judgesOf(view, account, decodeJson<Role>(row), "role policy", "") };
}

const judgeOf = (name: string, model: Policy): IdentityJudge => ({ name, judge: compilePolicy(model), roles: compilePolicy({ statements: model.roles ?? [] }) });

async function judgesOf(view: View, account: AccountId, { policies = [], attached = [] }: PolicyHolder, what: string, whose: string): Promise<IdentityJudge[]> {
  const judges = policies.map(({ name, model }) => judgeOf(`${what} ${name}${whose}`, model));
  for (const name of attached) {
    const row = await view.get(tables.holder.key(account, "policy", name));
    if (row !== undefined) judges.push(judgeOf(`${what} ${name}${whose}`, decodeJson<SharedPolicy>(row).model));
  }
  return judges;
}
