import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { namedLimits } from "../../../src/core/buckets/named-documents.ts";
import { xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, alt, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string, as?: typeof alt) =>
  world.ask({ method, target, ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
before(async () => {
  world = await openWorld();
  await ask("PUT", "/kept");
});
after(() => world.close());

const told = ({ status, code }: Answer) => [status, code];
const none = [404, "NoSuchConfiguration"];
const bad = [400, "MalformedXML"];

type Row = { select: string; root: string; list: string; rest: string; wrong: string[] };
const destination = "<Destination><S3BucketDestination><Bucket>arn:aws:s3:::kept</Bucket><Format>CSV</Format></S3BucketDestination></Destination>";
const inventory = `${destination}<IsEnabled>true</IsEnabled><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule>`;
const tiering =
  "<Status>Enabled</Status><Tiering><Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier></Tiering><Tiering><Days>180</Days><AccessTier>DEEP_ARCHIVE_ACCESS</AccessTier></Tiering>";
const rows: Row[] = [
  {
    select: "analytics",
    root: "AnalyticsConfiguration",
    list: "ListBucketAnalyticsConfigurationResult",
    rest: "<Filter><Prefix>a&amp;b</Prefix></Filter><StorageClassAnalysis/>",
    wrong: ["", "<StorageClassAnalysis><Other/></StorageClassAnalysis>"],
  },
  {
    select: "inventory",
    root: "InventoryConfiguration",
    list: "ListInventoryConfigurationsResult",
    rest: inventory,
    wrong: ["", inventory.replace("CSV", "TSV"), inventory.replace("true", "yes"), inventory.replace("Daily", "Hourly"), inventory + inventory],
  },
  { select: "metrics", root: "MetricsConfiguration", list: "ListMetricsConfigurationsResult", rest: "", wrong: ["<Other/>", "<Filter/><Filter/>"] },
  {
    select: "intelligent-tiering",
    root: "IntelligentTieringConfiguration",
    list: "ListBucketIntelligentTieringConfigurationsOutput",
    rest: tiering,
    wrong: ["", tiering.replace("Enabled", "On"), tiering.replace("90", "soon"), "<Status>Enabled</Status>"],
  },
];

describe("Configurations by id", () => {
  for (const { select, root, list, rest, wrong } of rows) {
    const at = (id: string): string => `/kept?${select}&id=${id}`;
    const text = (id: string, more = rest): string => `<?xml version="1.0"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Id>${id}</Id>${more}</${root}>`;

    it(`${select}: put, read as written, listed, replaced and removed`, async () => {
      assert.deepEqual(told(await ask("GET", at("one"))), none);
      assert.deepEqual(told(await ask("DELETE", at("one"))), none);
      for (const id of ["two", "one"]) assert.deepEqual(told(await ask("PUT", at(id), text(id))), [200, undefined]);
      assert.equal((await ask("GET", at("one"))).text, text("one"));
      assert.equal((await ask("PUT", at("one"), text(" one "))).status, 200);
      assert.equal((await ask("GET", at("one"))).text, text(" one "));
      const page = (await ask("GET", `/kept?${select}`)).xml();
      assert.deepEqual([page.name, xmlChildText(page, "IsTruncated"), xmlChildText(page, "NextContinuationToken")], [list, "false", undefined]);
      assert.deepEqual(
        xmlChildren(page, root).map((one) => xmlChildText(one, "Id")?.trim()),
        ["one", "two"],
      );
      assert.ok((await ask("GET", `/kept?${select}`)).text.includes(`<Id>two</Id>${rest.replace("<StorageClassAnalysis/>", "<StorageClassAnalysis></StorageClassAnalysis>")}`));
      assert.deepEqual(told(await ask("DELETE", at("one"))), [204, undefined]);
      assert.deepEqual(told(await ask("GET", at("one"))), none);
      assert.equal((await ask("GET", at("two"))).status, 200);
      assert.deepEqual(told(await ask("DELETE", at("two"))), [204, undefined]);
    });

    it(`${select}: refuses what is none, and keeps nothing of it`, async () => {
      for (const more of wrong) assert.deepEqual(told(await ask("PUT", at("a"), text("a", more))), bad, more);
      for (const body of ["", "<Other/>", `<${root}>`, `<${root}>${rest}</${root}>`, `<!DOCTYPE a>${text("a")}`])
        assert.deepEqual(told(await ask("PUT", at("a"), body)), bad, body);
      assert.deepEqual(told(await ask("PUT", at("a"), text("b"))), [400, "InvalidArgument"]);
      const long = "x".repeat(namedLimits.idCharactersMax + 1);
      for (const id of ["", long, "%00"]) assert.deepEqual(told(await ask("PUT", at(id), text("a"))), [400, "InvalidArgument"], id);
      for (const [method, body] of [["PUT", text("a")], ["DELETE"]] as const) assert.deepEqual(told(await ask(method, `/kept?${select}`, body)), [400, "InvalidArgument"]);
      assert.deepEqual(told(await ask("PUT", at("a"), text("a"), alt)), [403, "AccessDenied"]);
      assert.deepEqual(told(await ask("GET", `/kept?${select}`, undefined, alt)), [403, "AccessDenied"]);
      assert.deepEqual(told(await ask("GET", "/nowhere?metrics&id=a")), [404, "NoSuchBucket"]);
      assert.deepEqual(told(await ask("GET", at("a"))), none);
      assert.equal(xmlChildren((await ask("GET", `/kept?${select}`)).xml(), root).length, 0);
    });
  }

  it("lists by hundreds, holds a thousand of a kind, and goes with the bucket", async () => {
    await ask("PUT", "/many");
    const put = (id: string) => ask("PUT", `/many?metrics&id=${id}`, `<MetricsConfiguration><Id>${id}</Id></MetricsConfiguration>`);
    const ids = Array.from({ length: namedLimits.perKindMax }, (_, i) => `id-${String(i).padStart(4, "0")}`);
    for (const id of ids) assert.equal((await put(id)).status, 200);
    assert.deepEqual(told(await put("one-more")), [400, "TooManyConfigurations"]);
    assert.equal((await put(ids[0] as string)).status, 200, "replacing needs no room");
    const listed: string[] = [];
    let pages = 0;
    for (let token: string | undefined = ""; token !== undefined; pages++) {
      const page = (await ask("GET", `/many?metrics${token === "" ? "" : `&continuation-token=${token}`}`)).xml();
      listed.push(...xmlChildren(page, "MetricsConfiguration").map((one) => xmlChildText(one, "Id") ?? ""));
      token = xmlChildText(page, "NextContinuationToken");
      assert.equal(xmlChildText(page, "IsTruncated"), String(token !== undefined));
    }
    assert.deepEqual([listed, pages], [ids, 10]);
    for (const token of ["", "!", "AA"]) assert.deepEqual(told(await ask("GET", `/many?metrics&continuation-token=${token}`)), [400, "InvalidArgument"]);
    assert.equal((await ask("DELETE", "/many?metrics&id=id-0007")).status, 204);
    assert.equal((await put("one-more")).status, 200);
    assert.equal((await ask("DELETE", "/many")).status, 204);
    await ask("PUT", "/many");
    assert.equal(xmlChildren((await ask("GET", "/many?metrics")).xml(), "MetricsConfiguration").length, 0);
  });
});
