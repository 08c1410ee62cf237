/** S3's policy grammar, for buckets and for users: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
import type { Pattern, Policy, Principal, Statement } from "../../../core/access/policy/model.ts";
import { compileWildcard, fits } from "../../../core/access/policy/wildcard.ts";
import type { JsonObject, JsonValue } from "../../../lib/strict-json.ts";
import { VendorError } from "../../error-table.ts";
import { conditionsOf, effectOf, isObject, oneOf, onlyFields, readPolicy, roleStatement, statementsOf, texts, wildcards } from "../../policy-grammar.ts";
import { factOf, s3Actions } from "./names.ts";

export const policyLimits = { bytesMax: 20 * 1024 } as const;

export const malformedPolicy = (message: string): never => {
  throw new VendorError({ status: 400, code: "MalformedPolicy", message });
};

/** `bucket`: it is that bucket's, every statement says whom it concerns and its resources lie there. Absent: a user's. */
export type PolicyPlace = { bucket?: string };

/** Throws MalformedPolicy and PolicyTooLarge. */
export function parsePolicy(document: Uint8Array, place: PolicyPlace): Policy {
  if (document.length > policyLimits.bytesMax) {
    throw new VendorError({ status: 400, code: "PolicyTooLarge", message: `Normalized Policy Document exceeds the maximum allowed size of ${policyLimits.bytesMax} bytes.` });
  }
  const root = readPolicy(document, malformedPolicy);
  onlyFields(root, ["Version", "Id", "Statement"], malformedPolicy);
  const version = root.Version ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") return malformedPolicy("The policy must contain a valid version string");
  if (root.Id !== undefined && typeof root.Id !== "string") return malformedPolicy("Invalid policy syntax.");
  const list = statementsOf(root, malformedPolicy);
  const variables = version === "2012-10-17";
  const statements = list.map((statement) => statementOf(statement, place, variables));
  const roles = place.bucket === undefined ? statements.flatMap((said, index) => roleStatement(list[index] as JsonObject, whatOf(said), malformedPolicy) ?? []) : [];
  const ids = statements.flatMap(({ id }) => (id === undefined || id === "" ? [] : [id]));
  if (new Set(ids).size !== ids.length) return malformedPolicy("Statement IDs (SID) in a single policy must be unique.");
  return { ...(root.Id === undefined ? {} : { id: root.Id }), statements, ...(roles.length === 0 ? {} : { roles }) };
}

const whatOf = ({ id, effect, conditions }: Statement): Pick<Statement, "id" | "effect" | "conditions"> => ({ ...(id === undefined ? {} : { id }), effect, conditions });

const fields = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

function statementOf(statement: JsonValue, place: PolicyPlace, variables: boolean): Statement {
  if (!isObject(statement)) return malformedPolicy("Invalid policy syntax.");
  onlyFields(statement, fields, malformedPolicy);
  const { Sid: id } = statement;
  if (id !== undefined && typeof id !== "string") return malformedPolicy("Invalid policy syntax.");
  const effect = effectOf(statement, malformedPolicy);
  const who = whoOf(statement, place);
  if (who?.not && effect === "allow") return malformedPolicy("Allow with NotPrincipal is not allowed.");
  const action = oneOf(statement, "Action", malformedPolicy);
  const resource = oneOf(statement, "Resource", malformedPolicy);
  return {
    ...(id === undefined ? {} : { id }),
    effect,
    ...(who === undefined ? {} : { who }),
    actions: { not: action.not, patterns: texts(action.value, "Policy has invalid action", malformedPolicy).map((text) => actionOf(text, place)) },
    resources: { not: resource.not, patterns: texts(resource.value, "Policy has invalid resource", malformedPolicy).map((text) => resourceOf(text, place, variables)) },
    conditions: statement.Condition === undefined ? [] : conditionsIn(statement.Condition, variables),
  };
}

function whoOf(statement: JsonObject, place: PolicyPlace): Statement["who"] {
  if (place.bucket === undefined) {
    if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) malformedPolicy("Policy document should not specify a principal.");
    return undefined;
  }
  const { not, value } = oneOf(statement, "Principal", malformedPolicy);
  if (value === "*") return { not, principals: [{ anyone: true }] };
  if (!isObject(value) || Object.keys(value).length === 0) return malformedPolicy("Invalid principal in policy");
  onlyFields(value, ["AWS", "CanonicalUser", "Service", "Federated"], malformedPolicy);
  const principals: Principal[] = [];
  for (const [kind, named] of Object.entries(value)) for (const text of texts(named, "Invalid principal in policy", malformedPolicy)) principals.push(principalOf(kind, text));
  return { not, principals };
}

