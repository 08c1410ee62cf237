/**
 * Configurations that no bucket can have yet: asked for, the answer is the vendor's own "there is none", which is the truth; put or deleted,
 * they are refused by name like everything that is not served. A family that gets served takes its rows from here.
 */
import { DomainError } from "../../../core/errors.ts";
import type { AnyOperation } from "../../operation.ts";
import { refuse } from "../answers.ts";
import { bucketOf, objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import type { OssSettings } from "../settings.ts";

type Missing = { name: string; docs: string; select: string; code: string; message: string };

const missing: Missing[] = [
  {
    name: "GetBucketEncryption",
    docs: "getbucketencryption",
    select: "encryption",
    code: "NoSuchServerSideEncryptionRule",
    message: "The server side encryption configuration is not found.",
  },
  {
    name: "GetBucketReplication",
    docs: "getbucketreplication",
    select: "replication",
    code: "NoSuchReplicationConfiguration",
    message: "The bucket replication configuration does not exist.",
  },
  {
    name: "GetBucketTransferAcceleration",
    docs: "getbuckettransferacceleration",
    select: "transferAcceleration",
    code: "NoSuchTransferAccelerationConfiguration",
    message: "The transfer acceleration configuration does not exist.",
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

/** No object is a link yet. */
export const GetSymlink = ossOperation({
  name: "GetSymlink",
  docs: page("getsymlink"),
  route: { method: "GET", target: "object", select: ["symlink"] },
  access: { action: "oss:GetObject", capability: "object.read" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: async (core, input, { context }) => {
    const { version } = await core.objects.head(context, input);
    if (version.kind === "symlink") throw new DomainError("notSupported", { what: "symlink" });
    return refuse({ status: 400, code: "NotSymlink", message: "The object you specified is not a symlink object.", elements: [["Key", input.key]] });
  },
  reply: () => refuse({ status: 400, code: "NotSymlink", message: "The object you specified is not a symlink object." }),
});
