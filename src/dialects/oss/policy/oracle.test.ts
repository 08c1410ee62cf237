/** OSS's policies, parsed and judged, against an evaluator written apart from the model; and what is rendered for the other vendor, judged again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compilePolicy, judge, type Verdict } from "../../../core/access/policy/judge.ts";
import type { Policy } from "../../../core/access/policy/model.ts";
import { neutralAction } from "../../../core/access/policy/vocabulary.ts";
import type { Account, Caller } from "../../../core/model.ts";
import { conditionHolds, type Json, list, type Values, wild } from "../../policy-testing.ts";
import { factOf } from "./names.ts";
import { parsePolicy } from "./parse.ts";
import { renderPolicy } from "./render.ts";

const runs = Number(process.env.AMPHORA_RUNS ?? 1000);
const seed = Number(process.env.AMPHORA_SEED ?? 20261128);
const msPerRun = 20;
const uid = "1000000000000001";
const otherUid = "2000000000000002";

type Who = "anonymous" | "owner" | "other" | "user";
type Request = { who: Who; action: string; resource: string; values: Values };

// ---- the naive evaluator: it reads the JSON itself

function principalFits(principal: unknown, who: Who): boolean {
  const named = list(principal);
  if (Array.isArray(principal) && principal.length === 0) return true;
  return named.some((name) => {
    if (name === "*") return true;
    if (name === uid) return who === "owner" || who === "user";
    if (name === otherUid) return who === "other";
    return name === `acs:ram::${uid}:user/ann` && who === "user";
  });
}
const namesEverybody = (principal: unknown): boolean => list(principal).includes("*") || (Array.isArray(principal) && principal.length === 0);

function naive(policy: Json, { who, action, resource, values }: Request): Verdict["effect"] {
  let allowed = false;
  for (const statement of policy.Statement as Json[]) {
    const fits = (field: string, hit: (value: string) => boolean): boolean =>
      statement[field] !== undefined ? list(statement[field]).some(hit) : !list(statement[`Not${field}`]).some(hit);
    if (!(statement.Principal !== undefined ? principalFits(statement.Principal, who) : !principalFits(statement.NotPrincipal, who))) continue;
    // Everybody, without a condition, is not the owner.
    if (statement.Principal !== undefined && namesEverybody(statement.Principal) && statement.Condition === undefined && who === "owner") continue;
    if (!fits("Action", (pattern) => wild(pattern.toLowerCase(), `oss:${action}`.toLowerCase()))) continue;
    if (!fits("Resource", (pattern) => wild(pattern.split(":").slice(4).join(":"), resource))) continue;
    const all = Object.entries((statement.Condition ?? {}) as Record<string, Json>).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => conditionHolds(operator, key, list(wanted), values)),
    );
    if (!all) continue;
    if (statement.Effect === "Deny") return "deny";
    allowed = true;
  }
  return allowed ? "allow" : "none";
}

// ---- what is tried

const some = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
const either = (field: string, value: fc.Arbitrary<unknown>) =>
  fc.tuple(fc.integer({ min: 0, max: 3 }), value).map(([dice, chosen]): Json => ({ [dice === 0 ? `Not${field}` : field]: chosen }));
const actionPattern = fc.constantFrom(
  "*",
  "oss:*",
  "oss:GetObject",
  "oss:getobject",
  "oss:Get*",
  "oss:PutObject",
  "oss:ListObjects",
  "oss:List*",
  "oss:PutBucket*",
  "oss:*Lifecycle",
  "oss:PutBucket",
);
const resourcePattern = fc
  .tuple(fc.constantFrom("*:*", `oss-cn-hangzhou:${uid}`, "cn-*:1000*"), fc.constantFrom("box", "b*", "*"), fc.constantFrom("", "/*", "/a*", "/*a", "/*b*c*", "/a?c"))
  .map(([place, bucket, key]) => `acs:oss:${place}:${bucket}${key}`);
const principal = fc.oneof(
  fc.constant([]),
  fc.constant("*"),
  fc.array(fc.constantFrom("*", uid, otherUid, `acs:ram::${uid}:user/ann`, `arn:sts::${uid}:assumed-role/r/s`), { minLength: 1, maxLength: 2 }),
);
const word = fc.constantFrom("a", "ab", "abc", "A", "a/b", "");
const address = fc.constantFrom("10.0.0.1", "10.0.0.200", "192.0.2.1");
const condition = fc.oneof(
  fc
    .tuple(fc.constantFrom("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"), fc.constantFrom("oss:Prefix", "oss:Delimiter", "oss:ExistingObjectTag/color"), some(word))
    .map(([operator, key, value]): Json => ({ [operator]: { [key]: value } })),
  fc
    .tuple(fc.constantFrom("StringLike", "StringNotLike"), fc.constantFrom("oss:Prefix", "acs:UserAgent"), some(fc.constantFrom("a*", "*b", "?b", "*")))
    .map(([operator, key, value]): Json => ({ [operator]: { [key]: value } })),
  fc
    .tuple(fc.constantFrom("IpAddress", "NotIpAddress"), some(fc.constantFrom("10.0.0.0/8", "10.0.0.1", "0.0.0.0/0")))
    .map(([operator, value]): Json => ({ [operator]: { "acs:SourceIp": value } })),
  fc.constantFrom("true", "false").map((value): Json => ({ Bool: { "acs:SecureTransport": value } })),
  fc
    .tuple(fc.constantFrom("DateLessThan", "DateGreaterThan"), fc.integer({ min: 1, max: 5 }))
    .map(([operator, day]): Json => ({ [operator]: { "acs:CurrentTime": `2026-01-0${day}T00:00:00+00:00` } })),
);
const statement = fc
  .tuple(
    fc.constantFrom("Allow", "Allow", "Deny"),
    fc.integer({ min: 0, max: 5 }),
    principal,
    either("Action", some(actionPattern)),
    either("Resource", some(resourcePattern)),
    fc.array(condition, { maxLength: 2 }),
  )
  .map(([Effect, dice, who, action, resource, conditions]): Json => {
    const isNot = dice === 0 && who.length > 0;
    return {
      Effect,
      [isNot ? "NotPrincipal" : "Principal"]: who,
      ...action,
      ...resource,
      ...(conditions.length === 0 ? {} : { Condition: Object.assign({}, ...conditions) as Json }),
    };
  });
const policy = fc.array(statement, { minLength: 1, maxLength: 4 }).map((Statement): Json => ({ Version: "1", Statement }));
const maybe = (value: fc.Arbitrary<string>) =>
  fc.option(
    value.map((one) => [one]),
    { nil: undefined, freq: 2 },
  );
const request: fc.Arbitrary<Request> = fc.record({
  who: fc.constantFrom("anonymous" as const, "owner" as const, "other" as const, "user" as const),
  action: fc.constantFrom("GetObject", "PutObject", "ListObjects", "ListParts", "PutBucketLifecycle", "PutBucketAcl", "PutBucket", "DeleteBucketCors"),
  resource: fc.constantFrom("box", "box/a", "box/abc", "box/abbcbc", "box/"),
  values: fc.record({
    "oss:prefix": maybe(word),
    "oss:delimiter": maybe(word),
    "oss:existingobjecttag/color": maybe(word),
    "acs:useragent": maybe(fc.constantFrom("ab", "curl", "a")),
    "acs:sourceip": maybe(address),
    "acs:securetransport": maybe(fc.constantFrom("true", "false")),
    "acs:currenttime": maybe(fc.integer({ min: 1, max: 5 }).map((n) => `2026-01-0${n}T00:00:00Z`)),
  }),
});

const account = (id: string): Account => ({ accountId: `acct-${id}`, canonicalId: id.repeat(4), uid: id }) as Account;
const callers: Record<Who, Caller> = {
  anonymous: { kind: "anonymous" },
  owner: { kind: "account", account: account(uid), accessKeyId: "k" },
  other: { kind: "account", account: account(otherUid), accessKeyId: "k" },
  user: { kind: "user", account: account(uid), user: "ann", accessKeyId: "k" },
};
const place = { bucket: "box", owner: uid, region: "cn-hangzhou" };
function verdict(model: Policy, asked: Request): Verdict {
  const facts = new Map(Object.entries(asked.values).map(([key, values]) => [factOf(key) as string, values]));
  facts.set("caller.isOwner", [String(asked.who === "owner")]);
  return judge(compilePolicy(model), { caller: callers[asked.who], action: neutralAction(`oss:${asked.action}`), resource: asked.resource, facts: (name) => facts.get(name) });
}

describe("OSS's policies", () => {
  it(`are judged as by the naive evaluator, and as rendered anew, ${runs} pairs (AMPHORA_RUNS=${runs} AMPHORA_SEED=${seed})`, { timeout: 60_000 + runs * msPerRun }, () => {
    const seen = { allow: 0, deny: 0, none: 0 };
    fc.assert(
      fc.property(policy, request, (document, asked) => {
        const wanted = naive(document, asked);
        const model = parsePolicy(Buffer.from(JSON.stringify(document)), place);
        seen[wanted]++;
        assert.equal(verdict(model, asked).effect, wanted);
        assert.equal(verdict(parsePolicy(Buffer.from(renderPolicy(model)), place), asked).effect, wanted);
      }),
      { numRuns: runs, seed },
    );
    for (const [effect, count] of Object.entries(seen)) assert.ok(count > runs / 50, `hardly any pair is decided as ${effect}: ${count}`);
  });
});