/** Who writes buckets' access logs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
export const logDelivery = "logging.s3.amazonaws.com";
/** Whoever can never ask here (a service, somebody from elsewhere) is nobody: an account without a name. */
const nobody: Principal = { account: "" };
export function principalOf(kind: string, text: string): Principal {
  if (kind === "CanonicalUser") return /^[0-9a-f]{64}$/.test(text) ? { account: text } : malformedPolicy("Invalid principal in policy");
  if (kind === "Service" && text === logDelivery) return { service: "logDelivery" };
  if (kind !== "AWS") return text === "" ? malformedPolicy("Invalid principal in policy") : nobody;
  if (text === "*") return { anyone: true };
  if (/^\d{12}$/.test(text)) return { account: text };
  const arn = /^arn:aws[a-z-]*:(iam|sts)::([\w.-]{0,64}):(root|user\/[^*?]{1,512}|role\/[^*?]{1,512}|assumed-role\/[^*?]{1,512}|federated-user\/[^*?]{1,512})$/.exec(text);
  if (!arn) return malformedPolicy("Invalid principal in policy");
  const [, , account = "", rest = ""] = arn;
  if (rest === "root") return { account };
  // Users' paths are not kept: the name is what stands behind the last slash.
  if (rest.startsWith("user/")) return { account, user: rest.slice(rest.lastIndexOf("/") + 1) };
  if (rest.startsWith("role/")) return { account, role: rest.slice(rest.lastIndexOf("/") + 1) };
  const [, role, session] = /^assumed-role\/([^/]+)\/([^/]+)$/.exec(rest) ?? [];
  return role === undefined || session === undefined ? nobody : { account, role, session };
}

/** Other services' actions can stand in a user's policy; they fit nothing here. */
function actionOf(text: string, place: PolicyPlace): Pattern {
  if (text === "*") return [1];
  const [, service = "", name = ""] = /^([a-z0-9*?-]+):([A-Za-z0-9*?]+)$/i.exec(text) ?? [];
  if (service.toLowerCase() !== "s3") return place.bucket === undefined && service !== "" ? ["-"] : malformedPolicy("Policy has invalid action");
  const pattern = wildcards(name);
  const wildcard = compileWildcard(pattern, undefined, true);
  if (place.bucket !== undefined && (!wildcard || !s3Actions.some((action) => fits(wildcard, action)))) malformedPolicy("Policy has invalid action");
  return pattern;
}

/** `${key}` and `${key, 'otherwise'}` are facts; `${*}`, `${?}` and `${$}` the characters. Without `variables` they are text. */
function textPattern(text: string, variables: boolean, isWild: boolean): Pattern {
  const plain = (piece: string): Pattern => (isWild ? wildcards(piece) : piece === "" ? [] : [piece]);
  if (!variables || !text.includes("${")) return plain(text);
  const pattern: Pattern = [];
  let at = 0;
  for (const found of text.matchAll(/\$\{([^${}]*)\}/g)) {
    pattern.push(...plain(text.slice(at, found.index)));
    at = found.index + found[0].length;
    const inside = found[1] ?? "";
    if (inside === "*" || inside === "?" || inside === "$") {
      pattern.push(inside);
      continue;
    }
    const [, key = "", otherwise] = /^\s*([^\s,]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inside) ?? [];
    const fact = factOf(key) ?? `absent.${key}`;
    pattern.push(otherwise === undefined ? { fact } : { fact, otherwise });
  }
  pattern.push(...plain(text.slice(at)));
  return pattern;
}

const conditionsIn = (value: JsonValue, variables: boolean): Statement["conditions"] =>
  conditionsOf(value, { factOf, pattern: (text, isWild) => textPattern(text, variables, isWild), isOpen: (text) => text.includes("${"), refuse: malformedPolicy });

/** A bucket's policy speaks of that bucket and of what is in it. */
function resourceOf(text: string, { bucket }: PolicyPlace, variables: boolean): Pattern {
  if (text === "*" && bucket === undefined) return [1];
  const name = /^arn:aws[a-z-]*:s3:::(.+)$/s.exec(text)?.[1];
  if (name === undefined) return bucket === undefined && text.startsWith("arn:") ? ["-"] : malformedPolicy("Policy has invalid resource");
  if (bucket !== undefined) {
    const slash = name.indexOf("/");
    const wildcard = compileWildcard(wildcards(slash < 0 ? name : name.slice(0, slash)));
    if (!wildcard || !fits(wildcard, bucket)) malformedPolicy("Policy has invalid resource");
  }
  return textPattern(name, variables, true);
}
