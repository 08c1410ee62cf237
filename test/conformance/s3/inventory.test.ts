import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { jobKinds } from "../../../src/core/jobs/kinds.ts";
import { runJobs } from "../../../src/core/jobs/testing.ts";
import { tables } from "../../../src/core/keys.ts";
import { startDueRuns } from "../../../src/core/lifecycle/run.ts";
import type { TenantName } from "../../../src/core/model.ts";
import { encodeJson } from "../../../src/core/records.ts";
import { onView } from "../../../src/core/view.ts";
import { s3InventoryForm } from "../../../src/dialects/s3/documents/inventory.ts";
import { xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, alt, mainCanonicalId, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string, headers: Record<string, string> = {}, as?: typeof alt) =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
before(async () => {
  world = await openWorld("s3", { encryptionKeys: "any" });
  for (const bucket of ["source", "target"]) await ask("PUT", `/${bucket}`, undefined, { "x-amz-bucket-object-lock-enabled": "true" });
  await ask("PUT", "/others", undefined, {}, alt);
});
after(() => world.close());

const told = ({ status, code }: Answer) => [status, code];
const text = (id: string, more: { bucket?: string; rest?: string; versions?: string; format?: string; fields?: string[] } = {}): string => {
  const { bucket = "arn:aws:s3:::target", rest = "", versions = "Current", format = "CSV", fields = [] } = more;
  return (
    `<InventoryConfiguration><Id>${id}</Id><Destination><S3BucketDestination><Bucket>${bucket}</Bucket><Format>${format}</Format><Prefix>inv</Prefix>${rest}</S3BucketDestination></Destination>` +
    `<IsEnabled>true</IsEnabled><IncludedObjectVersions>${versions}</IncludedObjectVersions><OptionalFields>${fields.map((field) => `<Field>${field}</Field>`).join("")}</OptionalFields>` +
    "<Schedule><Frequency>Weekly</Frequency></Schedule></InventoryConfiguration>"
  );
};
const put = (id: string, more?: Parameters<typeof text>[1]) => ask("PUT", `/source?inventory&id=${id}`, text(id, more));
async function runDue(): Promise<void> {
  const ports = { ...world.ports, inventoryForms: { s3: s3InventoryForm } };
  await startDueRuns(ports);
  await runJobs(ports, jobKinds);
}
const keysUnder = async (prefix: string): Promise<string[]> =>
  xmlChildren((await ask("GET", `/target?prefix=${encodeURIComponent(prefix)}`)).xml(), "Contents").map((one) => xmlChildText(one, "Key") ?? "");

describe("PutBucketInventoryConfiguration", () => {
  it("refuses a destination that is not there or another's, and what it does not make", async () => {
    for (const bucket of ["nowhere", "others"]) assert.deepEqual(told(await put("one", { bucket: `arn:aws:s3:::${bucket}` })), [400, "InvalidS3DestinationBucket"]);
    assert.deepEqual(told(await put("one", { bucket: "target" })), [400, "InvalidRequest"]);
    assert.deepEqual(told(await put("one", { fields: ["Colour"] })), [400, "MalformedXML"]);
    for (const more of [{ format: "Parquet" }, { fields: ["ObjectAccessControlList"] }]) assert.deepEqual(told(await put("one", more)), [501, "NotImplemented"]);
    assert.deepEqual(told(await ask("GET", "/source?inventory&id=one")), [404, "NoSuchConfiguration"]);
  });
});

