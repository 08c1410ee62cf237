import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Context } from "../api.ts";
import { checkStore } from "../check/check.ts";
import { masterKeyOf } from "../encryption/master.ts";
import type { Account, TenantName } from "../model.ts";
import { testPorts } from "../testing.ts";
import { identityVerbs } from "./identity.ts";
import { sessionLimits } from "./sessions.ts";

const secret = "secret-0123456789";
const never = { signal: new AbortController().signal, deadlineMs: performance.now() + 60_000 };
const as = (account: Account, more: Partial<Context> = {}): Context => ({
  caller: { kind: "account", account, accessKeyId: "lasting" },
  capability: "service.own",
  action: "test",
  ...never,
  ...more,
});

async function prepared() {
  const ports = testPorts();
  const identity = identityVerbs(ports);
  await identity.apply({
    accounts: [{ tenant: "default", name: "main", keys: [{ accessKeyId: "lasting", secretAccessKey: secret }], users: [{ name: "ann" }], groups: [{ name: "g" }] }],
  });
  const account = (await identity.accountBy("name", "default" as TenantName, "main")) as Account;
  const issued = await identity.issueSession(as(account), { by: "lasting", prefix: "T.", seconds: 900 });
  return { ports, identity, account, issued };
}

test("a token is good wherever its master key is, and nowhere else; changed by a bit it is none", async () => {
  const { ports, identity, issued } = await prepared();
  const again = identityVerbs({ ...ports, master: masterKeyOf(ports.master?.bytes ?? randomBytes(32)) });
  for (const verbs of [identity, again]) {
    const opened = await verbs.session(issued.token);
    assert.ok(opened.outcome === "good");
    assert.deepEqual([opened.id, opened.secret, opened.by, opened.caller.kind], [issued.accessKeyId, issued.secret, "lasting", "account"]);
  }
  const { master: _, ...without } = ports;
  for (const other of [{ ...ports, master: masterKeyOf(randomBytes(32)) }, without]) assert.equal((await identityVerbs(other).session(issued.token)).outcome, "invalid");
  const bytes = Buffer.from(issued.token, "base64");
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    assert.equal((await identity.session(changed.toString("base64"))).outcome, "invalid", `byte ${at}`);
  }
  for (const text of ["", "A", "AAAA", "x".repeat(2 * sessionLimits.tokenBytesMax)]) assert.equal((await identity.session(text)).outcome, "invalid");
  assert.ok(!issued.token.includes(Buffer.from(issued.secret).toString("base64").slice(0, 12)), "the secret stands in the token");
});

test("seconds are bounded, and a temporary key gets no other", async () => {
  const { identity, account } = await prepared();
  const issue = (seconds: number) => identity.issueSession(as(account), { by: "lasting", prefix: "T.", seconds });
  for (const seconds of [899, 129_601, 900.5, Number.NaN]) await assert.rejects(async () => issue(seconds), /invalidArgument/);
  const caller = { kind: "account", account, accessKeyId: "T.1", session: { expiresMs: 0 } } as const;
  await assert.rejects(async () => identity.issueSession(as(account, { caller }), { by: "lasting", prefix: "T.", seconds: 900 }), /accessDenied/);
});

test("an account takes its groups, roles and policies along, and the store stays whole", async () => {
  const { ports, identity, account } = await prepared();
  const root: Context = { ...as({ ...account, root: true }), capability: "admin" };
  const model = { statements: [] };
  await identity.setRole(root, { account: account.id, name: "r", trust: { raw: "{}", model } });
  await identity.setSharedPolicy(root, { account: account.id, name: "p", raw: "{}", model });
  await identity.setMember(root, { account: account.id, group: "g", user: "ann", isMember: true });
  const problems = async (): Promise<string[]> => (await checkStore(ports)).map(({ what }) => what);
  assert.deepEqual(await problems(), []);
  await identity.deleteAccount(root, account.id);
  assert.deepEqual(await problems(), []);
  assert.deepEqual([await identity.listGroups(root, account.id), await identity.listRoles(root, account.id), await identity.listSharedPolicies(root, account.id)], [[], [], []]);
});
