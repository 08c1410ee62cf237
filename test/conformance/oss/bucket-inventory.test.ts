import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { jobKinds } from "../../../src/core/jobs/kinds.ts";
import { runJobs } from "../../../src/core/jobs/testing.ts";
import { startDueRuns } from "../../../src/core/lifecycle/run.ts";
import { ossInventoryForm } from "../../../src/dialects/oss/inventory-form.ts";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, openWorld, other, user, type World } from "./helper.ts";

let world: World;
const ask = (method: string, path: string, query: Record<string, string> = {}, body?: string, more: { as?: typeof other; headers?: Record<string, string> } = {}) =>
  world.ask({ method, path, query, ...(body === undefined ? {} : { body }), ...more });
before(async () => {
  world = await openWorld();
  for (const bucket of ["source", "target"]) await ask("PUT", `/${bucket}/`);
  await ask("PUT", "/others/", {}, undefined, { as: other });
});
after(() => world.close());

type Parts = Partial<Record<"Id" | "IsEnabled" | "Filter" | "Destination" | "Frequency" | "IncludedObjectVersions" | "OptionalFields" | "More", string>>;
const destination = (more = "", bucket = "target"): string =>
  `<OSSBucketDestination><Format>CSV</Format><AccountId>1000000000000001</AccountId><RoleArn>acs:ram::1000000000000001:role/AliyunOSSRole</RoleArn><Bucket>acs:oss:::${bucket}</Bucket>${more}</OSSBucketDestination>`;
const text = (parts: Parts = {}): string => {
  const {
    Id = "one",
    IsEnabled = "true",
    Filter = "",
    Destination = destination(),
    Frequency = "Daily",
    IncludedObjectVersions = "Current",
    OptionalFields = "",
    More = "",
  } = parts;
  return (
    `<InventoryConfiguration><Id>${Id}</Id><IsEnabled>${IsEnabled}</IsEnabled><Filter>${Filter}</Filter><Destination>${Destination}</Destination>` +
    `<Schedule><Frequency>${Frequency}</Frequency></Schedule><IncludedObjectVersions>${IncludedObjectVersions}</IncludedObjectVersions><OptionalFields>${OptionalFields}</OptionalFields>${More}</InventoryConfiguration>`
  );
};
const at = (id = "one") => ({ inventory: "", inventoryId: id });
const told = ({ status, code }: Answer) => [status, code];
async function runDue(): Promise<void> {
  const ports = { ...world.ports, inventoryForms: { oss: ossInventoryForm } };
  await startDueRuns(ports);
  await runJobs(ports, jobKinds);
}

