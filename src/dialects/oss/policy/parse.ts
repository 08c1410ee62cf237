/** OSS's bucket policies, in RAM's grammar: https://www.alibabacloud.com/help/en/oss/user-guide/authorization-syntax-and-elements */
import type { Condition, Pattern, Policy, Principal, Statement } from "../../../core/access/policy/model.ts";
import { neutralPatterns } from "../../../core/access/policy/vocabulary.ts";
import { compileWildcard, fits } from "../../../core/access/policy/wildcard.ts";
import type { JsonObject, JsonValue } from "../../../lib/strict-json.ts";
import { conditionsOf, effectOf, eitherOf, isObject, oneOf, onlyFields, readPolicy, roleStatement, statementsOf, texts, wildcards } from "../../policy-grammar.ts";
import { refuse as refuseWith } from "../answers.ts";
import { factOf } from "./names.ts";

/** Put in 16 KB at most, as the vendor says. */
export const ossPolicyLimits = { bytesMax: 16 * 1024 } as const;

export const invalidPolicy = (message: string): never => refuseWith({ status: 400, code: "InvalidPolicyDocument", message });

/** Whose bucket the policy is: `owner`: the account's numeric id; `region`: bare. */
/** `point`: the policy is that of a point of access, and `bucket` its name. */
export type PolicyPlace = { bucket: string; owner: string; region: string; point?: true };

/** Throws InvalidPolicyDocument. `place` undefined: of an identity, which says whom it concerns by being its policy. */
export function parsePolicy(document: Uint8Array, place: PolicyPlace | undefined): Policy {
  if (document.length > ossPolicyLimits.bytesMax) return invalidPolicy(`The policy document exceeds the maximum allowed size of ${ossPolicyLimits.bytesMax} bytes.`);
  const root = readPolicy(document, invalidPolicy);
  onlyFields(root, ["Version", "Statement"], invalidPolicy);
  if (root.Version !== "1") return invalidPolicy("The policy must contain a valid version string: 1.");
  const list = statementsOf(root, invalidPolicy);
  const statements = list.map((statement) => statementOf(statement, place));
  const roles =
    place === undefined ? statements.flatMap(({ effect, conditions }, index) => roleStatement(list[index] as JsonObject, { effect, conditions }, invalidPolicy) ?? []) : [];
  return { tellsDeletes: true, statements, ...(roles.length === 0 ? {} : { roles }) };
}

const fields = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
/** "*" without a condition is about everybody but the owner; with one, the owner too is meant. */
const notTheOwner: Condition = { compare: "truth", fact: "caller.isOwner", values: [["false"]] };

function statementOf(statement: JsonValue, place: PolicyPlace | undefined): Statement {
  if (!isObject(statement)) return invalidPolicy("Invalid policy syntax.");
  onlyFields(statement, fields, invalidPolicy);
  const { Sid: id } = statement;
  if (id !== undefined && typeof id !== "string") return invalidPolicy("Invalid policy syntax.");
  const effect = effectOf(statement, invalidPolicy);
  const who = place === undefined ? withoutPrincipal(statement) : whoOf(statement, effect);
  const action = oneOf(statement, "Action", invalidPolicy);
  const resource = oneOf(statement, "Resource", invalidPolicy);
  const isAnyone = who !== undefined && !who.not && who.principals.some((principal) => "anyone" in principal);
  const conditions = statement.Condition === undefined ? [] : conditionsIn(statement.Condition);
  return {
    ...(id === undefined ? {} : { id }),
    effect,
    ...(who === undefined ? {} : { who }),
    actions: { not: action.not, patterns: texts(action.value, "Policy has invalid action", invalidPolicy).flatMap((text) => actionOf(text, place === undefined)) },
    resources: {
      not: resource.not,
      patterns: texts(resource.value, "Policy has invalid resource", invalidPolicy).map((text) => (place === undefined ? anyResourceOf(text) : resourceOf(text, place))),
    },
    conditions: conditions.length === 0 && isAnyone ? [notTheOwner] : conditions,
  };
}

function withoutPrincipal({ Principal, NotPrincipal }: JsonObject): undefined {
  if (Principal !== undefined || NotPrincipal !== undefined) invalidPolicy("The policy must not specify a principal.");
}

/** Whoever can never ask here is nobody: an account without a name. */
const nobody: Principal = { account: "" };

/**
 * An empty list is everybody, as the vendor says. Without a word about principals the vendor takes a policy too (2026-11-28: oss2's tests put one), and
 * what it then means is not told anywhere: here a denial is about everybody, and leave is given to nobody.
 */
