/** Policies of users: a part of the user's row, so that both are read at once and go together. */
import type { Context, Core } from "../api.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { change, decodeUser, encodeUser, requireAccount, touchAccount } from "./rows.ts";

export const userPolicyLimits = { policiesMax: 10, rawCharactersMax: 10_240, nameCharactersMax: 128 } as const;

/** Throws accountMissing (no such user, or no such policy to remove), invalidArgument, entityTooLarge, conflict past `policiesMax`. */
export const setUserPolicy = (
  ports: Ports,
  context: Context,
  { account: id, user: name, name: policyName, policy }: Parameters<Core["identity"]["setUserPolicy"]>[1],
): Promise<void> =>
  change(ports, context, async (view, batch) => {
    if (!/^[\w+=,.@-]+$/.test(policyName) || policyName.length > userPolicyLimits.nameCharactersMax) {
      fail("invalidArgument", { argument: "name", value: policyName.slice(0, 64), why: "letters, digits and +=,.@-_, at most 128" });
    }
    if (policy && policy.raw.length > userPolicyLimits.rawCharactersMax) fail("entityTooLarge", { size: policy.raw.length, limit: userPolicyLimits.rawCharactersMax });
    const account = await requireAccount(view, batch, id);
    const key = tables.user.key(id, name);
    const value = await view.get(key);
    if (value === undefined) fail("accountMissing", { name });
    const { policies = [], ...user } = decodeUser(value);
    const others = policies.filter((other) => other.name !== policyName);
    if (!policy && others.length === policies.length) fail("accountMissing", { name: policyName });
    if (policy && others.length >= userPolicyLimits.policiesMax) fail("conflict", { what: `a user has at most ${userPolicyLimits.policiesMax} policies` });
    const kept = policy ? [...others, { name: policyName, ...policy }] : others;
    batch.expect(key, value).put(key, encodeUser({ ...user, ...(kept.length === 0 ? {} : { policies: kept }) }));
    touchAccount(batch, account);
  });