describe("PutBucketInventory, GetBucketInventory, ListBucketInventory, DeleteBucketInventory", () => {
  it("keeps a configuration under its id and tells it as it was put; one that is there is not replaced", async () => {
    assert.deepEqual(told(await ask("GET", "/source/", at("kept"))), [404, "NoSuchInventory"]);
    assert.deepEqual(told(await ask("GET", "/source/", { inventory: "" })), [404, "NoSuchInventory"]);
    const full = text({
      Id: "kept",
      IsEnabled: "false",
      Filter:
        "<Prefix>a&amp;b</Prefix><LastModifyBeginTimeStamp>1637883649</LastModifyBeginTimeStamp><LastModifyEndTimeStamp>1638347592</LastModifyEndTimeStamp><LowerSizeBound>1024</LowerSizeBound><UpperSizeBound>1048576</UpperSizeBound><StorageClass>IA,Standard</StorageClass>",
      Destination: destination("<Prefix>p</Prefix><Encryption><SSE-KMS><KeyId>key</KeyId></SSE-KMS></Encryption>"),
      OptionalFields: "<Field>Size</Field><Field>ETag</Field>",
    });
    assert.deepEqual(told(await ask("PUT", "/source/", at("kept"), full)), [200, undefined]);
    assert.deepEqual(told(await ask("PUT", "/source/", at("kept"), full)), [409, "InventoryAlreadyExist"]);
    const kept = await ask("GET", "/source/", at("kept"));
    assert.ok(kept.text.endsWith(full), kept.text);
    for (let i = 0; i < 2; i++) assert.deepEqual(told(await ask("DELETE", "/source/", at("kept"))), [204, undefined]);
    assert.equal((await ask("PUT", "/source/", at("kept"), full.replace(">false<", ">False<").replace("IA,Standard", "Standard,IA"))).status, 200);
    assert.ok((await ask("GET", "/source/", at("kept"))).text.endsWith(full), "as oss2 writes it, and as it reads it");
    assert.equal((await ask("DELETE", "/source/", at("kept"))).status, 204);
    assert.deepEqual(told(await ask("GET", "/source/", at("kept"))), [404, "NoSuchInventory"]);
  });

  it("lists a hundred a page, in the order of the ids", async () => {
    for (let number = 0; number < 102; number++)
      assert.equal((await ask("PUT", "/source/", at(`l${1000 + number}`), text({ Id: `l${1000 + number}`, IsEnabled: "false" }))).status, 200);
    const first = (await ask("GET", "/source/", { inventory: "" })).xml();
    assert.deepEqual([first.name, xmlChildren(first, "InventoryConfiguration").length, xmlChildText(first, "IsTruncated")], ["ListInventoryConfigurationsResult", 100, "true"]);
    const token = xmlChildText(first, "NextContinuationToken") ?? "";
    const second = (await ask("GET", "/source/", { inventory: "", "continuation-token": token })).xml();
    assert.deepEqual([xmlChildText(first, "ContinuationToken"), xmlChildText(second, "ContinuationToken")], [undefined, token]);
    assert.deepEqual(
      xmlChildren(second, "InventoryConfiguration").map((one) => xmlChildText(one, "Id")),
      ["l1100", "l1101"],
    );
    assert.deepEqual([xmlChildText(second, "IsTruncated"), xmlChild(second, "NextContinuationToken")], ["false", undefined]);
    assert.deepEqual(told(await ask("GET", "/source/", { inventory: "", "continuation-token": "!" })), [400, "InvalidArgument"]);
    for (let number = 0; number < 102; number++) await ask("DELETE", "/source/", at(`l${1000 + number}`));
  });

  it("refuses what is none, and keeps nothing of it", async () => {
    const malformed: Parts[] = [
      { IsEnabled: "yes" },
      { IncludedObjectVersions: "Some" },
      { Frequency: "Hourly" },
      { OptionalFields: "<Field>Colour</Field>" },
      { Destination: "" },
      { Destination: destination().replace("CSV", "ORC") },
      { Destination: destination("<Encryption><SSE-C/></Encryption>") },
      { More: "<Other/>" },
    ];
    for (const parts of malformed) assert.deepEqual(told(await ask("PUT", "/source/", at(), text(parts))), [400, "MalformedXML"], JSON.stringify(parts));
    const wrong: Parts[] = [
      { Id: "two" },
      { Destination: destination("", "nowhere") },
      { Destination: destination("", "others") },
      { Destination: destination().replace("acs:oss:::", "") },
      { Destination: destination().replace("acs:ram::", "arn:") },
      { Destination: destination("<Prefix>/p</Prefix>") },
      { Filter: "<LowerSizeBound>2</LowerSizeBound><UpperSizeBound>1</UpperSizeBound>" },
      { Filter: "<LastModifyBeginTimeStamp>soon</LastModifyBeginTimeStamp>" },
      { Filter: "<StorageClass>Warm</StorageClass>" },
    ];
    for (const parts of wrong) assert.deepEqual(told(await ask("PUT", "/source/", at(), text(parts))), [400, "InvalidArgument"], JSON.stringify(parts));
    for (const parts of [{ Frequency: "Monthly" }, { OptionalFields: "<Field>TransitionTime</Field>" }, { More: "<IncrementalInventory/>" }])
      assert.deepEqual(told(await ask("PUT", "/source/", at(), text(parts))), [501, "NotImplemented"]);
    assert.deepEqual(told(await ask("PUT", "/source/", at("no/id"), text({ Id: "no/id" }))), [400, "InvalidArgument"]);
    for (const as of [other, user]) {
      assert.deepEqual(told(await ask("PUT", "/source/", at(), text(), { as })), [403, "AccessDenied"]);
      assert.deepEqual(told(await ask("GET", "/source/", { inventory: "" }, undefined, { as })), [403, "AccessDenied"]);
    }
    assert.deepEqual(told(await ask("GET", "/source/", at())), [404, "NoSuchInventory"]);
    assert.deepEqual(told(await ask("GET", "/nowhere/", { inventory: "" })), [404, "NoSuchBucket"]);
  });
});

