import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChildText } from "../../../src/lib/xml-reader.ts";
import { alt, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string, headers: Record<string, string> = {}) =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }) });
before(async () => {
  world = await openWorld();
  await ask("PUT", "/aging");
});
after(() => world.close());

const rules = (...all: string[]): string => `<LifecycleConfiguration>${all.map((rule) => `<Rule>${rule}</Rule>`).join("")}</LifecycleConfiguration>`;
const enabled = "<Status>Enabled</Status>";
const filter = (content = ""): string => `<Filter>${content}</Filter>`;
const days = (count: number | string): string => `<Expiration><Days>${count}</Days></Expiration>`;
const move = (when: string, storageClass: string): string => `<Transition>${when}<StorageClass>${storageClass}</StorageClass></Transition>`;
const set = (...all: string[]) => ask("PUT", "/aging?lifecycle", rules(...all));
const code = async (...all: string[]) => (await set(...all)).code;
const minimum = "x-amz-transition-default-minimum-object-size";

describe("Bucket lifecycle", () => {
  it("is absent, put, read back as written, and removed", async () => {
    assert.equal((await ask("GET", "/aging?lifecycle")).code, "NoSuchLifecycleConfiguration");
    const document = rules(`<ID>one</ID><Prefix>a/</Prefix>${enabled}${days(3)}`, `<ID>two</ID>${filter("<Prefix>b/</Prefix>")}<Status>Disabled</Status>${days(4)}`);
    const put = await ask("PUT", "/aging?lifecycle", document);
    assert.deepEqual([put.status, put.headers.get(minimum)], [200, "all_storage_classes_128K"]);
    assert.equal((await ask("GET", "/aging?lifecycle")).text, document);
    assert.equal((await world.ask({ method: "GET", target: "/aging?lifecycle", as: alt })).code, "AccessDenied");
    assert.equal((await ask("PUT", "/aging?lifecycle", document, { [minimum]: "varies_by_storage_class" })).headers.get(minimum), "varies_by_storage_class");
    assert.equal((await ask("GET", "/aging?lifecycle")).headers.get(minimum), "varies_by_storage_class");
    assert.equal((await ask("PUT", "/aging?lifecycle", document, { [minimum]: "none" })).code, "InvalidArgument");
    assert.equal((await ask("DELETE", "/aging?lifecycle")).status, 204);
    assert.equal((await ask("GET", "/aging?lifecycle")).code, "NoSuchLifecycleConfiguration");
  });

  it("gives rules without an ID one, and shows everything else as it was", async () => {
    const all =
      `${filter("<And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>50</ObjectSizeLessThan></And>")}${enabled}` +
      `${move("<Days>30</Days>", "STANDARD_IA")}${move("<Days>60</Days>", "GLACIER")}${days(90)}` +
      "<NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays><StorageClass>ONEZONE_IA</StorageClass></NoncurrentVersionTransition>" +
      "<NoncurrentVersionExpiration><NoncurrentDays>40</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    const plain = `<Prefix>b/</Prefix>${enabled}<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>`;
    assert.equal((await set(all, plain)).status, 200);
    const shown = await ask("GET", "/aging?lifecycle");
    assert.ok(shown.text.replace(/<ID>[^<]+<\/ID>/g, "").includes(`<Rule>${all}</Rule><Rule>${plain}</Rule>`), shown.text);
    const ids = shown.xml().children.map((rule) => xmlChildText(rule, "ID"));
    assert.ok(ids.every(Boolean) && ids[0] !== ids[1]);
    await ask("DELETE", "/aging?lifecycle");
  });

  it("refuses what is no rule with the vendor's words", async () => {
    const ok = `${filter()}${enabled}`;
    const malformed = [
      [],
      [`${filter()}${days(1)}`],
      [`${filter()}<Status>enabled</Status>${days(1)}`],
      [`${enabled}${days(1)}`],
      [`<Prefix>a</Prefix>${ok}${days(1)}`],
      [`${ok}${days("soon")}`],
      [`${ok}<Expiration/>`],
      [`${ok}<Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>`],
      [`${ok}${days(1)}${days(2)}`],
      [`${ok}${days(1)}<Other/>`],
      [`${ok}${move("<Days>1</Days>", "COLD")}`],
      [`${filter("<Prefix>a</Prefix><ObjectSizeLessThan>5</ObjectSizeLessThan>")}${enabled}${days(1)}`],
      [`${filter("<And><Prefix>a</Prefix></And>")}${enabled}${days(1)}`],
      Array.from({ length: 1001 }, () => `${ok}${days(1)}`),
    ];
    for (const all of malformed) assert.equal(await code(...all), "MalformedXML", all.join());
    const argument = [
      [`<ID>a</ID>${ok}${days(1)}`, `<ID>a</ID>${ok}${days(2)}`],
      [`<ID>${"a".repeat(256)}</ID>${ok}${days(1)}`],
      [`${ok}${days(0)}`],
      [`${ok}${days(-1)}`],
      [`${ok}<Expiration><Date>2030-01-01T08:00:00Z</Date></Expiration>`],
      [`${ok}${move("<Days>10</Days>", "STANDARD_IA")}`],
      [`${ok}${move("<Days>60</Days>", "STANDARD_IA")}${move("<Days>30</Days>", "GLACIER")}`],
      [`${ok}${move("<Days>30</Days>", "GLACIER")}${days(30)}`],
      [`${ok}<NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>`],
      [`${ok}<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>`],
      [`${ok}<AbortIncompleteMultipartUpload><DaysAfterInitiation>0</DaysAfterInitiation></AbortIncompleteMultipartUpload>`],
    ];
    for (const all of argument) assert.equal(await code(...all), "InvalidArgument", all.join());
    const tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
    const request = [
      ok,
      `${ok}${move("<Date>2030-01-01T00:00:00Z</Date>", "GLACIER")}${days(1)}`,
      `${ok}${move("<Days>1</Days>", "GLACIER")}${move("<Days>2</Days>", "GLACIER")}`,
      `${filter(tag)}${enabled}<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`,
      `${filter(tag)}${enabled}<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
      `${filter(`<And>${tag}${tag}</And>`)}${enabled}${days(1)}`,
      `${filter("<And><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan><ObjectSizeLessThan>5</ObjectSizeLessThan></And>")}${enabled}${days(1)}`,
      `${filter(`<Prefix>${"a".repeat(1025)}</Prefix>`)}${enabled}${days(1)}`,
    ];
    for (const rule of request) assert.equal(await code(rule), "InvalidRequest", rule);
    assert.equal((await ask("GET", "/aging?lifecycle")).code, "NoSuchLifecycleConfiguration");
  });

  it("tells when what is written and read expires: the earliest rule that is about it, and only the current version", async () => {
    const name = "x-amz-expiration";
    assert.equal((await ask("PUT", "/aging/a/0", "1")).headers.get(name), undefined);
    await set(
      `<ID>slow one</ID>${filter()}${enabled}${days(9)}`,
      `<ID>fast</ID>${filter("<Prefix>a/</Prefix>")}${enabled}${days(1)}`,
      `<ID>off</ID>${filter()}<Status>Disabled</Status>${days(1)}`,
    );
    const written = await ask("PUT", "/aging/a/1", "1");
    const [, date = "", rule] = /^expiry-date="(.*)", rule-id="(.*)"$/.exec(written.headers.get(name) ?? "") ?? [];
    const dueMs = Date.parse(date);
    assert.equal(rule, "fast");
    // Written at noon on the 21st: a day later is the 22nd, and the next midnight the 23rd.
    assert.equal(dueMs, Date.UTC(2026, 10, 23));
    for (const method of ["GET", "HEAD"]) assert.equal((await ask(method, "/aging/a/1")).headers.get(name), written.headers.get(name));
    const copied = await ask("PUT", "/aging/b", undefined, { "x-amz-copy-source": "/aging/a/1" });
    assert.match(copied.headers.get(name) ?? "", /rule-id="slow%20one"$/);

    await set(
      `<ID>tagged</ID>${filter("<Tag><Key>k</Key><Value>v</Value></Tag>")}${enabled}${days(1)}`,
      `<ID>big</ID>${filter("<ObjectSizeGreaterThan>3</ObjectSizeGreaterThan>")}${enabled}${days(1)}`,
    );
    assert.equal((await ask("HEAD", "/aging/a/1")).headers.get(name), undefined);
    assert.match((await ask("PUT", "/aging/t", "1", { "x-amz-tagging": "k=v" })).headers.get(name) ?? "", /"tagged"$/);
    assert.match((await ask("PUT", "/aging/big", "1234")).headers.get(name) ?? "", /"big"$/);
    await ask("DELETE", "/aging?lifecycle");
    assert.equal((await ask("HEAD", "/aging/big")).headers.get(name), undefined);

    await ask("PUT", "/kept");
    await ask("PUT", "/kept?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    await ask("PUT", "/kept?lifecycle", rules(`<ID>r</ID>${filter()}${enabled}${days(1)}`));
    const versions = [await ask("PUT", "/kept/k", "1"), await ask("PUT", "/kept/k", "2")].map((answer) => answer.headers.get("x-amz-version-id"));
    const shown = await Promise.all(versions.map((id) => ask("HEAD", `/kept/k?versionId=${id}`)));
    assert.deepEqual(
      shown.map(({ headers }) => headers.has(name)),
      [false, true],
    );
  });

  it("tells when an upload is given up, and when what it becomes expires", async () => {
    await set(
      `<ID>u</ID>${filter("<Prefix>up/</Prefix>")}${enabled}${days(5)}<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
    );
    const begun = await ask("POST", "/aging/up/1?uploads");
    const id = xmlChildText(begun.xml(), "UploadId");
    const dueMs = Date.parse(begun.headers.get("x-amz-abort-date") ?? "");
    assert.equal(begun.headers.get("x-amz-abort-rule-id"), "u");
    assert.equal(dueMs, Date.UTC(2026, 10, 24));
    assert.equal((await ask("GET", `/aging/up/1?uploadId=${id}`)).headers.get("x-amz-abort-date"), begun.headers.get("x-amz-abort-date"));
    assert.equal((await ask("POST", "/aging/other?uploads")).headers.get("x-amz-abort-date"), undefined);
    const etag = (await ask("PUT", `/aging/up/1?uploadId=${id}&partNumber=1`, "1")).headers.get("etag");
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    assert.match((await ask("POST", `/aging/up/1?uploadId=${id}`, parts)).headers.get("x-amz-expiration") ?? "", /rule-id="u"$/);
  });
});
