import { adminOperation, bucketIn } from "../admin-operation.ts";

export const GetBucketBlockers = adminOperation({
  name: "GetBucketBlockers",
  docs: "What keeps a bucket (of ?tenant=, else default) from being deleted: counts of objects, versions, markers, uploads and channels, the first key and the oldest upload.",
  method: "GET",
  path: "/buckets/:bucket/blockers",
  input: bucketIn,
  run: (core, context, address) => core.buckets.blockers(context, address),
  reply: (blockers) => ({ json: blockers }),
});
