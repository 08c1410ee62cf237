/** A policy that was written in another grammar, in S3's. */
import type { Pattern, Policy, Principal, Statement } from "../../../core/access/policy/model.ts";
import { renderConditions } from "../../policy-grammar.ts";
import { keyOf } from "./names.ts";
import { logDelivery } from "./parse.ts";

const text = (pattern: Pattern): string =>
  pattern
    .map((token) => {
      if (typeof token !== "object") return token === 0 ? "?" : token === 1 ? "*" : token.replace(/[*?$]/g, (character) => `\${${character}}`);
      return token.otherwise === undefined ? `\${${keyOf(token.fact)}}` : `\${${keyOf(token.fact)}, '${token.otherwise}'}`;
    })
    .join("");

type Named = Exclude<Principal, { service: unknown }>;
function principal(named: Named): string {
  if ("anyone" in named) return "*";
  const { account, user, role, session } = named;
  if (role !== undefined) return session === undefined ? `arn:aws:iam::${account}:role/${role}` : `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
  return user === undefined ? `arn:aws:iam::${account}:root` : `arn:aws:iam::${account}:user/${user}`;
}

function principals(all: readonly Principal[]): Record<string, string[]> {
  const named = all.filter((each): each is Named => !("service" in each));
  return { ...(named.length === 0 ? {} : { AWS: named.map(principal) }), ...(named.length === all.length ? {} : { Service: [logDelivery] }) };
}

const statement = ({ id, effect, who, actions, resources, conditions: list }: Statement): Record<string, unknown> => ({
  ...(id === undefined ? {} : { Sid: id }),
  Effect: effect === "allow" ? "Allow" : "Deny",
  ...(who === undefined ? {} : { [who.not ? "NotPrincipal" : "Principal"]: principals(who.principals) }),
  [actions.not ? "NotAction" : "Action"]: actions.patterns.map((pattern) => `s3:${text(pattern)}`),
  [resources.not ? "NotResource" : "Resource"]: resources.patterns.map((pattern) => `arn:aws:s3:::${text(pattern)}`),
  ...(list.length === 0 ? {} : { Condition: renderConditions(list, { keyOf, text }) }),
});

export const renderPolicy = ({ id, statements }: Policy): string =>
  JSON.stringify({ Version: "2012-10-17", ...(id === undefined ? {} : { Id: id }), Statement: statements.map(statement) });
