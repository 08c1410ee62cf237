/**
 * Every operation name in the SDK's own model of S3, sent by the SDK: the right answer or a refusal by name, and never the effect of another
 * operation. What is served is read from the generated coverage table, so that an operation is judged from the day it is declared.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { venv } from "../../tools/clients.ts";
import { must } from "../support/run.ts";
import { main, type Server, startServer } from "../support/server.ts";

const top = join(import.meta.dirname, "../..");
type Seen = { operation: string; status: number; code: string; message: string; changed: string[] };

/** What an operation may change of a bucket's contents; all others: nothing. Every served one of these must change it. */
const effects: Readonly<Record<string, readonly RegExp[]>> = {
  AbortMultipartUpload: [/^upload up$/],
  CompleteMultipartUpload: [/^object up null$/, /^upload up$/],
  CopyObject: [/^object k null$/],
  CreateBucket: [/-new$/],
  CreateMultipartUpload: [/^upload k$/],
  DeleteObject: [/^object k null$/],
  DeleteObjectTagging: [/^object k null$/],
  DeleteObjects: [/^object k null$/],
  PutBucketVersioning: [/^versioning$/],
  PutObject: [/^object k null$/],
  PutObjectAnnotation: [/^object k null$/],
  PutObjectTagging: [/^object k null$/],
  RenameObject: [/^object k null$/, /^object renamed null$/],
  UploadPart: [/^upload up$/],
  UploadPartCopy: [/^upload up$/],
};

/** What a served operation says in a bucket where nothing was set, or which is in use; all others: 200 or 204. */
const said: Readonly<Record<string, string>> = {
  DeleteBucket: "409 BucketNotEmpty",
  GetBucketCors: "404 NoSuchCORSConfiguration",
  GetBucketEncryption: "404 ServerSideEncryptionConfigurationNotFoundError",
  GetBucketLifecycle: "404 NoSuchLifecycleConfiguration",
  GetBucketLifecycleConfiguration: "404 NoSuchLifecycleConfiguration",
  GetBucketPolicy: "404 NoSuchBucketPolicy",
  GetBucketPolicyStatus: "404 NoSuchBucketPolicy",
  GetBucketReplication: "404 ReplicationConfigurationNotFoundError",
  GetBucketTagging: "404 NoSuchTagSet",
  GetBucketWebsite: "404 NoSuchWebsiteConfiguration",
  GetBucketAnalyticsConfiguration: "404 NoSuchConfiguration",
  GetBucketInventoryConfiguration: "404 NoSuchConfiguration",
  GetBucketIntelligentTieringConfiguration: "404 NoSuchConfiguration",
  GetBucketMetricsConfiguration: "404 NoSuchConfiguration",
  DeleteBucketAnalyticsConfiguration: "404 NoSuchConfiguration",
  DeleteBucketInventoryConfiguration: "404 NoSuchConfiguration",
  DeleteBucketIntelligentTieringConfiguration: "404 NoSuchConfiguration",
  DeleteBucketMetricsConfiguration: "404 NoSuchConfiguration",
  GetObjectAnnotation: "404 NoSuchAnnotation",
  GetObjectLegalHold: "404 NoSuchObjectLockConfiguration",
  GetObjectRetention: "404 NoSuchObjectLockConfiguration",
  GetPublicAccessBlock: "404 NoSuchPublicAccessBlockConfiguration",
  UpdateObjectEncryption: "400 InvalidRequest",
};
/** Both answers are the vendor's, depending on the bucket's defaults. */
const alsoFine: Readonly<Record<string, readonly string[]>> = {
  GetBucketEncryption: ["200"],
  GetBucketPolicyStatus: ["200"],
};
/** Services of their own, on hosts of their own: the SDK signs for another service, which is refused before anything else is looked at. */
const otherServices: Readonly<Record<string, string>> = { ListDirectoryBuckets: "s3express", WriteGetObjectResponse: "s3-object-lambda" };

/** The SDK's older names of the same requests. */
const olderNames: Readonly<Record<string, string>> = {
  GetBucketLifecycle: "GetBucketLifecycleConfiguration",
  PutBucketLifecycle: "PutBucketLifecycleConfiguration",
  GetBucketNotification: "GetBucketNotificationConfiguration",
  PutBucketNotification: "PutBucketNotificationConfiguration",
};

function coverage(): Map<string, "served" | "by name"> {
  const text = readFileSync(join(top, "docs/reference/api-coverage.md"), "utf8");
  const section = text.slice(text.indexOf("\n## S3 (AWS)"));
  return new Map(
    [...section.matchAll(/^\| \[?(\w+)\]?\S* \| .* \| (served|stored, no effect|by name) \|$/gm)].map((row) => [row[1] ?? "", row[2] === "by name" ? "by name" : "served"]),
  );
}

describe("every operation of the SDK's model", () => {
  let server: Server;
  let seen: Seen[];
  before(async () => {
    server = await startServer();
    const program = join(import.meta.dirname, "programs/every_operation.py");
    const lines = await must(join(venv, "bin/python"), [program, server.endpoint, main.accessKeyId, main.secretAccessKey]);
    seen = lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Seen);
  });
  after(() => server.stop());

  it("the model's operations were all sent", () => assert.ok(seen.length >= 116, String(seen.length)));

  it("each is served or refused by name", () => {
    const table = coverage();
    assert.ok(table.size > 100);
    const wrong: string[] = [];
    for (const { operation, status, code, message } of seen) {
      const outcome = `${status} ${code}`.trim();
      const other = otherServices[operation];
      if (other !== undefined) {
        if (outcome !== "400 AuthorizationHeaderMalformed" || !message.includes(other)) wrong.push(`${operation}: ${outcome} ${message}`);
      } else if (table.get(olderNames[operation] ?? operation) === "served") {
        const fine = [...(operation in said ? [said[operation]] : ["200", "204"]), ...(alsoFine[operation] ?? [])];
        if (!fine.includes(outcome)) wrong.push(`${operation} is served and answered ${outcome} ${message}`);
      } else if (outcome !== "501 NotImplemented" || !/^\S+ is not implemented$/.test(message)) wrong.push(`${operation} is not served and answered ${outcome} ${message}`);
    }
    assert.deepEqual(wrong, []);
  });

  it("each has its own effect and no other's", () => {
    const wrong: string[] = [];
    for (const { operation, status, changed } of seen) {
      const expected = status >= 200 && status < 300 ? (effects[operation] ?? []) : [];
      const fits = changed.length === expected.length && expected.every((pattern) => changed.some((name) => pattern.test(name)));
      if (!fits) wrong.push(`${operation} (${status}) changed ${JSON.stringify(changed)}`);
    }
    assert.deepEqual(wrong, []);
  });
});
