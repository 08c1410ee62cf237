import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { memoryBlobs } from "../../storage/blobs/memory/memory-blobs.ts";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import type { Context, Identities } from "../api.ts";
import { type ErrorKind, isDomainError } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Account, BucketName, TenantName } from "../model.ts";
import type { Ports } from "../ports.ts";
import { presence } from "../records.ts";
import { identityVerbs } from "./identity.ts";

const quiet = { info() {}, warn() {}, error() {} };
const newPorts = (): Ports => ({
  metadata: memoryMetadata({ monotonicMs: () => performance.now() }),
  blobs: memoryBlobs(),
  clock: { wallMs: () => Date.now(), sequenceMs: () => Date.now(), monotonicMs: () => performance.now() },
  random: { bytes: (count) => randomBytes(count) },
  readers: { begin: () => () => {}, oldestMs: () => Number.POSITIVE_INFINITY },
  log: quiet,
});
const rootContext = (root = true): Context => ({
  caller: { kind: "account", account: { id: "x", tenant: "default", root } as Account, accessKeyId: "k" },
  capability: "admin",
  action: "admin",
  signal: new AbortController().signal,
  deadlineMs: performance.now() + 5_000,
});
const admin = rootContext();
const kind = (name: ErrorKind) => (error: unknown) => isDomainError(error, name);
const europe = "europe" as TenantName;

/** The file of ../shared/suites/identities.json, with fields we do not know. */
const file = (): Identities & Record<string, unknown> => ({
  tenants: [{ name: "europe" }, { name: "asia" }],
  accounts: [
    {
      tenant: "default",
      name: "main",
      canonicalId: "a0a1a2a3a4a5a6a7a8a9b0b1b2b3b4b5b6b7b8b9c0c1c2c3c4c5c6c7c8c9d0d1",
      uid: "1000000000000001",
      accountId: "000000000000",
      displayName: "main",
      email: "main@amphora.test",
      keys: [{ accessKeyId: "amphoratest", secretAccessKey: "amphoratest-secret-0123456789" }],
      users: [{ name: "ram", keys: [{ accessKeyId: "amphoraram", secretAccessKey: "amphoraram-secret-0123456789" }], policies: [] } as { name: string }],
    },
    { tenant: "europe", name: "lgreen", displayName: "lgreen", hcp: { username: "lgreen", password: "p4ssw0rd", allowNamespaceManagement: true } },
  ],
  kmsKeys: ["testkey-1"],
});

