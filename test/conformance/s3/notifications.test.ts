import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Ask, alt, main, openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld("s3", { webhooks: ["hook=http://127.0.0.1:9/CANARY", "other=http://127.0.0.1:9/"] });
  await world.ask({ method: "PUT", target: "/told" });
});
after(() => world.close());

const xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const all = (inner: string): string => `<NotificationConfiguration ${xmlns}>${inner}</NotificationConfiguration>`;
const arns = { Queue: "arn:aws:sqs:us-east-1:123456789012:", Topic: "arn:aws:sns:us-east-1:123456789012:", CloudFunction: "arn:aws:lambda:us-east-1:123456789012:function:" };
type Shape = { type?: keyof typeof arns; id?: string; name?: string; events?: string[]; filter?: string; arn?: string };
const one = ({ type = "Queue", id = "one", name = "hook", events = ["s3:ObjectCreated:*"], filter = "", arn }: Shape = {}): string =>
  `<${type}Configuration>${id === "" ? "" : `<Id>${id}</Id>`}<${type}>${arn ?? arns[type] + name}</${type}>${events.map((event) => `<Event>${event}</Event>`).join("")}${filter}</${type}Configuration>`;
const filtered = (...rules: [string, string][]): string =>
  `<Filter><S3Key>${rules.map(([name, value]) => `<FilterRule><Name>${name}</Name><Value>${value}</Value></FilterRule>`).join("")}</S3Key></Filter>`;
const put = (body: string, more: Partial<Ask> = {}) => world.ask({ method: "PUT", target: "/told?notification", body, as: main, ...more });
const get = () => world.ask({ method: "GET", target: "/told?notification" });

