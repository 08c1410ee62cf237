/** What one policy says to one request. Pure; a denial that fits outweighs whatever allows. */
import type { Caller } from "../../model.ts";
import { compileCondition, type Facts, type Holds } from "./conditions.ts";
import type { Pattern, Policy, Principal, Service, Statement } from "./model.ts";
import { coarseAction } from "./vocabulary.ts";
import { compileWildcard, fits, isFixed, type Wildcard } from "./wildcard.ts";

type Asker = Caller | { kind: "service"; service: Service };
export type Asked = { caller: Asker; action: string; resource: string; facts: Facts };
/** `effect` "none": no statement is about it. `direct`: somebody was named who is not merely the caller's whole account. */
export type Verdict = { effect: "allow" | "deny" | "none"; direct: boolean; statements: string[] };

type Compiled = { name: string; allows: boolean; who: Statement["who"]; action: (action: string) => boolean; resource: (asked: Asked) => boolean; conditions: Holds[] };
/** `mentions`: the facts that some statement asks about. */
export type Judge = { tellsDeletes: boolean; about(action: string): readonly Compiled[]; mentions: ReadonlySet<string> };

/** There are as many actions as operations; a stranger's words are not kept. */
const actionsMax = 300;

const factsIn = (patterns: readonly Pattern[]): string[] => patterns.flat().flatMap((token) => (typeof token === "object" ? [token.fact] : []));
const mentioned = ({ resources, conditions }: Statement): string[] => [...factsIn(resources.patterns), ...conditions.flatMap(({ fact, values }) => [fact, ...factsIn(values)])];

export function compilePolicy({ tellsDeletes = false, statements: written }: Policy): Judge {
  const statements = compileStatements(written);
  const byAction = new Map<string, readonly Compiled[]>();
  return {
    tellsDeletes,
    mentions: new Set(written.flatMap(mentioned)),
    about(action) {
      let found = byAction.get(action);
      if (found === undefined) {
        found = statements.filter((statement) => statement.action(action));
        if (byAction.size < actionsMax) byAction.set(action, found);
      }
      return found;
    },
  };
}

function compileStatements(statements: readonly Statement[]): Compiled[] {
  return statements.map(({ id, effect, who, actions, resources, conditions }, index) => {
    const wanted = actions.patterns.map((pattern) => compileWildcard(pattern, undefined, true) as Wildcard);
    return {
      name: id === undefined || id === "" ? `statement ${index + 1}` : id,
      allows: effect === "allow",
      who,
      action: (action) => wanted.some((wildcard) => fits(wildcard, action)) !== actions.not,
      resource: resourceTest(resources),
      conditions: conditions.map(compileCondition),
    };
  });
}

function resourceTest({ not, patterns }: Statement["resources"]): (asked: Asked) => boolean {
  const fixed = patterns.filter(isFixed).map((pattern) => compileWildcard(pattern) as Wildcard);
  const open: Pattern[] = patterns.filter((pattern) => !isFixed(pattern));
  const matches = ({ resource, facts }: Asked): boolean => {
    if (fixed.some((wildcard) => fits(wildcard, resource))) return true;
    return open.some((pattern) => {
      const wildcard = compileWildcard(pattern, (name) => {
        const values = facts(name);
        return values?.length === 1 ? values[0] : undefined;
      });
      return wildcard !== undefined && fits(wildcard, resource);
    });
  };
  return (asked) => matches(asked) !== not;
}

/** "direct": by name, or as anybody; "account": as one of an account's. */
function meant(principal: Principal, caller: Asker): "direct" | "account" | undefined {
  if ("anyone" in principal) return "direct";
  if ("service" in principal) return caller.kind === "service" && caller.service === principal.service ? "direct" : undefined;
  if (caller.kind === "anonymous" || caller.kind === "service") return undefined;
  const { account } = caller;
  const { account: named, user, role, session } = principal;
  if (named === "" || (named !== account.accountId && named !== account.canonicalId && named !== account.uid)) return undefined;
  if (role !== undefined) return caller.kind === "role" && caller.role === role && (session === undefined || caller.session.name === session) ? "direct" : undefined;
  if (user === undefined) return caller.kind === "account" ? "direct" : "account";
  return caller.kind === "user" && caller.user === user ? "direct" : undefined;
}
function concerns(who: Statement["who"], caller: Asker): "direct" | "account" | undefined {
  if (who === undefined) return "direct";
  let found: "direct" | "account" | undefined;
  for (const principal of who.principals) {
    const as = meant(principal, caller);
    if (as === "direct") found = "direct";
    else found ??= as;
  }
  return who.not ? (found === undefined ? "direct" : undefined) : found;
}

export function judge(policy: Judge, asked: Asked): Verdict {
  const action = policy.tellsDeletes ? asked.action.toLowerCase() : coarseAction(asked.action);
  const allowing: string[] = [];
  const denying: string[] = [];
  let direct = false;
  for (const statement of policy.about(action)) {
    const as = concerns(statement.who, asked.caller);
    if (as === undefined || !statement.resource(asked) || !statement.conditions.every((holds) => holds(asked.facts))) continue;
    (statement.allows ? allowing : denying).push(statement.name);
    if (statement.allows && as === "direct") direct = true;
  }
  if (denying.length > 0) return { effect: "deny", direct: true, statements: denying };
  return allowing.length > 0 ? { effect: "allow", direct, statements: allowing } : { effect: "none", direct: false, statements: [] };
}
