// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies
/** The evaluator against one that was written apart from it, straight from the vendor's text: it reads the JSON itself and knows nothing of the model. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compilePolicy, judge } from "../../../core/access/policy/judge.ts";
import type { Account, Caller } from "../../../core/model.ts";
import { conditionHolds, filled, type Json, list, type Values, wild } from "../../policy-testing.ts";
import { factOf } from "./names.ts";
import { parsePolicy } from "./parse.ts";

const runs = Number(process.env.AMPHORA_RUNS ?? 3000);
const seed = Number(process.env.AMPHORA_SEED ?? 20261128);
const msPerRun = 2;

type Request = { who: "anonymous" | "account" | "other" | "user"; action: string; resource: string; values: Values };

// ---- the naive evaluator

function principalFits(principal: unknown, who: Request["who"]): boolean {
  if (principal === "*") return true;
  return list((principal as Json).AWS).some((name) => {
    if (name === "*") return true;
    if (name === "111111111111" || name === "arn:aws:iam::111111111111:root") return who === "account" || who === "user";
    return name === "arn:aws:iam::111111111111:user/ann" && who === "user";
  });
}

function naive(policy: Json, { who, action, resource, values }: Request): "allow" | "deny" | "none" {
  let allowed = false;
  for (const statement of policy.Statement as Json[]) {
    const fits = (field: string, hit: (value: string) => boolean): boolean =>
      statement[field] !== undefined ? list(statement[field]).some(hit) : !list(statement[`Not${field}`]).some(hit);
    const meant = statement.Principal !== undefined ? principalFits(statement.Principal, who) : !principalFits(statement.NotPrincipal, who);
    if (!meant) continue;
    if (!fits("Action", (pattern) => wild(pattern.toLowerCase(), `s3:${action}`.toLowerCase()))) continue;
    const hasResource = fits("Resource", (pattern) => {
      const full = filled(pattern, values);
      return full !== undefined && wild(full, `arn:aws:s3:::${resource}`);
    });
    if (!hasResource) continue;
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
  "s3:*",
  "s3:GetObject",
  "s3:getobject",
  "s3:Get*",
  "s3:?etObject",
  "s3:*Object*",
  "s3:PutObject",
  "s3:ListBucket",
  "s3:*Tagging",
  "s3:GetObject*",
);
const resourcePattern = fc
  .tuple(
    fc.constantFrom("box", "b*", "b?x", "*"),
    fc.constantFrom("", "/*", "/a*", "/*a", "/a?c", "/*b*c*", "/aab*aab", "/${aws:username}/*", "/${aws:username}", "/${s3:prefix, 'abc'}", "/*aabaa*", "/?*?"),
  )
  .map(([bucket, key]) => `arn:aws:s3:::${bucket}${key}`);
const principal = fc.constantFrom(
  "*",
  { AWS: "*" },
  { AWS: "111111111111" },
  { AWS: ["arn:aws:iam::111111111111:root"] },
  { AWS: "arn:aws:iam::111111111111:user/ann" },
  {
    AWS: ["arn:aws:iam::222222222222:root", "arn:aws:iam::111111111111:user/ann"],
  },
);
const word = fc.constantFrom("a", "ab", "abc", "A", "Ab", "a/b", "ann", "");
const wildWord = fc.constantFrom("a", "ab", "*", "a*", "?b", "*b*", "a?c", "${aws:username}", "${aws:username}*", "${s3:delimiter, 'ab'}");
const day = fc.integer({ min: 1, max: 5 }).map((n) => `2026-01-0${n}T00:00:00Z`);
const number = fc.constantFrom("0", "1", "5", "10", "-1", "2.5");
const address = fc.constantFrom("10.0.0.1", "10.0.0.200", "10.1.0.1", "192.0.2.1", "255.255.255.255");
const block = fc.constantFrom("10.0.0.0/8", "10.0.0.0/24", "10.0.0.1", "10.0.0.128/25", "0.0.0.0/0", "192.0.2.0/31");
const arn = fc.constantFrom("arn:aws:iam::1:root", "arn:aws:iam::1:user/ann", "arn:aws:s3:::b");
const arnPattern = fc.constantFrom("arn:aws:iam::1:*", "arn:aws:iam::*:root", "arn:*:iam::1:user/a?n", "arn:aws:*", "*", "arn:aws:s3:::b");

const texts = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"];
const kinds: [operators: string[], keys: string[], wanted: fc.Arbitrary<string>][] = [
  [texts, ["s3:prefix", "s3:delimiter", "aws:username", "s3:ExistingObjectTag/color", "s3:RequestObjectTagKeys"], word],
  [["StringLike", "StringNotLike"], ["s3:prefix", "s3:delimiter", "s3:RequestObjectTagKeys"], wildWord],
  [["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"], ["s3:max-keys"], number],
  [["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"], ["aws:CurrentTime"], day],
  [["Bool"], ["aws:SecureTransport"], fc.constantFrom("true", "false")],
  [["BinaryEquals"], ["aws:Referer"], fc.constantFrom("QUJD", "QUI=")],
  [["IpAddress", "NotIpAddress"], ["aws:SourceIp"], block],
  [["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"], ["aws:PrincipalArn"], arnPattern],
];
const condition = fc.oneof(
  ...kinds.map(([operators, keys, wanted]) =>
    fc
      .tuple(fc.constantFrom("", "", "ForAnyValue:", "ForAllValues:"), fc.constantFrom(...operators), fc.constantFrom("", "", "IfExists"), fc.constantFrom(...keys), some(wanted))
      .map(([set, operator, optional, key, values]): Json => ({ [`${set}${operator}${optional}`]: { [key]: values } })),
  ),
  fc.tuple(fc.constantFrom("s3:prefix", "aws:username", "s3:max-keys"), fc.constantFrom("true", "false")).map(([key, value]): Json => ({ Null: { [key]: value } })),
);
const statement = fc
  .tuple(
    fc.constantFrom("Allow", "Allow", "Deny"),
    fc.boolean(),
    principal,
    either("Action", some(actionPattern)),
    either("Resource", some(resourcePattern)),
    fc.array(condition, { maxLength: 2 }),
  )
  .map(([Effect, not, who, action, resource, conditions]): Json => {
    const all = Object.assign({}, ...conditions) as Json;
    return { Effect, [not && Effect === "Deny" ? "NotPrincipal" : "Principal"]: who, ...action, ...resource, ...(conditions.length === 0 ? {} : { Condition: all }) };
  });
const policy = fc.array(statement, { minLength: 1, maxLength: 4 }).map((Statement): Json => ({ Version: "2012-10-17", Statement }));
const maybe = (value: fc.Arbitrary<string>) =>
  fc.option(
    value.map((one) => [one]),
    { nil: undefined, freq: 2 },
  );
const request: fc.Arbitrary<Request> = fc.record({
  who: fc.constantFrom("anonymous" as const, "account" as const, "other" as const, "user" as const),
  action: fc.constantFrom("GetObject", "PutObject", "GetObjectTagging", "ListBucket", "GetObjectVersion"),
  resource: fc.constantFrom("box", "box/a", "box/abc", "box/ann", "box/ann/x", "box/aabaab", "box/aab", "box/abbcbc", "box/aaabaaabaa", "box/"),
  values: fc.record({
    "s3:prefix": maybe(word),
    "s3:delimiter": maybe(word),
    "s3:max-keys": maybe(number),
    "s3:existingobjecttag/color": maybe(word),
    "s3:requestobjecttagkeys": fc.option(fc.uniqueArray(word, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    "aws:currenttime": maybe(day),
    "aws:securetransport": maybe(fc.constantFrom("true", "false")),
    "aws:referer": maybe(fc.constantFrom("QUJD", "QUI=")),
    "aws:sourceip": maybe(address),
    "aws:principalarn": maybe(arn),
  }),
});

const account = (accountId: string): Account => ({ accountId, canonicalId: accountId.repeat(5), uid: "7" }) as Account;
const callers: Record<Request["who"], Caller> = {
  anonymous: { kind: "anonymous" },
  account: { kind: "account", account: account("111111111111"), accessKeyId: "k" },
  other: { kind: "account", account: account("333333333333"), accessKeyId: "k" },
  user: { kind: "user", account: account("111111111111"), user: "ann", accessKeyId: "k" },
};

describe("policies", () => {
  it(`are judged as by the naive evaluator, ${runs} pairs (AMPHORA_RUNS=${runs} AMPHORA_SEED=${seed})`, { timeout: 60_000 + runs * msPerRun }, () => {
    const seen = { allow: 0, deny: 0, none: 0 };
    fc.assert(
      fc.property(policy, request, (document, asked) => {
        if (asked.who === "user") asked.values["aws:username"] = ["ann"];
        const wanted = naive(document, asked);
        const facts = new Map(Object.entries(asked.values).map(([key, values]) => [factOf(key) as string, values]));
        const compiled = compilePolicy(parsePolicy(Buffer.from(JSON.stringify(document)), { bucket: "box" }));
        const verdict = judge(compiled, { caller: callers[asked.who], action: asked.action, resource: asked.resource, facts: (name) => facts.get(name) });
        seen[wanted]++;
        assert.equal(verdict.effect, wanted);
        assert.equal(verdict.statements.length > 0, wanted !== "none");
      }),
      { numRuns: runs, seed },
    );
    for (const [effect, count] of Object.entries(seen)) assert.ok(count > runs / 50, `hardly any pair is decided as ${effect}: ${count}`);
  });
});
