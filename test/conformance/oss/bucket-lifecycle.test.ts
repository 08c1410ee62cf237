import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/aging/" });
});
after(() => world.close());

const lifecycle = (method: string, body?: string, headers: Record<string, string> = {}) =>
  world.ask({ method, path: "/aging/", query: { lifecycle: "" }, headers, ...(body === undefined ? {} : { body }) });
const rule = (content: string, prefix = "a/", id = "r"): string => `<Rule><ID>${id}</ID><Prefix>${prefix}</Prefix><Status>Enabled</Status>${content}</Rule>`;
const document = (...rules: string[]): string => `<LifecycleConfiguration>${rules.join("")}</LifecycleConfiguration>`;
const days = (element: string, count: number, more = ""): string => `<${element}><Days>${count}</Days>${more}</${element}>`;
const move = (count: number, storageClass: string, more = ""): string => days("Transition", count, `<StorageClass>${storageClass}</StorageClass>${more}`);
const midnight = "2026-11-01T00:00:00.000Z";

const full = document(
  rule(
    `<Tag><Key>team</Key><Value>red</Value></Tag>
<Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><Not><Prefix>a/kept/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></Not></Filter>
${days("Expiration", 400)}${move(30, "IA", "<IsAccessTime>true</IsAccessTime><ReturnToStdWhenVisit>false</ReturnToStdWhenVisit><AllowSmallFile>false</AllowSmallFile>")}${move(200, "Archive")}`,
  ),
  rule(`<AbortMultipartUpload><CreatedBeforeDate>${midnight}</CreatedBeforeDate></AbortMultipartUpload>`, "b/", "uploads"),
  rule(
    `<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration><NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>
<NoncurrentVersionTransition><NoncurrentDays>12</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition>`,
    "c/",
    "versions",
  ),
);

test("PutBucketLifecycle is kept to the byte, and gone after DeleteBucketLifecycle", async () => {
  assert.equal((await lifecycle("GET")).code, "NoSuchLifecycle");
  const answer = await lifecycle("PUT", full);
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await lifecycle("GET")).text, full);
  // A client that writes True wants to read true.
  assert.equal((await lifecycle("PUT", full.replace(">true</Exp", ">True</Exp"))).status, 200);
  assert.equal((await lifecycle("GET")).text, full);
  const moved = (truth: string): string => document(rule(move(40, "IA", `<IsAccessTime>${truth}</IsAccessTime>`), "True"));
  assert.equal((await lifecycle("PUT", moved("False"))).status, 200);
  assert.equal((await lifecycle("GET")).text, moved("false"), "what is said to be false is told, and no prefix is changed");
  assert.equal((await lifecycle("DELETE")).status, 204);
  assert.equal((await lifecycle("DELETE")).status, 204);
  assert.equal((await lifecycle("GET")).code, "NoSuchLifecycle");
});

test("PutBucketLifecycle gives rules without a name one, and tells everything of them", async () => {
  assert.equal((await lifecycle("PUT", full.replaceAll(/<ID>[^<]*<\/ID>/g, ""))).status, 200);
  const { text } = await lifecycle("GET");
  assert.equal(new Set([...text.matchAll(/<ID>([0-9a-f]{32})<\/ID>/g)].map((found) => found[1])).size, 3);
  const squeezed = (xml: string): string => xml.replaceAll(/<ID>[^<]*<\/ID>|\n|<\?[^>]*>/g, "");
  assert.equal(squeezed(text), squeezed(full));
});

test("PutBucketLifecycle takes the older way to write an expiration beside the present one, and that alone not", async () => {
  const both = (old: string) => rule(`${old}${days("Expiration", 3)}`);
  for (const old of ["<Days>3</Days>", `<Date>${midnight}</Date>`]) {
    assert.equal((await lifecycle("PUT", document(both(old)))).status, 200);
    assert.equal((await lifecycle("PUT", document(rule(old)))).code, "MalformedXML");
  }
});

test("objects say when they expire, those that a filter leaves out do not", async () => {
  const not = "<Filter><Not><Prefix>a/kept/</Prefix></Not><Not><Prefix>a/</Prefix><Tag><Key>keep</Key><Value>yes</Value></Tag></Not></Filter>";
  assert.equal((await lifecycle("PUT", document(rule(`${not}${days("Expiration", 3)}`, "a/", "three days")))).status, 200);
  const put = (path: string, headers: Record<string, string> = {}) => world.ask({ method: "PUT", path, body: "1", headers });
  const expires = async (path: string) => (await world.ask({ method: "HEAD", path })).headers.get("x-oss-expiration");
  await Promise.all([
    put("/aging/a/1"),
    put("/aging/a/kept/1"),
    put("/aging/a/2", { "x-oss-tagging": "keep=yes" }),
    put("/aging/a/3", { "x-oss-tagging": "keep=no" }),
    put("/aging/b"),
  ]);
  // Written at noon of the 21st.
  const due = 'expiry-date="Wed, 25 Nov 2026 00:00:00 GMT", rule-id="three%20days"';
  const found = [];
  for (const key of ["a/1", "a/kept/1", "a/2", "a/3", "b"]) found.push(await expires(`/aging/${key}`));
  assert.deepEqual(found, [due, undefined, undefined, due, undefined]);
  const before = (date: string) => document(rule(`<Expiration><CreatedBeforeDate>${date}</CreatedBeforeDate></Expiration>`, ""));
  await lifecycle("PUT", before("2026-11-22T00:00:00.000Z"));
  assert.match((await expires("/aging/b")) ?? "", /expiry-date="Sun, 22 Nov 2026 00:00:00 GMT"/);
  await lifecycle("PUT", before("2026-11-21T00:00:00.000Z"));
  assert.equal(await expires("/aging/b"), undefined, "written after that");
});

