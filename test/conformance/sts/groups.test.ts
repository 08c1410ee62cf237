/** Groups, and policies of an account that are attached: what they give and take is so on the next request, through both dialects; and their limits. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Context } from "../../../src/core/api.ts";
import { isDomainError } from "../../../src/core/errors.ts";
import { identityLimits } from "../../../src/core/identity/validate.ts";
import type { AccountId } from "../../../src/core/model.ts";
import { parseIdentityPolicy } from "../../../src/dialects/identity-policy.ts";
import { type Signer, signers } from "../../support/signers.ts";
import { allow, deny, keyOf, openStsWorld, policy, type StsWorld } from "./helper.ts";

let world: StsWorld;
let context: Context;
let account: AccountId;
before(async () => {
  world = await openStsWorld();
  account = world.account.id;
  context = {
    caller: { kind: "account", account: { ...world.account, root: true }, accessKeyId: "root" },
    capability: "admin",
    action: "test",
    signal: new AbortController().signal,
    deadlineMs: performance.now() + 60_000,
  };
});
after(() => world.close());

const both = ["S3 SigV4 header", "OSS V4 header"].map((name) => signers.find((signer) => signer.name === name) as Signer);
/** [read, write] through either door: the same. */
async function may(user: string): Promise<string> {
  const found = new Set<string>();
  for (const signer of both) {
    const read = (await world.ask(signer, { method: "GET", bucket: "data", key: "k" }, keyOf(user))).status === 200;
    const write = (await world.ask(signer, { method: "PUT", bucket: "data", key: "w", body: "x" }, keyOf(user))).status === 200;
    found.add(`${read ? "reads" : ""}${write ? "writes" : ""}`);
  }
  assert.equal(found.size, 1, `the doors differ: ${[...found].join(" ")}`);
  return [...found][0] as string;
}
const written = (document: object) => ({ raw: JSON.stringify(document), model: parseIdentityPolicy(JSON.stringify(document)) });
const isKind = (kind: Parameters<typeof isDomainError>[1]) => (error: unknown) => isDomainError(error, kind);

test("a user may what its groups may, as long as it is in them and they are there", async () => {
  assert.deepEqual([await may("carl"), await may("ann"), await may("bob")], ["reads", "", "readswrites"]);
  await world.core.identity.setMember(context, { account, group: "readers", user: "ann", isMember: true });
  assert.equal(await may("ann"), "reads");
  await world.core.identity.setPolicy(context, {
    holder: { account, kind: "group", name: "readers" },
    name: "writes",
    policy: written(policy(allow("s3:PutObject", "arn:aws:s3:::data/*"))),
  });
  assert.deepEqual([await may("ann"), await may("carl")], ["readswrites", "readswrites"]);
  await world.core.identity.setMember(context, { account, group: "readers", user: "ann", isMember: false });
  assert.equal(await may("ann"), "");
  await world.core.identity.createGroup(context, { account, name: "closed" });
  await world.core.identity.setPolicy(context, { holder: { account, kind: "group", name: "closed" }, name: "none", policy: written(policy(deny("s3:PutObject", "*"))) });
  await world.core.identity.setMember(context, { account, group: "closed", user: "bob", isMember: true });
  assert.equal(await may("bob"), "reads", "a denial of a group binds whom a policy of its own allows");
  await world.core.identity.deleteGroup(context, { account, name: "closed" });
  await world.core.identity.createGroup(context, { account, name: "closed" });
  await world.core.identity.setPolicy(context, { holder: { account, kind: "group", name: "closed" }, name: "none", policy: written(policy(deny("s3:*", "*"))) });
  assert.equal(await may("bob"), "readswrites", "a new group took the users of the old one of its name");
});

test("a policy of the account is changed once for all whom it is attached to, in RAM's grammar too, and stays while it is attached", async () => {
  await world.core.identity.setSharedPolicy(context, {
    account,
    name: "shared",
    ...written({ Version: "1", Statement: [{ Effect: "Allow", Action: "oss:PutObject", Resource: "acs:oss:*:*:data/*" }] }),
  });
  await world.core.identity.setAttached(context, { holder: { account, kind: "user", name: "ann" }, policy: "shared", isAttached: true });
  assert.equal(await may("ann"), "writes");
  await world.core.identity.setSharedPolicy(context, { account, name: "shared", ...written(policy(allow("s3:GetObject", "arn:aws:s3:::data/*"))) });
  assert.equal(await may("ann"), "reads");
  await assert.rejects(world.core.identity.deleteSharedPolicy(context, { account, name: "shared" }), isKind("conflict"));
  await world.core.identity.setAttached(context, { holder: { account, kind: "user", name: "ann" }, policy: "shared", isAttached: false });
  assert.equal(await may("ann"), "");
  await world.core.identity.deleteSharedPolicy(context, { account, name: "shared" });
});

test("what is not there, is there already, or is too many is refused", async () => {
  const { identity } = world.core;
  const { groupsPerUserMax, attachedMax, policyCharactersMax } = identityLimits;
  const group = (name: string) => identity.createGroup(context, { account, name });
  for (let i = 0; i < groupsPerUserMax; i++) {
    await group(`g${i}`);
    await identity.setMember(context, { account, group: `g${i}`, user: "eve", isMember: true });
  }
  await assert.rejects(identity.setMember(context, { account, group: "readers", user: "eve", isMember: true }), isKind("conflict"));
  await assert.rejects(group("g0"), isKind("nameTaken"));
  await assert.rejects(group("a/b"), isKind("invalidArgument"));
  await assert.rejects(identity.deleteGroup(context, { account, name: "none" }), isKind("accountMissing"));
  await assert.rejects(identity.setMember(context, { account, group: "none", user: "eve", isMember: true }), isKind("accountMissing"));
  await assert.rejects(identity.setMember(context, { account, group: "g0", user: "none", isMember: true }), isKind("accountMissing"));
  const holder = { account, kind: "group", name: "g0" } as const;
  for (let i = 0; i < attachedMax; i++) {
    await identity.setSharedPolicy(context, { account, name: `p${i}`, ...written(policy(allow("s3:*", "*"))) });
    await identity.setAttached(context, { holder, policy: `p${i}`, isAttached: true });
  }
  await assert.rejects(identity.setAttached(context, { holder, policy: "reads", isAttached: true }), isKind("conflict"));
  await assert.rejects(identity.setAttached(context, { holder, policy: "none", isAttached: true }), isKind("accountMissing"));
  await assert.rejects(identity.setSharedPolicy(context, { account, name: "long", model: { statements: [] }, raw: "x".repeat(policyCharactersMax + 1) }), isKind("entityTooLarge"));
  await assert.rejects(
    async () => identity.createGroup({ ...context, caller: { kind: "account", account: world.account, accessKeyId: "main" } }, { account, name: "mine" }),
    isKind("accessDenied"),
  );
  assert.deepEqual((await identity.listUsers(context, account)).find(({ name }) => name === "eve")?.groups?.length, groupsPerUserMax);
});
