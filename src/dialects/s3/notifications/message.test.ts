import assert from "node:assert/strict";
import { test } from "node:test";
import type { WaitingEvent } from "../../../core/events/model.ts";
import { eventKinds } from "../../../core/events/model.ts";
import type { BucketName, ObjectKey, TenantName } from "../../../core/model.ts";
import { messageOf, sequencerText } from "./message.ts";
import { kindsOf, nameOf, targetOf } from "./names.ts";

const event: WaitingEvent = {
  kind: "created.put",
  ruleId: "rule 1",
  timeMs: Date.UTC(2026, 10, 28, 9, 30, 0, 123),
  tenant: "default" as TenantName,
  bucket: "photos" as BucketName,
  region: "",
  owner: { accountId: "123456789012", canonicalId: "c" },
  source: { account: { accountId: "123456789012", canonicalId: "c" }, user: "ann", address: "192.0.2.1", requestId: "RID" },
  object: { key: "in/a b+c&é.jpg" as ObjectKey, sequencer: 255, versioning: "enabled", version: { sequence: 255, isNull: false }, size: 3, etag: "e" },
};

test("a message, member by member", () => {
  assert.deepEqual(JSON.parse(messageOf(event, { region: "eu-1", id: "ID" })), {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: "eu-1",
        eventTime: "2026-11-28T09:30:00.123Z",
        eventName: "ObjectCreated:Put",
        userIdentity: { principalId: "AWS:123456789012:ann" },
        requestParameters: { sourceIPAddress: "192.0.2.1" },
        responseElements: { "x-amz-request-id": "RID", "x-amz-id-2": "ID" },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId: "rule 1",
          bucket: { name: "photos", ownerIdentity: { principalId: "123456789012" }, arn: "arn:aws:s3:::photos" },
          object: { key: "in/a+b%2Bc%26%C3%A9.jpg", size: 3, eTag: "e", versionId: "255", sequencer: "00000000000000FF" },
        },
      },
    ],
  });
});

test("what is gone has neither size nor ETag; versions show where there are any; later families say 2.3; tests are S3's", () => {
  const record = (more: Partial<WaitingEvent>) => JSON.parse(messageOf({ ...event, ...more }, { region: "eu-1", id: "ID" })).Records[0];
  const { object } = event;
  assert.ok(object);
  assert.deepEqual(record({ kind: "removed.version", object: { ...object, versioning: "off" } }).s3.object, { key: "in/a+b%2Bc%26%C3%A9.jpg", sequencer: "00000000000000FF" });
  assert.equal(record({ object: { ...object, version: { sequence: 3, isNull: true } } }).s3.object.versionId, "null");
  assert.deepEqual([record({ kind: "tags.put" }).eventVersion, record({ kind: "expired.marker" }).eventName], ["2.3", "LifecycleExpiration:DeleteMarkerCreated"]);
  assert.equal(record({ source: {} }).userIdentity.principalId, "Anonymous");
  assert.equal(record({ source: { self: true } }).requestParameters.sourceIPAddress, "s3.amazonaws.com");
  const { object: _, ...bare } = event;
  assert.deepEqual(JSON.parse(messageOf({ ...bare, kind: "test" }, { region: "eu-1", id: "ID" })), {
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: "2026-11-28T09:30:00.123Z",
    Bucket: "photos",
    RequestId: "RID",
    HostId: "ID",
  });
});

test("every kind has a name that means it, and sequencers sort as text", () => {
  for (const kind of eventKinds) assert.deepEqual(kindsOf(`s3:${nameOf(kind)}`), [kind]);
  assert.deepEqual(kindsOf("s3:ObjectCreated:*"), ["created.put", "created.form", "created.copy", "created.parts"]);
  assert.deepEqual([kindsOf("s3:Replication:*"), kindsOf("s3:*"), kindsOf("ObjectCreated:Put"), kindsOf("s3:constructor")], [[], undefined, undefined, undefined]);
  const numbers = [0, 9, 10, 255, 2 ** 40, 2 ** 53 - 1];
  assert.deepEqual(numbers.map(sequencerText).toSorted(), numbers.map(sequencerText));
});

test("a target's name stands at the end of its ARN, and the service must be right", () => {
  assert.equal(targetOf("Queue", "arn:aws:sqs:us-east-1:123456789012:hook"), "hook");
  assert.equal(targetOf("Topic", "arn:aws:sns:::hook"), "hook");
  assert.equal(targetOf("CloudFunction", "arn:aws:lambda:us-east-1:123456789012:function:hook:live"), "hook");
  assert.deepEqual([targetOf("Queue", "arn:aws:sns:::hook"), targetOf("CloudFunction", "arn:aws:lambda:::hook"), targetOf("Topic", "hook")], [undefined, undefined, undefined]);
});
