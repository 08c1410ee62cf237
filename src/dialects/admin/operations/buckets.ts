import { adminOperation, bucketIn } from "../admin-operation.ts";

export const GetBucketBlockers = adminOperation({
  name: "GetBucketBlockers",
  docs: "What keeps a bucket (of ?tenant=, else default) from being deleted: counts of objects, versions, markers, uploads, parts and channels, bytes, the first ten versions, the ten oldest uploads, the first lock, and at which doors a delete is refused.",
  method: "GET",
  path: "/buckets/:bucket/blockers",
  input: bucketIn,
  run: (core, context, address) => core.buckets.blockers(context, address),
  reply: (blockers) => ({ json: blockers }),
});
