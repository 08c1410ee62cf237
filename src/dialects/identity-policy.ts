/** Policies of identities and sessions, in either vendor's grammar; and who may become a role, in either's. */
import type { Policy, Principal, Statement } from "../core/access/policy/model.ts";
import type { JsonObject, JsonValue } from "../lib/strict-json.ts";
import { VendorError } from "./error-table.ts";
import { parsePolicy as parseOssPolicy } from "./oss/policy/parse.ts";
import { conditionsOf, effectOf, isObject, onlyFields, readPolicy, statementsOf, texts, wildcards } from "./policy-grammar.ts";
import { factOf } from "./s3/policy/names.ts";
import { malformedPolicy, parsePolicy as parseS3Policy, principalOf } from "./s3/policy/parse.ts";

/** `Version` tells the grammar: `1` is RAM's, everything else IAM's. Throws VendorError. */
export function parseIdentityPolicy(raw: string): Policy {
  const bytes = Buffer.from(raw, "utf8");
  return readPolicy(bytes, malformedPolicy).Version === "1" ? parseOssPolicy(bytes, undefined) : parseS3Policy(bytes, {});
}

/** Who may become a role: statements without a resource, whose principals are accounts, users and roles of either vendor's spelling. Throws VendorError. */
export function parseTrust(raw: string): Policy {
  const root = readPolicy(Buffer.from(raw, "utf8"), malformedPolicy);
  onlyFields(root, ["Version", "Id", "Statement"], malformedPolicy);
  return { statements: statementsOf(root, malformedPolicy).map(trustStatement) };
}

function trustStatement(statement: JsonValue): Statement {
  if (!isObject(statement)) return malformedPolicy("Invalid policy syntax.");
  onlyFields(statement, ["Sid", "Effect", "Principal", "Action", "Condition"], malformedPolicy);
  const actions = texts(statement.Action, "Policy has invalid action", malformedPolicy).map((text) => {
    const name = text === "*" ? "*" : /^sts:([A-Za-z*?]+)$/i.exec(text)?.[1];
    return name === undefined ? malformedPolicy("Policy has invalid action") : wildcards(name);
  });
  const { Sid: id } = statement;
  return {
    ...(typeof id === "string" ? { id } : {}),
    effect: effectOf(statement, malformedPolicy),
    who: { not: false, principals: principalsOf(statement) },
    actions: { not: false, patterns: actions },
    resources: { not: false, patterns: [[1]] },
    conditions:
      statement.Condition === undefined
        ? []
        : conditionsOf(statement.Condition, {
            factOf: trustFact,
            pattern: (text, isWild) => (isWild ? wildcards(text) : text === "" ? [] : [text]),
            isOpen: () => false,
            refuse: malformedPolicy,
          }),
  };
}

/** What only this question has, and what every policy may ask. */
const ofTrust: Record<string, string> = { "sts:externalid": "request.externalId", "sts:rolesessionname": "request.sessionName" };
const trustFact = (key: string): string | undefined => ofTrust[key.toLowerCase()] ?? factOf(key);

function principalsOf({ Principal: named }: JsonObject): Principal[] {
  if (named === "*") return [{ anyone: true }];
  if (!isObject(named) || Object.keys(named).length === 0) return malformedPolicy("Invalid principal in policy");
  onlyFields(named, ["AWS", "RAM", "CanonicalUser", "Service", "Federated"], malformedPolicy);
  return Object.entries(named).flatMap(([kind, value]) =>
    texts(value, "Invalid principal in policy", malformedPolicy).map((text) => (kind === "RAM" ? ramPrincipal(text) : principalOf(kind, text))),
  );
}

/** `acs:ram::<uid>:root`, `…:user/name`, `…:role/name`, or the bare number of an account. */
function ramPrincipal(text: string): Principal {
  if (/^\d{1,32}$/.test(text)) return { account: text };
  const [, account = "", rest = ""] = /^acs:ram::(\d{1,32}):(root|user\/[^*?/]{1,128}|role\/[^*?/]{1,128})$/.exec(text) ?? [];
  if (rest === "root") return { account };
  if (rest.startsWith("user/")) return { account, user: rest.slice("user/".length) };
  return rest.startsWith("role/") ? { account, role: rest.slice("role/".length) } : malformedPolicy("Invalid principal in policy");
}

/** As `parse`, with the refusal in the words of whoever asks. */
export function orRefuse<T>(parse: () => T, refuse: (message: string) => never): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof VendorError) return refuse(error.answer.message);
    throw error;
  }
}
