/**
 * Issues temporary keys: as oneself, or as a role that lets one. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
 * https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
 */
import { identityJudges } from "../access/policy/identity-judges.ts";
import { compilePolicy, judge } from "../access/policy/judge.ts";
import type { Policy } from "../access/policy/model.ts";
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Account, Caller, Role } from "../model.ts";
import type { Ports } from "../ports.ts";
import { decodeJson } from "../records.ts";
import { onView, type View } from "../view.ts";
import { newSecret, newTemporaryId } from "./ids.ts";
import { decodeAccountRef } from "./rows.ts";
import { type SealedSession, sealSession, sessionLimits } from "./sessions.ts";
import { identityLimits } from "./validate.ts";

/** `by`: the lasting key that stands behind the request. `prefix`: what the new key's id begins with. `policy`: what it may do at most. */
export type IssueInput = { by: string; prefix: string; seconds: number; policy?: Policy };
/** `account`: by its number, either vendor's. `session`: as the taker calls itself. */
export type AssumeInput = IssueInput & { account: string; role: string; session: string };
export type Issued = { accessKeyId: string; secret: string; token: string; expiresMs: number };
export type IssuedRole = Issued & { account: Account; role: Role };

/** Throws accessDenied for nobody, and for who came with a temporary key. */
export function issueSession(ports: Ports, { caller }: Context, { by, prefix, seconds, policy }: IssueInput): Promise<Issued> {
  if (caller.kind === "anonymous" || caller.kind === "role" || caller.session !== undefined) return fail("accessDenied", { reason: "a temporary key gets no other" });
  checkSeconds(seconds, identityLimits.sessionSecondsMax);
  const whose = caller.kind === "user" ? { account: caller.account.id, user: caller.user } : { account: caller.account.id };
  return Promise.resolve(issue(ports, prefix, seconds, { ...whose, by, ...(policy === undefined ? {} : { policy }) }));
}

/** Throws accountMissing (no such role), accessDenied, invalidArgument (seconds). */
export function assumeRole(ports: Ports, { caller, facts }: Context, input: AssumeInput): Promise<IssuedRole> {
  return onView(ports, async (view) => {
    if (caller.kind === "anonymous") return fail("accessDenied", { reason: "nobody becomes a role" });
    const account = (await accountNumbered(view, caller, input.account)) ?? fail("accountMissing", { name: input.role });
    const row = await view.get(tables.holder.key(account.id, "role", input.role));
    const role = row === undefined ? fail("accountMissing", { name: input.role }) : decodeJson<Role>(row);
    await authorizeAssume(view, caller, account, role, facts ?? (() => undefined));
    // Who is a role already gets no longer from it than the vendors give.
    checkSeconds(input.seconds, caller.kind === "role" ? Math.min(role.secondsMax, identityLimits.roleSecondsDefault) : role.secondsMax);
    const sealed = {
      account: account.id,
      role: { name: role.name, id: role.id, session: input.session },
      by: input.by,
      ...(input.policy === undefined ? {} : { policy: input.policy }),
    };
    return { ...issue(ports, input.prefix, input.seconds, sealed), account, role };
  });
}

function checkSeconds(seconds: number, max: number): void {
  if (!Number.isInteger(seconds) || seconds < sessionLimits.secondsMin || seconds > max)
    fail("invalidArgument", { argument: "seconds", value: String(seconds), why: `from ${sessionLimits.secondsMin} to ${max}` });
}

async function accountNumbered(view: View, caller: Exclude<Caller, { kind: "anonymous" }>, number: string): Promise<Account | undefined> {
  for (const field of ["accountId", "uid"]) {
    const ref = await view.get(tables.accountBy.key(field, caller.account.tenant, number));
    if (ref !== undefined) return view.account(decodeAccountRef(ref));
  }
  return undefined;
}

/**
 * The role's trust has to let the caller in. Where it names the account only, a user or a role of it needs leave of its own policies too, and so does one of another account; one that
 * denies always binds, and so does what a session may do at most. An account's own key is let in by its account's name (deviation, 2026-11-28: the
 * vendors let no root account become a role).
 */
async function authorizeAssume(
  view: View,
  caller: Exclude<Caller, { kind: "anonymous" }>,
  account: Account,
  role: Role,
  facts: (name: string) => readonly string[] | undefined,
): Promise<void> {
  const asked = (resource: string) => ({ caller, action: "AssumeRole", resource, facts });
  const resources = [`${account.accountId}/${role.name}`, `${account.uid}/${role.name}`];
  const trust = judge(compilePolicy(role.trust.model), asked(resources[0] as string));
  if (trust.effect !== "allow") fail("accessDenied", { reason: trust.effect === "deny" ? "denied by the role's trust" : "the role does not trust who asks" });
  const { judges } = (await identityJudges(view, caller)) ?? { judges: [] };
  const own = judges.flatMap(({ roles }) => resources.map((resource) => judge(roles, asked(resource)).effect));
  if (own.includes("deny")) fail("accessDenied", { reason: "denied by a policy of who asks" });
  const isElsewhere = caller.account.id !== account.id;
  if ((!trust.direct || isElsewhere) && caller.kind !== "account" && !own.includes("allow")) fail("accessDenied", { reason: "no policy of who asks allows becoming the role" });
  const { policy } = caller.session ?? {};
  if (policy === undefined) return;
  const session = compilePolicy({ statements: policy.roles ?? [] });
  const said = resources.map((resource) => judge(session, asked(resource)).effect);
  if (said.includes("deny") || !said.includes("allow")) fail("accessDenied", { reason: "the session's policy does not allow it" });
}

function issue(ports: Ports, prefix: string, seconds: number, known: Omit<SealedSession, "id" | "secret" | "issuedMs" | "expiresMs">): Issued {
  const { random, clock } = ports;
  const issuedMs = clock.wallMs();
  const session: SealedSession = { id: newTemporaryId(random, prefix), secret: newSecret(random), issuedMs, expiresMs: issuedMs + seconds * 1000, ...known };
  const token = sealSession(ports, session);
  if (token.length > sessionLimits.tokenBytesMax) fail("entityTooLarge", { size: token.length, limit: sessionLimits.tokenBytesMax });
  return { accessKeyId: session.id, secret: session.secret, token, expiresMs: session.expiresMs };
}
