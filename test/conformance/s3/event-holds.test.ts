/** Event holds: the vendor's model of 2026-09 (PutObjectRetention, DefaultEventHold, x-amz-object-lock-event-hold); the rules are core/retention. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Ask, alt, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, more: Partial<Ask> = {}) => world.ask({ method, target, ...more });
const said = async (answer: ReturnType<typeof ask>) => [(await answer).status, (await answer).code];
const dayMs = 86_400_000;
const header = "x-amz-object-lock-event-hold";
const on = (days: number) => ({ [header]: "ON", [`${header}-duration-days`]: String(days) });
const document = (content: string) => ({ body: `<Retention>${content}</Retention>` });
const held = (days: number) => document(`<EventHold>ON</EventHold><EventHoldDuration><Days>${days}</Days></EventHoldDuration>`);
const released = document("<EventHold>OFF</EventHold>");
const bypass = { headers: { "x-amz-bypass-governance-retention": "true" } };
before(async () => {
  world = await openWorld();
  await ask("PUT", "/held", { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
  await ask("PUT", "/plain");
});
after(() => world.close());

/** Key with its version; `query` goes behind. */
async function put(key: string, headers: Record<string, string> = {}): Promise<(sub?: string) => string> {
  const answer = await ask("PUT", `/held/${key}`, { headers, body: "x" });
  assert.equal(answer.status, 200, answer.text);
  return (sub = "") => `/held/${key}?${sub}versionId=${answer.headers.get("x-amz-version-id")}`;
}

