/** Policies of users: a part of the user's row, so that both are read at once and go together. */
import type { Context, Core } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Ports } from "../ports.ts";
import type { View } from "../view.ts";
import { change, decodeUser, encodeUser, requireAccount, touchAccount } from "./rows.ts";

export const userPolicyLimits = { policiesMax: 10, rawCharactersMax: 10_240, nameCharactersMax: 128 } as const;

type Input = Parameters<Core["identity"]["setUserPolicy"]>[1];

/** Throws accountMissing (no such user, or no such policy to remove), invalidArgument, entityTooLarge, conflict past `policiesMax`. */
export const setUserPolicy = (ports: Ports, context: Context, input: Input): Promise<void> =>
  change(ports, context, async (view, batch) => void (await putUserPolicy(view, batch, input)));

/** As `setUserPolicy`; says whether there was none of that name, or another, or this one. */
export async function putUserPolicy(view: View, batch: Change, { account: id, user: name, name: policyName, policy }: Input): Promise<"created" | "changed" | "kept"> {
  if (!/^[\w+=,.@-]+$/.test(policyName) || policyName.length > userPolicyLimits.nameCharactersMax) {
    fail("invalidArgument", { argument: "name", value: policyName.slice(0, 64), why: "letters, digits and +=,.@-_, at most 128" });
  }
  if (policy && policy.raw.length > userPolicyLimits.rawCharactersMax) fail("entityTooLarge", { size: policy.raw.length, limit: userPolicyLimits.rawCharactersMax });
  const account = await requireAccount(view, batch, id);
  const key = tables.user.key(id, name);
  const value = await view.get(key);
  if (value === undefined) fail("accountMissing", { name });
  const { policies = [], ...user } = decodeUser(value);
  const before = policies.find((other) => other.name === policyName);
  const others = policies.filter((other) => other !== before);
  if (!policy && !before) fail("accountMissing", { name: policyName });
  if (policy && policy.raw === before?.raw) return "kept";
  if (policy && others.length >= userPolicyLimits.policiesMax) fail("conflict", { what: `a user has at most ${userPolicyLimits.policiesMax} policies` });
  const kept = policy ? [...others, { name: policyName, ...policy }] : others;
  batch.expect(key, value).put(key, encodeUser({ ...user, ...(kept.length === 0 ? {} : { policies: kept }) }));
  touchAccount(batch, account);
  return before ? "changed" : "created";
}
