/** S3's policy grammar, for buckets and for users: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
import type { Pattern, Policy, Principal, Statement } from "../../../core/access/policy/model.ts";
import { compileWildcard, fits } from "../../../core/access/policy/wildcard.ts";
import { JsonError, type JsonObject, type JsonValue, parseStrictJson } from "../../../lib/strict-json.ts";
import { VendorError } from "../../error-table.ts";
import { factOf, s3Actions } from "./names.ts";
import { conditionsOf } from "./parse-conditions.ts";

export const policyLimits = { bytesMax: 20 * 1024, depthMax: 8, statementsMax: 1000, valuesMax: 4000 } as const;

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
  const root = read(document);
  onlyFields(root, ["Version", "Id", "Statement"]);
  const version = root.Version ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") return malformedPolicy("The policy must contain a valid version string");
  if (root.Id !== undefined && typeof root.Id !== "string") return malformedPolicy("Invalid policy syntax.");
  if (root.Statement === undefined) return malformedPolicy("Missing required field Statement");
  const list = Array.isArray(root.Statement) ? root.Statement : [root.Statement];
  if (list.length === 0) return malformedPolicy("Could not parse the policy: Statement is empty!");
  if (list.length > policyLimits.statementsMax) return malformedPolicy("Invalid policy syntax.");
  const variables = version === "2012-10-17";
  const statements = list.map((statement) => statementOf(statement, place, variables));
  const ids = statements.flatMap(({ id }) => (id === undefined || id === "" ? [] : [id]));
  if (new Set(ids).size !== ids.length) return malformedPolicy("Statement IDs (SID) in a single policy must be unique.");
  return { ...(root.Id === undefined ? {} : { id: root.Id }), statements };
}

function read(document: Uint8Array): JsonObject {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document);
  } catch {
    return malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  }
  if (!text.startsWith("{")) return malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  try {
    return parseStrictJson(text, policyLimits) as JsonObject;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.kind === "duplicate") return malformedPolicy(`Duplicate field ${error.key}`);
    return malformedPolicy("This policy contains invalid Json");
  }
}

export const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function onlyFields(object: JsonObject, names: readonly string[]): void {
  for (const name of Object.keys(object)) if (!names.includes(name)) malformedPolicy(`Unknown field ${name}`);
}

/** One text, or a list of them. */
function texts(value: JsonValue | undefined, wrong: string): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > policyLimits.valuesMax) return malformedPolicy(wrong);
  return list.map((entry) => (typeof entry === "string" ? entry : malformedPolicy(wrong)));
}

const fields = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/** Exactly one of a field and its negation. */
function oneOf(statement: JsonObject, name: string): { not: boolean; value: JsonValue } {
  const plain = statement[name];
  const negated = statement[`Not${name}`];
  if (plain !== undefined && negated !== undefined) return malformedPolicy(`Statement/policy cannot contain both ${name} and Not${name}`);
  const value = plain ?? negated;
  return value === undefined ? malformedPolicy(`Missing required field ${name}`) : { not: plain === undefined, value };
}

function statementOf(statement: JsonValue, place: PolicyPlace, variables: boolean): Statement {
  if (!isObject(statement)) return malformedPolicy("Invalid policy syntax.");
  onlyFields(statement, fields);
  const { Sid: id, Effect: effect } = statement;
  if (id !== undefined && typeof id !== "string") return malformedPolicy("Invalid policy syntax.");
  if (effect === undefined) return malformedPolicy("Missing required field Effect");
  if (effect !== "Allow" && effect !== "Deny") return malformedPolicy(`Invalid effect: ${typeof effect === "string" ? effect : JSON.stringify(effect)}`);
  const who = whoOf(statement, place);
  if (who?.not && effect === "Allow") return malformedPolicy("Allow with NotPrincipal is not allowed.");
  const action = oneOf(statement, "Action");
  const resource = oneOf(statement, "Resource");
  return {
    ...(id === undefined ? {} : { id }),
    effect: effect === "Allow" ? "allow" : "deny",
    ...(who === undefined ? {} : { who }),
    actions: { not: action.not, patterns: texts(action.value, "Policy has invalid action").map((text) => actionOf(text, place)) },
    resources: { not: resource.not, patterns: texts(resource.value, "Policy has invalid resource").map((text) => resourceOf(text, place, variables)) },
    conditions: statement.Condition === undefined ? [] : conditionsOf(statement.Condition, variables),
  };
}

function whoOf(statement: JsonObject, place: PolicyPlace): Statement["who"] {
  if (place.bucket === undefined) {
    if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) malformedPolicy("Policy document should not specify a principal.");
    return undefined;
  }
  const { not, value } = oneOf(statement, "Principal");
  if (value === "*") return { not, principals: [{ anyone: true }] };
  if (!isObject(value) || Object.keys(value).length === 0) return malformedPolicy("Invalid principal in policy");
  onlyFields(value, ["AWS", "CanonicalUser", "Service", "Federated"]);
  const principals: Principal[] = [];
  for (const [kind, named] of Object.entries(value)) for (const text of texts(named, "Invalid principal in policy")) principals.push(principalOf(kind, text));
  return { not, principals };
}

/** Who writes buckets' access logs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
export const logDelivery = "logging.s3.amazonaws.com";
/** Whoever can never ask here (a service, somebody from elsewhere) is nobody: an account without a name. */
const nobody: Principal = { account: "" };
function principalOf(kind: string, text: string): Principal {
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
  return rest.startsWith("user/") ? { account, user: rest.slice(rest.lastIndexOf("/") + 1) } : nobody;
}

const wildcards = (text: string): Pattern => {
  const pattern: Pattern = [];
  for (const piece of text.split(/([*?])/)) if (piece !== "") pattern.push(piece === "*" ? 1 : piece === "?" ? 0 : piece);
  return pattern;
};

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
export function textPattern(text: string, variables: boolean, isWild = true): Pattern {
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
  return textPattern(name, variables);
}
