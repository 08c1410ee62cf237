import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/kept/" });
});
after(() => world.close());

const ask = (method: string, query: Record<string, string>, body?: string) => world.ask({ method, path: "/kept/", query, ...(body === undefined ? {} : { body }) });
const inside = (text: string, root: string): string => new RegExp(`<${root}>(.*)</${root}>`, "s").exec(text)?.[1] ?? text;
const tls = (content: string): string => `<TLS>${content}</TLS>`;

const families: { select: string; root: string; unset: string; goods: [put: string, told: string][]; bads: [put: string, code: string][] }[] = [
  {
    select: "httpsConfig",
    root: "HttpsConfiguration",
    unset: tls("<Enable>false</Enable>"),
    goods: [
      [tls("<Enable>true</Enable><TLSVersion>TLSv1.2</TLSVersion><TLSVersion>TLSv1.2</TLSVersion>"), tls("<Enable>true</Enable><TLSVersion>TLSv1.2</TLSVersion>")],
      [tls("<Enable>false</Enable>"), tls("<Enable>false</Enable>")],
    ],
    bads: [
      [tls("<Enable>true</Enable>"), "MalformedXML"],
      [tls("<Enable>true</Enable><TLSVersion>aaa</TLSVersion>"), "MalformedXML"],
      ["", "MalformedXML"],
    ],
  },
  {
    select: "bucketArchiveDirectRead",
    root: "ArchiveDirectReadConfiguration",
    unset: "NoSuchArchiveDirectReadConfiguration",
    goods: [["<Enabled>true</Enabled>", "<Enabled>true</Enabled>"]],
    bads: [["<Enabled>aa</Enabled>", "MalformedXML"]],
  },
  {
    select: "accessmonitor",
    root: "AccessMonitorConfiguration",
    unset: "<Status>Disabled</Status>",
    goods: [["<Status>Enabled</Status>", "<Status>Enabled</Status>"]],
    bads: [["<Status>aa</Status>", "MalformedXML"]],
  },
  {
    select: "transferAcceleration",
    root: "TransferAccelerationConfiguration",
    unset: "NoSuchTransferAccelerationConfiguration",
    goods: [
      ["<Enabled>false</Enabled>", "<Enabled>false</Enabled>"],
      ["<Enabled>True</Enabled>", "<Enabled>true</Enabled>"],
    ],
    bads: [["<Enabled/>", "MalformedXML"]],
  },
  {
    select: "resourceGroup",
    root: "BucketResourceGroupConfiguration",
    unset: "<ResourceGroupId>rg-default</ResourceGroupId>",
    goods: [["<ResourceGroupId>rg-team1</ResourceGroupId>", "<ResourceGroupId>rg-team1</ResourceGroupId>"]],
    bads: [
      ["<ResourceGroupId>team1</ResourceGroupId>", "ResourceGroupIdPreCheckError"],
      ["", "MalformedXML"],
    ],
  },
];

for (const { select, root, unset, goods, bads } of families) {
  test(`${select} is told as unset, put, read back, and refused where it says nothing`, async () => {
    const query = { [select]: "" };
    const before = await ask("GET", query);
    if (unset.startsWith("<")) assert.equal(inside(before.text, root), unset);
    else assert.deepEqual([before.status, before.code], [404, unset]);
    for (const [put, told] of goods) {
      assert.equal((await ask("PUT", query, `<${root}>${put}</${root}>`)).status, 200);
      assert.equal(inside((await ask("GET", query)).text, root), told);
    }
    for (const [put, code] of bads) assert.equal((await ask("PUT", query, `<${root}>${put}</${root}>`)).code, code, put);
    assert.equal((await ask("PUT", query, "<Other/>")).code, "MalformedXML");
    assert.equal(inside((await ask("GET", query)).text, root), goods.at(-1)?.[1]);
    assert.equal((await world.ask({ method: "GET", path: "/kept/", query, as: other })).code, "AccessDenied");
  });
}

test("GetBucketInfo tells of them", async () => {
  const { text } = await ask("GET", { bucketInfo: "" });
  for (const told of ["<AccessMonitor>Enabled<", "<TransferAcceleration>Enabled<", "<ResourceGroupId>rg-team1<"]) assert.ok(text.includes(told), told);
});

test("styles are put, read, listed by name and removed, each by its name alone", async () => {
  const style = (method: string, styleName: string, body?: string, more: Record<string, string> = {}) => ask(method, { style: "", styleName, ...more }, body);
  const content = (text: string): string => `<Style><Content>${text}</Content></Style>`;
  assert.deepEqual([(await style("GET", "thumb")).status, (await style("GET", "thumb")).code], [404, "NoSuchStyle"]);
  assert.equal((await style("PUT", "thumb", content("image/resize,w_200"))).status, 200);
  assert.equal((await style("PUT", "a.doc", content("doc/preview"), { category: "document" })).status, 200);
  world.clock.now += 60_000;
  assert.equal((await style("PUT", "thumb", content("image/resize,w_100"))).status, 200);
  assert.equal(
    inside((await style("GET", "thumb")).text, "Style"),
    "<Name>thumb</Name><Content>image/resize,w_100</Content><Category>image</Category><CreateTime>2026-11-21T12:00:00.000Z</CreateTime><LastModifyTime>2026-11-21T12:01:00.000Z</LastModifyTime>",
  );
  const names = async (): Promise<string[]> => [...(await ask("GET", { style: "" })).text.matchAll(/<Name>([^<]*)</g)].map((found) => found[1] ?? "");
  assert.deepEqual(await names(), ["a.doc", "thumb"]);
  for (const [name, body] of [
    ["@%$", content("image/info")],
    ["x".repeat(64), content("image/info")],
    ["empty", content("")],
  ] as const)
    assert.equal((await style("PUT", name, body)).code, "InvalidArgument", name);
  assert.equal((await style("PUT", "odd", content("x"), { category: "sound" })).code, "InvalidArgument");
  assert.equal((await ask("DELETE", { style: "" })).status, 501, "nothing goes without a name");
  assert.equal((await style("DELETE", "thumb")).status, 204);
  assert.deepEqual(await names(), ["a.doc"]);
  for (let i = 0; i < 49; i++) assert.equal((await style("PUT", `s${i}`, content("x"))).status, 200);
  assert.equal((await style("PUT", "one-more", content("x"))).code, "InvalidArgument");
  assert.equal((await style("PUT", "s1", content("y"))).status, 200);
});
