import assert from "node:assert/strict";
import { createHash, createSecretKey, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { createCore } from "../core.ts";
import { isDomainError } from "../errors.ts";
import type { Encryption } from "../model.ts";
import { type MasterKey, StoreCorrupt } from "../ports.ts";
import { asKey, drain, put, type TestBucket, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { keyCache, keyCacheLimits } from "./key-cache.ts";
import { masterKeyOf } from "./master.ts";
import { unlock } from "./protect.ts";

const admin = () => testContext("admin", testAccount("root", { root: true }));
const read = async (ports: TestPorts, address: TestBucket, more: object = {}): Promise<string> => {
  const { body } = await createCore(ports).objects.open(testContext("object.read"), { ...address, key: asKey("k"), onBadRange: "fail", ...more });
  return (await drain(body)).toString();
};

describe("kept keys", () => {
  it("open an object again, under the words they were wrapped with and no others", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { version } = await put(ports, bucket, "k", "text", { encryption: { mode: "key", keyName: "", context: "e30=" } });
    const kept = version.encryption as Encryption;
    const cache = keyCache(ports.master as MasterKey);
    assert.equal(cache.find(kept), undefined);
    assert.equal(await read(ports, bucket), "text");
    const known = cache.find(kept);
    assert.ok(known);
    assert.equal((await unlock(ports, kept, undefined)).dataKey, known);
    assert.equal(await read(ports, bucket), "text");
    for (const changed of [{ context: "e31=" }, { keyId: "another" }, { mode: "store" as const }])
      await assert.rejects(unlock(ports, { ...kept, ...changed }, undefined), (error) => error instanceof StoreCorrupt);
    assert.equal(keyCache(masterKeyOf(randomBytes(32))).find(kept), undefined, "each master key has its own");
  });

  it("are forgotten when their key is disabled, which is seen at once", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    const { id } = await core.encryption.createKey(admin(), {});
    const { version } = await put(ports, bucket, "k", "text", { encryption: { mode: "key", keyName: id } });
    const cache = keyCache(ports.master as MasterKey);
    for (let n = 0; n < 2; n++) {
      assert.equal(await read(ports, bucket), "text");
      assert.ok(cache.find(version.encryption as Encryption));
      await core.encryption.setKeyStatus(admin(), { id, status: "disabled" });
      await assert.rejects(read(ports, bucket), (error) => isDomainError(error) && error.kind === "encryptionKeyDisabled");
      assert.equal(cache.find(version.encryption as Encryption), undefined);
      await core.encryption.setKeyStatus(admin(), { id, status: "enabled" });
    }
  });

  it("are never a customer's, who shows the key each time", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const bytes = randomBytes(32);
    const key = { bytes, md5: createHash("md5").update(bytes).digest("base64") };
    const { version } = await put(ports, bucket, "k", "text", { encryption: { mode: "customer", key } });
    const kept = version.encryption as Encryption;
    assert.equal(await read(ports, bucket, { customerKey: key }), "text");
    assert.equal(keyCache(ports.master as MasterKey).find(kept), undefined);
    assert.throws(() => keyCache(ports.master as MasterKey).keep(kept, createSecretKey(randomBytes(32))), /not kept/);
    await assert.rejects(read(ports, bucket), (error) => isDomainError(error) && error.kind === "customerKeyMissing");
  });

  it("are so many at most, and the oldest goes", () => {
    const cache = keyCache(masterKeyOf(randomBytes(32)));
    const dataKey = createSecretKey(randomBytes(32));
    const kept = (n: number) => ({ mode: "store" as const, wrapped: String(n) });
    for (let n = 0; n <= keyCacheLimits.keysMax; n++) cache.keep(kept(n), dataKey);
    assert.deepEqual([cache.find(kept(0)), cache.find(kept(1)), cache.find(kept(keyCacheLimits.keysMax))], [undefined, dataKey, dataKey]);
  });
});