describe("An inventory's report", () => {
  it("is written as S3 lays it out, with the columns asked for", async () => {
    const until = "2027-01-01T00:00:00.000Z";
    const lock = { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until, "x-amz-object-lock-legal-hold": "ON" };
    const sealed = { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "k", "x-amz-checksum-crc32": "DUoRhQ==" };
    assert.equal((await ask("PUT", "/source/a%20%22b", "hello world", { ...lock, ...sealed })).status, 200);
    await ask("PUT", "/source/z", "x");
    const fields = ["Size", "LastModifiedDate", "StorageClass", "ETag", "IsMultipartUploaded", "ReplicationStatus", "EncryptionStatus", "ObjectLockRetainUntilDate"];
    fields.push("ObjectLockMode", "ObjectLockLegalHoldStatus", "IntelligentTieringAccessTier", "BucketKeyStatus", "ChecksumAlgorithm", "ObjectOwner");
    assert.deepEqual(told(await put("weekly", { fields, rest: "<Encryption><SSE-S3/></Encryption>" })), [200, undefined]);
    await runDue();
    const base = "inv/source/weekly/";
    const keys = await keysUnder(base);
    const data = keys.find((key) => key.endsWith(".csv.gz")) ?? "";
    assert.deepEqual(keys, [`${base}2026-11-21T12-00Z/manifest.checksum`, `${base}2026-11-21T12-00Z/manifest.json`, data, `${base}hive/dt=2026-11-21-12-00/symlink.txt`]);
    const file = await ask("GET", `/target/${data}`);
    assert.equal(file.headers.get("x-amz-server-side-encryption"), "AES256");
    const etag = async (key: string): Promise<string | undefined> => (await ask("HEAD", `/source/${key}`)).headers.get("etag")?.replaceAll('"', "");
    assert.equal(
      gunzipSync(file.body).toString(),
      `"source","a%20%22b","11","2026-11-21T12:00:00.000Z","STANDARD","${await etag("a%20%22b")}","false","","SSE-KMS","${until}","COMPLIANCE","ON","","DISABLED","CRC32","${mainCanonicalId}"\n` +
        `"source","z","1","2026-11-21T12:00:00.000Z","STANDARD","${await etag("z")}","false","","NOT-SSE","","","","","","CRC64NVME","${mainCanonicalId}"\n`,
    );
    const manifest = await ask("GET", `/target/${keys[1]}`);
    assert.deepEqual(JSON.parse(manifest.text), {
      sourceBucket: "source",
      destinationBucket: "arn:aws:s3:::target",
      version: "2016-11-30",
      creationTimestamp: String(Date.UTC(2026, 10, 21, 12)),
      fileFormat: "CSV",
      fileSchema: `Bucket, Key, ${fields.join(", ")}`,
      files: [{ key: data, size: file.body.length, MD5checksum: createHash("md5").update(file.body).digest("hex") }],
    });
    assert.equal((await ask("GET", `/target/${keys[0]}`)).text, createHash("md5").update(manifest.body).digest("hex"));
    assert.equal((await ask("GET", `/target/${keys[3]}`)).text, `s3://target/${data}\n`);
  });

  it("is made again when the configuration is put anew, and of all versions if so asked", async () => {
    await ask("DELETE", "/source/z");
    await put("weekly", { versions: "All", fields: ["Size"] });
    world.clock.now += 60_000;
    await runDue();
    const keys = await keysUnder("inv/source/weekly/2026-11-21T12-01Z/");
    const { files, fileSchema } = JSON.parse((await ask("GET", `/target/${keys[1]}`)).text) as { files: { key: string }[]; fileSchema: string };
    assert.equal(fileSchema, "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size");
    const lines = gunzipSync((await ask("GET", `/target/${files[0]?.key}`)).body)
      .toString()
      .split("\n")
      .map((line) => line.replace(/"\d{10,}"/, '"id"'));
    assert.deepEqual(lines, ['"source","a%20%22b","id","true","false","11"', '"source","z","id","true","true",""', '"source","z","id","false","false","1"', ""]);
  });

  it("is not made of what a server kept that made no reports", async () => {
    const bucket = { tenant: "default" as TenantName, bucket: "source" as never };
    const generation = await onView(world.ports, async (view) => (await view.findBucket(bucket))?.state.generation);
    const value = encodeJson({ id: "old", writer: "s3", raw: text("old") });
    await world.ports.metadata.commit({ expect: [], put: [{ key: tables.document.key(generation as never, "inventory/old"), value }], remove: [], add: [] });
    await runDue();
    assert.deepEqual(await keysUnder("inv/source/old/"), []);
    assert.equal((await ask("GET", "/source?inventory&id=old")).text, text("old"));
  });
});
