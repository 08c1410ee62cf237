import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { isDomainError } from "../errors.ts";
import type { BucketEncryption, Encryption } from "../model.ts";
import { StoreCorrupt } from "../ports.ts";
import { asKey, drain, put, rowsOf, saveAccount, type TestBucket, type TestPorts, testAccount, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import type { CustomerKey, EncryptionAsked } from "./api.ts";
import { sealedLength, sealing } from "./chunks.ts";
import { readSealed, unlock } from "./protect.ts";

const customer = (): CustomerKey => {
  const bytes = randomBytes(32);
  return { bytes, md5: createHash("md5").update(bytes).digest("base64") };
};
const kind = (name: string) => (error: unknown) => isDomainError(error) && error.kind === name;
const admin = () => testContext("admin", testAccount("root", { root: true }));
const read = async (ports: TestPorts, address: TestBucket, key: string, more: object = {}): Promise<Buffer> => {
  const { body } = await createCore(ports).objects.open(testContext("object.read"), { ...address, key: asKey(key), onBadRange: "fail", ...more });
  return drain(body);
};
/** Every byte that is stored: rows and blobs. */
async function storedBytes(ports: TestPorts): Promise<Buffer> {
  const rows = await rowsOf(ports, { from: Buffer.from([0]), to: Buffer.from([0xfe]) });
  const blobs: Buffer[] = [];
  ports.blobs.rotate();
  for (const epoch of (await ports.blobs.epochs?.()) ?? (await ports.blobs.endedEpochs()))
    for await (const page of ports.blobs.list(epoch)) for (const { ref, size } of page) blobs.push(await drain(ports.blobs.read(ref, { start: 0, end: size })));
  return Buffer.concat([...rows.map(({ value }) => Buffer.from(value)), ...blobs]);
}
/** The test's accounts are rows without their indexes. */
const sound = async (ports: TestPorts): Promise<void> =>
  assert.deepEqual(
    (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
    [],
  );

describe("encryption", () => {
  it("by the bucket's default hides small and large objects, which read back whole and by range", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    await core.documents.put(testContext("bucket.own"), { ...bucket, kind: "encryption", document: { model: { mode: "store" }, writer: "", raw: "" } });
    for (const size of [0, 100, 1_000, 1_024, 200_000]) {
      const bytes = randomBytes(size);
      const { version } = await put(ports, bucket, `k${size}`, bytes);
      assert.equal(version.encryption?.mode, "store");
      assert.equal(version.etag, createHash("md5").update(bytes).digest("hex"));
      assert.equal(version.size, size);
      assert.deepEqual(await read(ports, bucket, `k${size}`), bytes);
      if (size > 50) {
        assert.deepEqual(await read(ports, bucket, `k${size}`, { range: { start: size - 50, end: size - 10 } }), bytes.subarray(size - 50, size - 9));
        assert.equal((await storedBytes(ports)).includes(bytes.subarray(10, 42)), false);
      }
    }
    assert.equal(ports.openReaders(), 0);
    await sound(ports);
    const open = await testBucket(ports, { name: "open" });
    for (const size of [500, 5_000]) {
      const bytes = randomBytes(size);
      await put(ports, open, "k", bytes);
      assert.equal((await storedBytes(ports)).includes(bytes.subarray(10, 42)), true, "what is not encrypted would be seen");
    }
  });

  it("with a customer's key wants that key for reading, heading and copying, and no other", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    const key = customer();
    const bytes = randomBytes(100_000);
    const { version } = await put(ports, bucket, "k", bytes, { encryption: { mode: "customer", key } });
    assert.notEqual(version.etag, createHash("md5").update(bytes).digest("hex"));
    assert.equal((await storedBytes(ports)).includes(Buffer.from(key.bytes)), false);
    assert.deepEqual(await read(ports, bucket, "k", { customerKey: key }), bytes);
    await assert.rejects(read(ports, bucket, "k"), kind("customerKeyMissing"));
    await assert.rejects(read(ports, bucket, "k", { customerKey: customer() }), kind("customerKeyWrong"));
    const address = { ...bucket, key: asKey("k") };
    await assert.rejects(core.objects.head(testContext("object.read"), address), kind("customerKeyMissing"));
    assert.equal((await core.objects.head(testContext("object.read"), { ...address, customerKey: key })).version.etag, version.etag);
    await put(ports, bucket, "plain", bytes);
    await assert.rejects(read(ports, bucket, "plain", { customerKey: key }), kind("customerKeyUnused"));
    const copy = { ...bucket, key: asKey("copy"), source: address, sourceAction: "read", acl: "private" as const, ontoItself: "refuse" as const };
    await assert.rejects(core.objects.copy(testContext("object.write"), copy), kind("customerKeyMissing"));
    assert.equal(ports.openReaders(), 0);
    await sound(ports);
  });

  it("copies share bytes under the same key and are written anew under another; each reads back", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    await saveAccount(ports, testAccount("root", { root: true }));
    await core.encryption.createKey(admin(), { id: "reports", alias: "r" });
    const [one, two] = [customer(), customer()];
    const ways: [string, EncryptionAsked | undefined, CustomerKey | undefined][] = [
      ["none", undefined, undefined],
      ["store", { mode: "store" }, undefined],
      ["key", { mode: "key", keyName: "reports" }, undefined],
      ["alias", { mode: "key", keyName: "alias/r" }, undefined],
      ["other key", { mode: "key", keyName: "" }, undefined],
      ["twice", { mode: "key", keyName: "reports", layers: 2 }, undefined],
      ["sm4", { mode: "store", cipher: "sm4" }, undefined],
      ["customer", { mode: "customer", key: one }, one],
      ["other customer", { mode: "customer", key: two }, two],
    ];
    const alike = (a: string, b: string): boolean => a === b || (["key", "alias"].includes(a) && ["key", "alias"].includes(b));
    for (const [from, asked, key] of ways) {
      for (const size of [20, 150_000]) {
        const bytes = randomBytes(size);
        const { version: source } = await put(ports, bucket, "source", bytes, asked ? { encryption: asked } : {});
        for (const [to, wanted, targetKey] of ways) {
          const { version } = await core.objects.copy(testContext("object.write"), {
            ...bucket,
            key: asKey("target"),
            source: { ...bucket, key: asKey("source") },
            sourceAction: "read",
            acl: "private",
            ontoItself: "refuse",
            ...(wanted ? { encryption: wanted } : {}),
            ...(key ? { sourceKey: key } : {}),
          });
          assert.equal(version.encryption?.mode, wanted?.mode, `${from} to ${to}`);
          if (size > 1_000) assert.equal(version.content?.id === source.content?.id, alike(from, to), `${from} to ${to}`);
          if (alike(from, to)) assert.equal(version.etag, source.etag);
          if (alike(from, to) && from !== "none") assert.notEqual(version.encryption?.wrapped, source.encryption?.wrapped);
          assert.deepEqual(await read(ports, bucket, "target", targetKey ? { customerKey: targetKey } : {}), bytes, `${from} to ${to}`);
        }
      }
    }
    assert.equal(ports.openReaders(), 0);
    await sound(ports);
  });

  it("of uploads seals each part on its own, written or copied, and reads the whole by range and by part", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    const key = customer();
    for (const [asked, customerKey] of [
      [{ mode: "store" }, undefined],
      [{ mode: "store", cipher: "sm4" }, undefined],
      [{ mode: "key", keyName: "", context: "e30=" }, undefined],
      [{ mode: "key", keyName: "", layers: 2, cipher: "sm4" }, undefined],
      [{ mode: "customer", key }, key],
    ] as [EncryptionAsked, CustomerKey | undefined][]) {
      const [first, second, other] = [randomBytes(150_000), randomBytes(70_000), randomBytes(90_000)];
      await put(ports, bucket, "source", other, { encryption: { mode: "store" } });
      const object = { ...bucket, key: asKey("k") };
      const upload = await core.uploads.create(testContext("upload.write"), { ...object, headers: {}, metadata: [], acl: "private", encryption: asked });
      assert.equal(upload.encryption?.mode, asked.mode);
      assert.equal(JSON.stringify(upload).includes("wrapped"), false);
      const at = (partNumber: number) => ({ ...object, uploadId: upload.id, partNumber });
      const given = customerKey ? { customerKey } : {};
      if (customerKey) {
        await assert.rejects(core.uploads.putPart(testContext("upload.write"), { ...at(1), body: testBody(first) }), kind("customerKeyMissing"));
        await assert.rejects(core.uploads.putPart(testContext("upload.write"), { ...at(1), body: testBody(first), customerKey: customer() }), kind("customerKeyWrong"));
      } else await assert.rejects(core.uploads.putPart(testContext("upload.write"), { ...at(1), body: testBody(first), customerKey: key }), kind("customerKeyUnused"));
      await core.uploads.putPart(testContext("upload.write"), { ...at(1), body: testBody(second), ...given });
      await core.uploads.putPart(testContext("upload.write"), { ...at(1), body: testBody(first), ...given });
      await core.uploads.copyPart(testContext("upload.write"), {
        ...at(2),
        source: { ...bucket, key: asKey("source") },
        sourceAction: "read",
        range: { start: 10, end: 80_010 },
        ...given,
      });
      await core.uploads.putPart(testContext("upload.write"), { ...at(5), body: testBody(second), ...given });
      const { version } = await core.uploads.complete(testContext("upload.write"), { ...object, uploadId: upload.id, parts: "all", partSizeMinimum: 1 });
      const all = Buffer.concat([first, other.subarray(10, 80_010), second]);
      assert.equal(version.size, all.length);
      assert.match(version.etag, /-3$/);
      assert.deepEqual(await read(ports, bucket, "k", given), all);
      assert.deepEqual(await read(ports, bucket, "k", { ...given, range: { start: 149_000, end: 231_000 } }), all.subarray(149_000, 231_001));
      assert.deepEqual(await read(ports, bucket, "k", { ...given, partNumber: 3 }), second);
      assert.equal((await storedBytes(ports)).includes(second.subarray(100, 132)), false);
    }
    assert.equal(ports.openReaders(), 0);
    await sound(ports);
  });

  it("in two layers hides each from whoever has the key of the other, and every range reads back", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const plain = sealing.plainBytes;
    for (const size of [0, 1, 900, plain - sealing.tagBytes, plain, plain + 1, 3 * plain + 77]) {
      const bytes = randomBytes(size);
      const { version } = await put(ports, bucket, "k", bytes, { encryption: { mode: "key", keyName: "", layers: 2 } });
      assert.deepEqual([version.size, version.content?.sealedBytes], [size, sealedLength(sealedLength(size))]);
      assert.deepEqual(await read(ports, bucket, "k"), bytes);
      for (const [start, end] of [
        [0, 0],
        [size - 1, size - 1],
        [plain - 20, plain + 20],
        [2 * plain, 3 * plain],
      ] as const)
        if (start >= 0 && end < size) assert.deepEqual(await read(ports, bucket, "k", { range: { start, end } }), bytes.subarray(start, end + 1), `${size}: ${start}-${end}`);
      if (size === 0) continue;
      // Each key alone opens nothing.
      const { outer: _outer, ...inner } = version.encryption as Encryption;
      const { dataKey } = await unlock(ports, inner, undefined);
      await assert.rejects(drain(readSealed(ports, version, { dataKey }, { start: 0, end: size }, () => {})), (error) => error instanceof StoreCorrupt);
    }
    await sound(ports);
  });

  it("under another named key is changed in place: nothing but the key is another", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    const { id } = await core.encryption.createKey(admin(), {});
    const address = { ...bucket, key: asKey("k") };
    const change = (keyName = id) => core.encryption.changeKey(testContext("bucket.own"), { ...address, keyName, perBucket: true });
    for (const asked of [{ mode: "store" }, { mode: "store", cipher: "sm4" }, { mode: "key", keyName: "" }] as EncryptionAsked[]) {
      const { version: before } = await put(ports, bucket, "k", "text", { encryption: asked });
      const { version: after } = await change();
      const { mode, keyId, perBucket } = after.encryption as Encryption;
      assert.deepEqual([mode, keyId, perBucket], ["key", id, true]);
      assert.deepEqual({ ...after, encryption: undefined }, { ...before, encryption: undefined });
      assert.equal((await read(ports, bucket, "k")).toString(), "text");
      await core.encryption.setKeyStatus(admin(), { id, status: "disabled" });
      await assert.rejects(read(ports, bucket, "k"), kind("encryptionKeyDisabled"));
      await core.encryption.setKeyStatus(admin(), { id, status: "enabled" });
    }
    await assert.rejects(change("unknown"), kind("encryptionKeyMissing"));
    for (const asked of [undefined, { mode: "customer", key: customer() }, { mode: "key", keyName: "", layers: 2 }] as (EncryptionAsked | undefined)[]) {
      await put(ports, bucket, "k", "text", asked ? { encryption: asked } : {});
      await assert.rejects(change(), kind("encryptionFixed"));
    }
    await sound(ports);
  });

  it("takes from the bucket what only the bucket says", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    const set = (model: BucketEncryption) => core.documents.put(testContext("bucket.own"), { ...bucket, kind: "encryption", document: { model, writer: "", raw: "" } });
    const perBucket = async (asked: EncryptionAsked | undefined) =>
      (await put(ports, bucket, "k", "text", asked ? { encryption: asked } : {})).version.encryption?.perBucket ?? false;
    await set({ mode: "key", keyName: "", perBucket: true, refusesCustomerKeys: true });
    assert.equal(await perBucket(undefined), true);
    assert.equal(await perBucket({ mode: "bucket", perBucket: false }), false);
    assert.equal(await perBucket({ mode: "key", keyName: "" }), true);
    assert.equal(await perBucket({ mode: "key", keyName: "", perBucket: false }), false);
    assert.equal(await perBucket({ mode: "store" }), false);
    const key = customer();
    const refused = { mode: "customer", key } as const;
    const address = { ...bucket, key: asKey("k") };
    await assert.rejects(put(ports, bucket, "k", "text", { encryption: refused }), kind("customerKeyBlocked"));
    await assert.rejects(
      core.uploads.create(testContext("upload.write"), { ...address, headers: {}, metadata: [], acl: "private", encryption: refused }),
      kind("customerKeyBlocked"),
    );
    const copy = { ...address, source: address, sourceAction: "read", acl: "private" as const, ontoItself: "refuse" as const, encryption: refused };
    await assert.rejects(core.objects.copy(testContext("object.write"), copy), kind("customerKeyBlocked"));
    await set({ mode: "key", keyName: "" });
    assert.equal(await perBucket({ mode: "bucket", perBucket: true }), true);
    await put(ports, bucket, "c", "text", { encryption: refused });
    await set({ mode: "store", refusesCustomerKeys: true });
    assert.equal((await read(ports, bucket, "c", { customerKey: key })).toString(), "text", "what is there stays readable");
  });

  it("by a named key needs that there is one and that it is enabled", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const core = createCore(ports);
    const asked = { mode: "key", keyName: "alias/r" } as const;
    await assert.rejects(put(ports, bucket, "k", "text", { encryption: asked }), kind("encryptionKeyMissing"));
    const made = await core.encryption.createKey(admin(), { alias: "r" });
    await assert.rejects(core.encryption.createKey(admin(), { alias: "r" }), kind("nameTaken"));
    await assert.rejects(core.encryption.createKey(testContext("admin"), {}), kind("accessDenied"));
    const { version } = await put(ports, bucket, "k", "text", { encryption: asked });
    assert.equal(version.encryption?.keyId, made.id);
    await core.encryption.setKeyStatus(admin(), { id: made.id, status: "disabled" });
    await assert.rejects(read(ports, bucket, "k"), kind("encryptionKeyDisabled"));
    await assert.rejects(put(ports, bucket, "k2", "text", { encryption: asked }), kind("encryptionKeyDisabled"));
    await core.encryption.setKeyStatus(admin(), { id: made.id, status: "enabled" });
    assert.equal((await read(ports, bucket, "k")).toString(), "text");
    assert.deepEqual(
      (await core.encryption.listKeys(admin())).map(({ id, alias, status }) => ({ id, alias, status })),
      [{ id: made.id, alias: "r", status: "enabled" }],
    );
    assert.equal(ports.openReaders(), 0);
  });

  it("without a master key is refused, and what is not encrypted is as it was", async () => {
    const { master: _master, ...ports } = testPorts();
    const bucket = await testBucket(ports);
    await assert.rejects(put(ports, bucket, "k", "text", { encryption: { mode: "store" } }), kind("notSupported"));
    const { version } = await put(ports, bucket, "k", "text");
    assert.equal(version.encryption, undefined);
    assert.equal(version.content?.sealedBytes, undefined);
  });
});