describe("Bucket notifications", () => {
  it("are an empty document until there are any, are kept as written, and end with an empty one", async () => {
    assert.match((await get()).text, /<NotificationConfiguration [^>]*><\/NotificationConfiguration>$/);
    const documents = [
      all(one()),
      all(one({ type: "Topic" }) + one({ type: "CloudFunction", id: "two", name: "other", events: ["s3:ObjectRemoved:Delete", "s3:ObjectTagging:*"] })),
      all(one({ filter: filtered(["prefix", "a/"], ["Suffix", ".jpg"]) }) + one({ id: "two", filter: filtered(["prefix", "b/"]) })),
      all(one({ events: ["s3:Replication:*", "s3:ObjectRestore:Completed", "s3:LifecycleExpiration:*", "s3:ObjectAcl:Put", "s3:IntelligentTiering"] })),
      all("<EventBridgeConfiguration/>"),
    ];
    for (const document of documents) {
      assert.equal((await put(document)).status, 200, document);
      assert.equal((await get()).text, document);
    }
    assert.equal((await put(all(""))).status, 200);
    assert.match((await get()).text, /<NotificationConfiguration [^>]*><\/NotificationConfiguration>$/);
  });

  it("get an Id where they have none, and keep it", async () => {
    const filter = filtered(["prefix", "a b/"]);
    assert.equal((await put(all(one({ id: "", filter }) + one({ type: "Topic", id: "named", events: ["s3:ObjectAcl:Put"] }) + "<EventBridgeConfiguration/>"))).status, 200);
    const root = (await get()).xml();
    const queue = xmlChild(root, "QueueConfiguration");
    assert.ok(queue && xmlChild(root, "EventBridgeConfiguration"));
    assert.match(xmlChildText(queue, "Id") ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(xmlChildText(queue, "Queue"), `${arns.Queue}hook`);
    assert.deepEqual(
      xmlChildren(queue, "Event").map(({ text }) => text),
      ["s3:ObjectCreated:*"],
    );
    const rule = xmlChild(xmlChild(xmlChild(queue, "Filter") ?? queue, "S3Key") ?? queue, "FilterRule");
    assert.deepEqual([rule && xmlChildText(rule, "Name"), rule && xmlChildText(rule, "Value")], ["Prefix", "a b/"]);
    const [topic] = xmlChildren(root, "TopicConfiguration");
    assert.equal(topic && xmlChildText(topic, "Id"), "named");
    assert.equal((await get()).text, (await get()).text);
  });

  it("are refused in S3's words, and then nothing has changed", async () => {
    assert.equal((await put(all(one()))).status, 200);
    const malformed = [
      "<Other/>",
      "<NotificationConfiguration",
      all("<Other/>"),
      all(one({ events: [] })),
      all(one({ arn: "" })),
      all(one().replace("<Event>", "<Other/><Event>")),
      all("<EventBridgeConfiguration/><EventBridgeConfiguration/>"),
      all(one({ filter: "<Filter><Other/></Filter>" })),
      all(one({ filter: filtered(["prefix", "a"]).replace("<Value>a</Value>", "") })),
    ];
    for (const document of malformed) assert.equal((await put(document)).code, "MalformedXML", document);
    const refused: [string, RegExp][] = [
      [all(one({ events: ["s3:Nothing"] })), /event is not supported/],
      [all(one({ events: ["ObjectCreated:Put"] })), /event is not supported/],
      [all(one({ arn: "hook" })), /ARN could not be parsed/],
      [all(one({ arn: `${arns.Topic}hook` })), /ARN could not be parsed/],
      [all(one({ filter: filtered(["middle", "a"]) })), /must be either prefix or suffix/],
      [all(one({ filter: filtered(["prefix", "a"], ["prefix", "b"]) })), /more than one prefix rule/],
      [all(one({ filter: filtered(["suffix", "s".repeat(1025)]) })), /cannot exceed 1024 bytes/],
      [all(one() + one({ id: "two" })), /Cannot have overlapping suffixes in two rules/],
      [all(one() + one({ id: "two", type: "Topic", events: ["s3:ObjectCreated:Put"] })), /Cannot have overlapping suffixes/],
      [all(one({ filter: filtered(["prefix", "a"]) }) + one({ id: "two", filter: filtered(["prefix", "ab"]) })), /Cannot have overlapping suffixes/],
      [all(one() + one({ events: ["s3:ObjectAcl:Put"] })), /IDs must be unique/],
      [all(one({ name: "absent" })), /Unable to validate the following destination configurations/],
    ];
    for (const [document, words] of refused) {
      const answer = await put(document);
      assert.deepEqual([answer.status, answer.code], [400, "InvalidArgument"], document);
      assert.match(answer.message ?? "", words);
    }
    assert.equal((await put(all(one()), { as: alt })).code, "AccessDenied");
    assert.equal((await world.ask({ method: "GET", target: "/told?notification", as: alt })).code, "AccessDenied");
    assert.equal((await get()).text, all(one()));
  });

  it("name the targets that are not there, and none of what is; validation can be skipped", async () => {
    const two = all(
      one({ name: "absent" }) + one({ id: "two", type: "CloudFunction", name: "gone", events: ["s3:ObjectAcl:Put"] }) + one({ id: "three", events: ["s3:ObjectTagging:*"] }),
    );
    const answer = await put(two);
    assert.equal(answer.code, "InvalidArgument");
    const root = answer.xml();
    assert.deepEqual([xmlChildText(root, "ArgumentName1"), xmlChildText(root, "ArgumentName2"), xmlChildText(root, "ArgumentName3")].sort(), [
      `${arns.CloudFunction}gone`,
      `${arns.Queue}absent`,
      undefined,
    ]);
    assert.ok(!answer.text.includes("CANARY"));
    assert.equal((await put(two, { headers: { "x-amz-skip-destination-validation": "true" } })).status, 200);
    assert.equal((await get()).text, two);
  });

  it("go with the bucket", async () => {
    await put(all(one()));
    assert.equal((await world.ask({ method: "DELETE", target: "/told" })).status, 204);
    await world.ask({ method: "PUT", target: "/told" });
    assert.match((await get()).text, /<NotificationConfiguration [^>]*><\/NotificationConfiguration>$/);
    assert.equal((await world.ask({ method: "DELETE", target: "/told?notification" })).status, 501, "S3 has no DELETE of it, and a bucket is not lost by one");
    assert.equal((await world.ask({ method: "HEAD", target: "/told" })).status, 200);
  });
});
