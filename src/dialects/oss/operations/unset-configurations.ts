/**
 * Configurations that no bucket can have yet: asked for, the answer is the vendor's own "there is none", which is the truth; put or deleted,
 * they are refused by name like everything that is not served. A family that gets served takes its rows from here.
 */
import type { AnyOperation } from "../../operation.ts";
import { refuse } from "../answers.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import type { OssSettings } from "../settings.ts";

type Missing = { name: string; docs: string; select: string; code: string; message: string };

const missing: Missing[] = [
  {
    name: "GetBucketReplication",
    docs: "getbucketreplication",
    select: "replication",
    code: "NoSuchReplicationConfiguration",
    message: "The bucket replication configuration does not exist.",
  },
];

const refusals = (row: Missing): AnyOperation<OssSettings> =>
  ossOperation({
    name: row.name,
    docs: page(row.docs),
    route: { method: "GET", target: "bucket", select: [row.select] },
    access: { action: `oss:${row.name}`, capability: "bucket.own" },
    input: bucketOf,
    run: async (core, address, { context }) => {
      await core.buckets.get(context, address);
      return refuse({ status: 404, code: row.code, message: row.message, elements: [["BucketName", address.bucket]] });
    },
    reply: () => refuse({ status: 404, code: row.code, message: row.message }),
  });

export const unsetConfigurations: AnyOperation<OssSettings>[] = missing.map(refusals);
