/**
 * A policy that was written in another grammar, in RAM's: exactly what it says, or not at all (docs/decisions/0015). What is read here and put again means
 * the same for OSS's requests.
 */
import type { Pattern, Policy, Principal, Statement } from "../../../core/access/policy/model.ts";
import { coarseAction, neutralAction, neutralPatterns } from "../../../core/access/policy/vocabulary.ts";
import { compileWildcard, fits, type Wildcard } from "../../../core/access/policy/wildcard.ts";
import { renderConditions } from "../../policy-grammar.ts";
import { untold as untoldDocument } from "../answers.ts";
import { keyOf, ossActions } from "./names.ts";

const untold = (what: string): never => untoldDocument("policy", what);

/** Stars are wildcards in some places, and text in others. */
function text(pattern: Pattern, isWild: boolean): string {
  return pattern
    .map((token) => {
      if (typeof token === "object") return untold("a variable");
      if (token === 0) return "?";
      if (token === 1) return "*";
      return isWild && /[*?]/.test(token) ? untold("a wildcard's character taken literally") : token;
    })
    .join("");
}

function principal(named: Principal): string {
  if ("service" in named) return untold("a service");
  if ("anyone" in named) return "*";
  const { account, user, role, session } = named;
  if (role !== undefined) return session === undefined ? `acs:ram::${digits(account)}:role/${role}` : `arn:sts::${digits(account)}:assumed-role/${role}/${session}`;
  return user === undefined ? accountText(account) : `acs:ram::${digits(account)}:user/${user}`;
}
/** Nobody: as a role that nobody has. */
const accountText = (account: string): string => (account === "" ? "arn:sts::*:assumed-role/none/none" : /^[0-9a-f]{64}$/.test(account) ? account : digits(account));
const digits = (account: string): string => (/^\d{1,32}$/.test(account) ? account : untold("an account that OSS has no name for"));

/** One pattern where OSS's names follow it as ours do; else the names of OSS that it fits. `tellsDeletes`: as the policy's. */
function actions(pattern: Pattern, tellsDeletes: boolean): string[] {
  const wildcard = compileWildcard(pattern, undefined, true) as Wildcard;
  const asRead = neutralPatterns(pattern).map((one) => compileWildcard(one, undefined, true) as Wildcard);
  const named = (name: string): string => neutralAction(`:${name}`).toLowerCase();
  const isMeant = (name: string): boolean => fits(wildcard, tellsDeletes ? named(name) : coarseAction(named(name)));
  if (ossActions.every((name) => isMeant(name) === asRead.some((one) => fits(one, named(name))))) return [text(pattern, true)];
  return ossActions.filter(isMeant);
}

/** "*" without a condition would leave the owner out: one that always holds says that it is meant too. */
const theOwnerToo = { Bool: { "amphora:BucketOwner": ["true", "false"] } };

function statement({ id, effect, who, actions: asked, resources, conditions }: Statement, tellsDeletes: boolean): Record<string, unknown> {
  if (who === undefined) return untold("a statement of a user's");
  const isAnyone = !who.not && who.principals.some((named) => "anyone" in named);
  const [only, ...others] = conditions;
  const isAllButOwner = isAnyone && others.length === 0 && only?.fact === "caller.isOwner" && only.values.flat().join() === "false" && only.compare === "truth";
  const list = isAllButOwner ? [] : conditions;
  const told = renderConditions(list, { keyOf: (fact) => keyOf(fact) ?? untold(`a condition about ${fact}`), text });
  const shown = isAnyone && list.length === 0 && !isAllButOwner ? theOwnerToo : told;
  if (conditions.some(({ compare }) => compare === "segments" || compare === "bytes")) return untold("an operator of its own");
  const names = [...new Set(asked.patterns.flatMap((pattern) => actions(pattern, tellsDeletes)))];
  return {
    ...(id === undefined ? {} : { Sid: id }),
    Effect: effect === "allow" ? "Allow" : "Deny",
    [who.not ? "NotPrincipal" : "Principal"]: who.principals.map(principal),
    [asked.not ? "NotAction" : "Action"]: names.length === 0 ? untold("an action that OSS does not have") : names.map((name) => `oss:${name}`),
    [resources.not ? "NotResource" : "Resource"]: resources.patterns.map((pattern) => `acs:oss:*:*:${text(pattern, true)}`),
    ...(Object.keys(shown).length === 0 ? {} : { Condition: shown }),
  };
}

/** Throws 501 for what cannot be told. */
export const renderPolicy = ({ tellsDeletes = false, statements }: Policy): string =>
  JSON.stringify({ Version: "1", Statement: statements.map((one) => statement(one, tellsDeletes)) });