test("PutBucketLifecycle refuses rules that do the same to the same objects, unless told that they may", async () => {
  const pairs: [first: string, second: string, action: string | undefined][] = [
    [rule(days("Expiration", 1), "a/", "1"), rule(days("Expiration", 2), "a/b", "2"), "Expiration"],
    [rule(days("Expiration", 1), "a/", "1"), rule(days("AbortMultipartUpload", 2), "a/", "2"), undefined],
    [rule(days("Expiration", 1), "a/", "1"), rule(days("Expiration", 2), "b/", "2"), undefined],
    [rule(move(3, "IA"), "", "1"), rule(move(4, "IA"), "x", "2"), "Transition"],
    [rule(move(3, "IA"), "", "1"), rule(move(4, "Archive"), "x", "2"), undefined],
    [
      rule(`<Tag><Key>a</Key><Value>1</Value></Tag>${days("Expiration", 1)}`, "a/", "1"),
      rule(`<Tag><Key>a</Key><Value>2</Value></Tag>${days("Expiration", 2)}`, "a/", "2"),
      undefined,
    ],
    [rule(days("Expiration", 1), "a/", "1"), rule(days("Expiration", 2), "a/", "2").replace("Enabled", "Disabled"), undefined],
  ];
  for (const [first, second, action] of pairs) {
    const answer = await lifecycle("PUT", document(first, second));
    if (action === undefined) assert.equal(answer.status, 200, second);
    else assert.deepEqual([answer.code, /<Message>([^<]*)/.exec(answer.text)?.[1]], ["InvalidArgument", `Overlap for same action type ${action}`]);
    assert.equal((await lifecycle("PUT", document(first, second), { "x-oss-allow-same-action-overlap": "true" })).status, 200);
  }
});

test("PutBucketLifecycle refuses what no rule can say, and keeps the rules there are", async () => {
  const kept = document(rule(days("Expiration", 9)));
  await lifecycle("PUT", kept);
  const bad: [why: string, body: string, code: string][] = [
    ["no rules", document(), "MalformedXML"],
    ["another root", "<Lifecycle/>", "MalformedXML"],
    ["status", rule(days("Expiration", 1)).replace("Enabled", "On"), "MalformedXML"],
    ["unknown element", rule(`${days("Expiration", 1)}<Weeks>1</Weeks>`), "MalformedXML"],
    ["no action", rule(""), "InvalidRequest"],
    ["an action that says nothing", rule("<Expiration/>"), "MalformedXML"],
    ["days and a date", rule(`<Expiration><Days>1</Days><CreatedBeforeDate>${midnight}</CreatedBeforeDate></Expiration>`), "MalformedXML"],
    ["no days", rule(days("Expiration", 0)), "InvalidArgument"],
    ["no midnight", rule("<Expiration><Date>2030-01-01T01:00:00.000Z</Date></Expiration>"), "InvalidArgument"],
    ["expired before moved", rule(days("Expiration", 3) + move(4, "IA")), "InvalidArgument"],
    ["colder before less cold", rule(move(5, "IA") + move(2, "Archive")), "InvalidArgument"],
    ["moved to Standard", rule(move(5, "Standard")), "InvalidArgument"],
    ["unknown class", rule(move(5, "Glacier")), "InvalidArgument"],
    ["days and dates mixed", rule(`<Expiration><CreatedBeforeDate>${midnight}</CreatedBeforeDate></Expiration>${move(5, "IA")}`), "InvalidRequest"],
    ["returns without access", rule(move(5, "IA", "<ReturnToStdWhenVisit>true</ReturnToStdWhenVisit>")), "InvalidRequest"],
    ["tag key", rule(`<Tag><Key>%&amp;</Key><Value>v</Value></Tag>${days("Expiration", 1)}`), "InvalidArgument"],
    ["an empty Not", rule(`<Filter><Not/></Filter>${days("Expiration", 1)}`), "MalformedXML"],
  ];
  for (const [why, body, code] of bad) {
    const answer = await lifecycle("PUT", body.startsWith("<Rule>") ? document(body) : body);
    assert.deepEqual([answer.status, answer.code], [400, code], why);
  }
  const mixed = await lifecycle("PUT", document(rule(`<Expiration><CreatedBeforeDate>${midnight}</CreatedBeforeDate></Expiration>${move(5, "IA")}`)));
  assert.match(mixed.text, /<EC>0014-00000080</);
  assert.equal((await lifecycle("PUT", document(rule(days("Expiration", 1)), rule(days("Expiration", 1), "b/")))).code, "InvalidArgument", "the same ID twice");
  assert.equal((await lifecycle("GET")).text, kept);
});