describe("Event holds", () => {
  it("come with the object, are told, and keep it until they are released and their duration is over", async () => {
    const at = await put("k", on(30));
    const head = await ask("HEAD", at());
    assert.deepEqual([head.headers.get(header), head.headers.get(`${header}-duration-days`), head.headers.get("x-amz-object-lock-mode")], ["ON", "30", undefined]);
    assert.match(
      (await ask("GET", at("retention&"))).text,
      /<Retention xmlns="[^"]+"><EventHold>ON<\/EventHold><EventHoldDuration><Days>30<\/Days><\/EventHoldDuration><\/Retention>$/,
    );
    world.clock.now += 400 * dayMs;
    assert.deepEqual(await said(ask("DELETE", at(), bypass)), [403, "AccessDenied"]);
    assert.equal((await ask("PUT", at("retention&"), released)).status, 200);
    const until = new Date(world.clock.now + 30 * dayMs).toISOString().replace(/\.\d+/, ".000");
    assert.match((await ask("GET", at("retention&"))).text, new RegExp(`<Mode>GOVERNANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>$`));
    assert.equal((await ask("HEAD", at())).headers.get(header), undefined);
    assert.deepEqual(await said(ask("DELETE", at())), [403, "AccessDenied"]);
    world.clock.now += 30 * dayMs;
    assert.equal((await ask("DELETE", at())).status, 204);
  });

  it("stand beside a retention, whose mode and date they outlast and never weaken", async () => {
    const date = new Date(world.clock.now + 90 * dayMs).toISOString();
    const at = await put("both", { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": date, ...on(10) });
    assert.equal((await ask("PUT", at("retention&"), held(20))).status, 200);
    assert.deepEqual(await said(ask("PUT", at("retention&"), { ...held(19), ...bypass })), [403, "AccessDenied"]);
    assert.deepEqual(await said(ask("PUT", at("retention&"), { ...document(""), ...bypass })), [403, "AccessDenied"]);
    assert.equal((await ask("PUT", at("retention&"), released)).status, 200);
    const text = (await ask("GET", at("retention&"))).text;
    assert.match(text, /<Mode>COMPLIANCE<\/Mode>/);
    assert.ok(text.includes(date.slice(0, 19)), "the later date stays");
  });

  it("are put on and lengthened by whoever may retain; shortened, in governance, with the bypass", async () => {
    const at = await put("later");
    assert.equal((await ask("PUT", at("retention&"), held(10))).status, 200);
    assert.equal((await ask("PUT", at("retention&"), held(11))).status, 200);
    assert.deepEqual(await said(ask("PUT", at("retention&"), held(9))), [403, "AccessDenied"]);
    assert.equal((await ask("PUT", at("retention&"), { ...held(9), ...bypass })).status, 200);
    assert.equal((await ask("PUT", at("retention&"), document(""))).status, 200, "it is about the retention, and there is none");
    assert.equal((await ask("HEAD", at())).headers.get(`${header}-duration-days`), "9");
    assert.deepEqual(await said(ask("PUT", at("retention&"), { ...released, as: alt })), [403, "AccessDenied"]);
  });

  it("are the bucket's default, beside a retention or alone", async () => {
    await ask("PUT", "/defaults", { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    const config = (inner: string) => ({
      body: `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>${inner}</DefaultRetention></Rule></ObjectLockConfiguration>`,
    });
    const hold = "<DefaultEventHold><Years>2</Years></DefaultEventHold>";
    assert.equal((await ask("PUT", "/defaults?object-lock", config(hold))).status, 200);
    assert.ok((await ask("GET", "/defaults?object-lock")).text.includes(`<Rule><DefaultRetention>${hold}</DefaultRetention></Rule>`));
    await ask("PUT", "/defaults/k", { body: "x" });
    const uploadId = /<UploadId>(\w+)</.exec((await ask("POST", "/defaults/big?uploads")).text)?.[1];
    const part = await ask("PUT", `/defaults/big?partNumber=1&uploadId=${uploadId}`, { body: "x" });
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await ask("POST", `/defaults/big?uploadId=${uploadId}`, { body: parts })).status, 200);
    await ask("PUT", "/defaults/copy", { headers: { "x-amz-copy-source": "/defaults/k" } });
    for (const key of ["k", "big", "copy"]) assert.equal((await ask("HEAD", `/defaults/${key}`)).headers.get(`${header}-duration-years`), "2", key);
    await ask("PUT", "/defaults/free", { headers: { [header]: "OFF" }, body: "x" });
    await ask("PUT", "/defaults/on", { headers: { [header]: "ON" }, body: "x" });
    assert.deepEqual([(await ask("HEAD", "/defaults/free")).headers.get(header), (await ask("HEAD", "/defaults/on")).headers.get(header)], [undefined, "ON"]);
    assert.equal((await ask("PUT", "/defaults?object-lock", config(`<Mode>GOVERNANCE</Mode><Days>1</Days>${hold}`))).status, 200);
    await ask("PUT", "/defaults/two", { body: "x" });
    const two = await ask("HEAD", "/defaults/two");
    assert.deepEqual([two.headers.get("x-amz-object-lock-mode"), two.headers.get(header)], ["GOVERNANCE", "ON"]);
    for (const wrong of ["<DefaultEventHold/>", "<DefaultEventHold><Days>1</Days><Years>1</Years></DefaultEventHold>", `<Mode>GOVERNANCE</Mode>${hold}`, `${hold}${hold}`])
      assert.deepEqual(await said(ask("PUT", "/defaults?object-lock", config(wrong))), [400, "MalformedXML"], wrong);
  });

  it("are refused when they say too little, too much, or stand where nothing can be locked", async () => {
    const refused = async (headers: Record<string, string>, target = "/held/none") => said(ask("PUT", target, { headers, body: "x" }));
    for (const headers of [
      { [header]: "ON" },
      { [header]: "MAYBE" },
      { [`${header}-duration-days`]: "3" },
      { [header]: "OFF", [`${header}-duration-days`]: "3" },
      { ...on(3), [`${header}-duration-years`]: "1" },
      on(0),
      on(36_501),
      { [header]: "ON", [`${header}-duration-years`]: "101" },
    ] as Record<string, string>[])
      assert.deepEqual(await refused(headers), [400, "InvalidArgument"], JSON.stringify(headers));
    assert.equal((await ask("HEAD", "/held/none")).status, 404);
    assert.deepEqual(await refused(on(3), "/plain/k"), [400, "InvalidRequest"]);
    assert.deepEqual(await refused({ [header]: "OFF" }, "/plain/k"), [200, undefined]);
    const at = await put("documents");
    for (const wrong of [
      "<EventHold>ON</EventHold>",
      "<EventHoldDuration><Days>1</Days></EventHoldDuration>",
      "<EventHold>on</EventHold>",
      "<EventHold>OFF</EventHold><EventHold>OFF</EventHold>",
    ])
      assert.deepEqual(await said(ask("PUT", at("retention&"), document(wrong))), [400, "MalformedXML"], wrong);
  });
});