describe("identity", () => {
  it("apply makes what the file says, changes nothing the second time, and brings a changed file into line", async () => {
    const identity = identityVerbs(newPorts());
    // Tenants default, europe, asia; accounts main, lgreen; user ram; two keys.
    assert.deepEqual(await identity.apply(file()), { created: 8, changed: 0 });
    assert.deepEqual(await identity.apply(file()), { created: 0, changed: 0 });

    const found = await identity.accessKey("amphoratest");
    assert.equal(found?.account.name, "main");
    assert.equal(found?.account.uid, "1000000000000001");
    assert.equal(found?.key.user, undefined);
    assert.equal((await identity.accessKey("amphoraram"))?.key.user, "ram");
    const hcp = await identity.hcpAccount(europe, "lgreen");
    assert.equal(hcp?.passwordMd5, "2a9d119df47ff993b662a8ef36f9ea20", "the manual's own pair");
    assert.deepEqual(hcp?.account.hcp, { username: "lgreen", allowNamespaceManagement: true });
    assert.equal(await identity.hcpAccount("asia" as TenantName, "lgreen"), undefined, "HCP users belong to a tenant");

    const changed = file();
    const [main, lgreen] = changed.accounts as NonNullable<Identities["accounts"]>;
    Object.assign(main as object, { email: "new@amphora.test", keys: [{ accessKeyId: "amphoratest", secretAccessKey: "another-secret-0123456789" }] });
    Object.assign(lgreen as object, { hcp: { username: "lgreen", password: "p4ssw0rd2", allowNamespaceManagement: true } });
    assert.deepEqual(await identity.apply(changed), { created: 0, changed: 3 });
    assert.equal((await identity.accessKey("amphoratest"))?.key.secret, "another-secret-0123456789");
    assert.equal((await identity.hcpAccount(europe, "lgreen"))?.passwordMd5, createHash("md5").update("p4ssw0rd2").digest("hex"));
    assert.equal(await identity.accountBy("email", "default" as TenantName, "main@amphora.test"), undefined);
    assert.equal((await identity.accountBy("email", "default" as TenantName, "new@amphora.test"))?.name, "main");
  });

  it("apply refuses a file of the wrong shape by the name of the field, and a key that is another's", async () => {
    const identity = identityVerbs(newPorts());
    await assert.rejects(identity.apply({ accounts: [{ tenant: "default", name: 7 }] } as unknown as Identities), kind("invalidArgument"));
    await assert.rejects(identity.apply({ accounts: {} } as unknown as Identities), kind("invalidArgument"));
    await assert.rejects(identity.apply({ accounts: [{ tenant: "nowhere", name: "a" }] }), kind("invalidArgument"));
    const key = { accessKeyId: "samekey", secretAccessKey: "0123456789" };
    await assert.rejects(
      identity.apply({
        accounts: [
          { tenant: "default", name: "a", keys: [key] },
          { tenant: "default", name: "b", keys: [key] },
        ],
      }),
      kind("nameTaken"),
    );
    assert.equal((await identity.accessKey("samekey"))?.account.name, "a");
  });

  it("makes ids in the vendors' forms, finds an account by each unique field, and refuses a second one of the same", async () => {
    const identity = identityVerbs(newPorts());
    await identity.apply({});
    const account = await identity.createAccount(admin, { tenant: "default", name: "one", email: "one@amphora.test" });
    assert.match(account.canonicalId, /^[0-9a-f]{64}$/);
    assert.match(account.uid, /^[1-9][0-9]{15}$/);
    assert.match(account.accountId, /^[0-9]{12}$/);
    for (const field of ["canonicalId", "uid", "email", "name"] as const) {
      assert.deepEqual(await identity.accountBy(field, account.tenant, account[field]), account, field);
      assert.equal(await identity.accountBy(field, europe, account[field]), undefined, `${field} in another tenant`);
      await assert.rejects(identity.createAccount(admin, { tenant: "default", name: "two", [field]: account[field] }), kind("nameTaken"), field);
    }
    const key = await identity.createKey(admin, { account: account.id });
    assert.equal(key.id.length, 20);
    assert.equal(key.secret.length, 40);
    await assert.rejects(identity.createKey(admin, { account: account.id, id: key.id }), kind("nameTaken"));
    await assert.rejects(identity.createKey(admin, { account: account.id, user: "nobody" }), kind("accountMissing"));
    assert.deepEqual(await identity.listKeys(admin, account.id), [{ id: key.id, account: account.id, status: "active", createdMs: key.createdMs }], "without the secret");
  });

  it("raises the account's epoch with every change, and a deleted key is gone on the next look", async () => {
    const identity = identityVerbs(newPorts());
    await identity.apply({});
    const { id } = await identity.createAccount(admin, { tenant: "default", name: "one" });
    const epochs: number[] = [];
    const note = async () => epochs.push((await identity.account(id))?.epoch ?? -1);
    await note();
    await identity.createUser(admin, { account: id, name: "u" });
    await note();
    const key = await identity.createKey(admin, { account: id, user: "u" });
    await note();
    await identity.deleteKey(admin, key.id);
    await note();
    assert.deepEqual(epochs, [1, 2, 3, 4]);
    assert.equal(await identity.accessKey(key.id), undefined);
    await identity.createKey(admin, { account: id, user: "u", id: "userkey" });
    await identity.createKey(admin, { account: id, id: "ownkey" });
    await identity.deleteUser(admin, { account: id, name: "u" });
    assert.equal(await identity.accessKey("userkey"), undefined, "a user's keys go with it");
    assert.equal((await identity.accessKey("ownkey"))?.account.id, id);
  });

  it("deleteAccount refuses while the account owns a bucket, and then takes every row of it", async () => {
    const ports = newPorts();
    const identity = identityVerbs(ports);
    await identity.apply({});
    const { id } = await identity.createAccount(admin, { tenant: "default", name: "one", hcp: { username: "one", password: "pw" } });
    await identity.createUser(admin, { account: id, name: "u" });
    await identity.createKey(admin, { account: id, user: "u" });
    const owned = tables.owned.key(id, "default" as TenantName, "b" as BucketName);
    await ports.metadata.commit({ expect: [], put: [{ key: owned, value: presence }], remove: [], add: [] });
    await assert.rejects(identity.deleteAccount(admin, id), kind("conflict"));
    await ports.metadata.commit({ expect: [], put: [], remove: [owned], add: [] });
    await identity.deleteAccount(admin, id);
    assert.equal(await identity.account(id), undefined);
    const snapshot = await ports.metadata.snapshot();
    const rows = await snapshot.scan({ from: Buffer.from([0x41]), to: Buffer.from([0x50]) }).next(100);
    snapshot.close();
    assert.deepEqual(rows, [], "no row of identity stays but the tenant");
    await identity.createAccount(admin, { tenant: "default", name: "one", hcp: { username: "one", password: "pw" } });
  });

  it("deleteTenant refuses while it has accounts or buckets, and never takes the default one", async () => {
    const identity = identityVerbs(newPorts());
    await identity.apply(file());
    assert.deepEqual((await identity.listTenants(admin)).map(({ name }) => name as string).sort(), ["asia", "default", "europe"]);
    await assert.rejects(identity.deleteTenant(admin, "default"), kind("conflict"));
    await assert.rejects(identity.deleteTenant(admin, "europe"), kind("conflict"));
    await identity.deleteTenant(admin, "asia");
    await assert.rejects(identity.deleteTenant(admin, "asia"), kind("accountMissing"));
    assert.equal(await identity.tenant("asia"), undefined);
    assert.deepEqual(
      (await identity.listAccounts(admin, europe)).map(({ name }) => name),
      ["lgreen"],
    );
  });

  it("is changed and listed by the root account only", async () => {
    const identity = identityVerbs(newPorts());
    await identity.apply(file());
    const id = (await identity.accessKey("amphoratest"))?.account.id as Account["id"];
    const someone = rootContext(false);
    const attempts = [
      () => identity.createTenant(someone, "t"),
      () => identity.deleteTenant(someone, "asia"),
      () => identity.listTenants(someone),
      () => identity.createAccount(someone, { tenant: "default", name: "n" }),
      () => identity.deleteAccount(someone, id),
      () => identity.listAccounts(someone),
      () => identity.createUser(someone, { account: id, name: "n" }),
      () => identity.deleteUser(someone, { account: id, name: "ram" }),
      () => identity.listUsers(someone, id),
      () => identity.createKey(someone, { account: id }),
      () => identity.deleteKey(someone, "amphoratest"),
      () => identity.listKeys(someone, id),
    ];
    for (const attempt of attempts) await assert.rejects(async () => attempt(), kind("accessDenied"), String(attempt));
  });

  it("32 that make the same account at once: one is told yes, the others nameTaken", async () => {
    const identity = identityVerbs(newPorts());
    await identity.apply({});
    const results = await Promise.allSettled(Array.from({ length: 32 }, () => identity.createAccount(admin, { tenant: "default", name: "same" })));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    for (const result of results) if (result.status === "rejected") assert.ok(isDomainError(result.reason, "nameTaken"), String(result.reason));
  });
});
