/**
 * Reads of settings that no bucket can have yet: what a bucket without the setting answers is the truth. Their PUT and DELETE are not declared
 * and answer NotImplemented by name; with the first of those, its read moves to a file of its own.
 */
import type { BucketInfo } from "../../../core/api.ts";
import { VendorError } from "../../error-table.ts";
import { operation } from "../../operation.ts";
import type { Reply } from "../../wire.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

const docs = (name: string): string => `https://docs.aws.amazon.com/AmazonS3/latest/API/API_${name}.html`;

function bucketRead(name: string, select: string, reply: (info: BucketInfo, call: S3Call) => Reply, action = `s3:${name}`) {
  return operation<S3Settings, void, BucketInfo>({
    name,
    docs: docs(name),
    route: { method: "GET", target: "bucket", select: [select] },
    access: { action, capability: "bucket.own" },
    input: () => undefined,
    run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
    reply,
  });
}

const absent = (name: string, select: string, code: string, message: string) =>
  bucketRead(name, select, ({ state }) => {
    throw new VendorError({ status: 404, code, message, elements: [["BucketName", state.name]] });
  });

export const GetBucketReplication = absent("GetBucketReplication", "replication", "ReplicationConfigurationNotFoundError", "The replication configuration was not found");