describe("An inventory's report", () => {
  it("is written as OSS lays it out, with the columns asked for", async () => {
    await ask("PUT", "/source/dir/a%20b", {}, "hello", { headers: { "x-oss-tagging": "k=v", "x-oss-object-acl": "public-read" } });
    await ask("POST", "/source/appended", { append: "", position: "0" }, "xy");
    const fields = ["Size", "LastModifiedDate", "ETag", "StorageClass", "IsMultipartUploaded", "EncryptionStatus", "ObjectAcl", "TaggingCount", "ObjectType", "Crc64"];
    const OptionalFields = fields.map((field) => `<Field>${field}</Field>`).join("");
    assert.equal((await ask("PUT", "/source/", at("daily"), text({ Id: "daily", OptionalFields, Destination: destination("<Prefix>inv</Prefix>") }))).status, 200);
    await runDue();
    const base = "inv/source/daily/";
    const listed = xmlChildren((await ask("GET", "/target/", { prefix: base })).xml(), "Contents").map((one) => xmlChildText(one, "Key") ?? "");
    const data = listed.find((key) => key.endsWith(".csv.gz")) ?? "";
    assert.deepEqual(listed, [`${base}2026-11-21T12-00Z/manifest.checksum`, `${base}2026-11-21T12-00Z/manifest.json`, data, `${base}hive/dt=2026-11-21T12-00Z/symlink.txt`]);
    assert.match(data, /^inv\/source\/daily\/data\/[0-9a-f-]{36}\.csv\.gz$/);
    const bytes = (await ask("GET", `/target/${data}`)).body;
    const crc = async (key: string): Promise<string | undefined> => (await ask("HEAD", `/source/${key}`)).headers.get("x-oss-hash-crc64ecma");
    const etag = async (key: string): Promise<string | undefined> => (await ask("HEAD", `/source/${key}`)).headers.get("etag")?.replaceAll('"', "");
    assert.equal(
      gunzipSync(bytes).toString(),
      `"source","appended","2","2026-11-21T12:00:00.000Z","${await etag("appended")}","Standard","False","False","default","0","Appendable","${await crc("appended")}"\n` +
        `"source","dir/a%20b","5","2026-11-21T12:00:00.000Z","${await etag("dir/a%20b")}","Standard","False","False","public-read","1","Normal","${await crc("dir/a%20b")}"\n`,
    );
    const manifest = await ask("GET", `/target/${listed[1]}`);
    assert.deepEqual(JSON.parse(manifest.text), {
      creationTimestamp: String(Date.UTC(2026, 10, 21, 12) / 1000),
      destinationBucket: "target",
      fileFormat: "CSV",
      fileSchema: `Bucket, Key, ${fields.join(", ")}`,
      files: [{ MD5checksum: createHash("md5").update(bytes).digest("hex").toUpperCase(), key: data, size: bytes.length }],
      sourceBucket: "source",
      version: "2019-09-01",
    });
    assert.equal((await ask("GET", `/target/${listed[0]}`)).text, createHash("md5").update(manifest.body).digest("hex"));
    assert.equal((await ask("GET", `/target/${listed[3]}`)).text, `oss://target/${data}\n`);
  });

  it("tells of all versions, and is encrypted as it is asked to be", async () => {
    await ask("PUT", "/source/", { versioning: "" }, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    await ask("PUT", "/source/v/k", {}, "1");
    const id = (await ask("HEAD", "/source/v/k")).headers.get("x-oss-version-id");
    await ask("DELETE", "/source/v/k");
    const Destination = destination("<Prefix>all/</Prefix><Encryption><SSE-OSS/></Encryption>");
    await ask("PUT", "/source/", at("all"), text({ Id: "all", Filter: "<Prefix>v/</Prefix>", IncludedObjectVersions: "All", OptionalFields: "<Field>Size</Field>", Destination }));
    await runDue();
    const listed = xmlChildren((await ask("GET", "/target/", { prefix: "all/source/all/data/" })).xml(), "Contents").map((one) => xmlChildText(one, "Key"));
    const file = await ask("GET", `/target/${listed[0]}`);
    assert.equal(file.headers.get("x-oss-server-side-encryption"), "AES256");
    const lines = gunzipSync(file.body).toString().trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^"source","v\/k","\d+","True","True",""$/);
    assert.equal(lines[1], `"source","v/k","${id}","False","False","1"`);
    const manifest = xmlChildren((await ask("GET", "/target/", { prefix: "all/source/all/2026" })).xml(), "Contents").map((one) => xmlChildText(one, "Key"));
    assert.equal(JSON.parse((await ask("GET", `/target/${manifest[1]}`)).text).fileSchema, "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size");
  });
});