function whoOf(statement: JsonObject, effect: "allow" | "deny"): NonNullable<Statement["who"]> {
  const asked = eitherOf(statement, "Principal", invalidPolicy);
  if (asked === undefined) return { not: false, principals: [effect === "deny" ? { anyone: true } : nobody] };
  const { not, value } = asked;
  if (Array.isArray(value) && value.length === 0 && !not) return { not, principals: [{ anyone: true }] };
  return { not, principals: texts(value, "Invalid principal in policy", invalidPolicy).map(principalOf) };
}

function principalOf(text: string): Principal {
  if (text === "*") return { anyone: true };
  if (/^(\d{1,32}|[0-9a-f]{64})$/.test(text)) return { account: text };
  const [, uid = "", rest = ""] = /^acs:ram::(\d{1,32}):(root|user\/[^*?/]{1,128}|role\/[^/]{1,128})$/.exec(text) ?? [];
  if (rest === "root") return { account: uid };
  if (rest.startsWith("user/")) return { account: uid, user: rest.slice("user/".length) };
  if (rest.startsWith("role/")) return { account: uid, role: rest.slice("role/".length) };
  const [, account, role, session] = /^arn:sts::(\d{1,32}|\*):assumed-role\/([^/]{1,128})\/([^/]{1,128})$/.exec(text) ?? [];
  if (account === undefined || role === undefined || session === undefined) return invalidPolicy("Invalid principal in policy");
  // With a star for the account, or for whoever calls itself so, it can be anybody's: of those none is meant here.
  return account === "*" || role.includes("*") ? nobody : session === "*" ? { account, role } : { account, role, session };
}

/** Other services' actions can stand in a policy of an identity; they fit nothing here. */
function actionOf(text: string, ofIdentity: boolean): Pattern[] {
  if (text === "*") return [[1]];
  if (ofIdentity && /^(?!oss:)[a-z0-9-]+:[A-Za-z0-9*?]+$/i.test(text)) return [["-"]];
  const name = /^oss:([A-Za-z0-9*?]+)$/i.exec(text)?.[1];
  return name === undefined ? invalidPolicy("Policy has invalid action") : neutralPatterns(wildcards(name));
}

/** `accesspoint/<name>[/object/<key>]` -> `<name>[/<key>]`; empty: no such thing. */
function nameOfPoint(text: string): string {
  const [, point = "", key] = /^accesspoint\/([^/]+)(?:\/object\/(.+))?$/s.exec(text) ?? [];
  return key === undefined ? point : `${point}/${key}`;
}

/** Of an identity: wherever it is, and whose; what is another service's fits nothing. */
function anyResourceOf(text: string): Pattern {
  if (text === "*") return [1];
  const name = /^acs:oss:[^:]*:[^:]*:(.+)$/s.exec(text)?.[1];
  if (name !== undefined) return wildcards(name);
  return text.startsWith("acs:") || text.startsWith("arn:") ? ["-"] : invalidPolicy(`Policy has invalid resource: ${text.slice(0, 256)}`);
}

/** `acs:oss:<region>:<owner>:<bucket>[/<key>]`. A bucket's policy speaks of that bucket, where it is and whose it is. */
function resourceOf(text: string, { bucket, owner, region, point }: PolicyPlace): Pattern {
  const [, regions = "", owners = "", whole = ""] = /^acs:oss:([^:]*):([^:]*):(.+)$/s.exec(text) ?? [];
  const name = point ? nameOfPoint(whole) : whole;
  const means = (pattern: string, value: string): boolean => {
    const wildcard = compileWildcard(wildcards(pattern));
    return wildcard !== undefined && fits(wildcard, value);
  };
  const slash = name.indexOf("/");
  const isHere = means(regions.replace(/^oss-/, ""), region) && means(slash < 0 ? name : name.slice(0, slash), bucket);
  if (!isHere) return invalidPolicy(`Policy has invalid resource: ${text.slice(0, 256)}`);
  // Of another owner: the vendor takes it (2026-11-28: ali-oss's tests put one), and nothing here is meant: no resource is called so.
  return means(owners, owner) ? wildcards(name) : [text];
}

const conditionsIn = (value: JsonValue): Condition[] =>
  conditionsOf(value, {
    factOf,
    pattern: (text, isWild) => (isWild ? wildcards(text) : text === "" ? [] : [text]),
    isOpen: () => false,
    without: ["segments", "bytes"],
    refuse: invalidPolicy,
  });
