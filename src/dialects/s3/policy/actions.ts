/** Which actions a request is, beyond what its operation declares: of a version, and what its headers ask for besides. */

import { versionedAction } from "../../../core/access/policy/vocabulary.ts";
import type { Context } from "../../../core/api.ts";
import type { S3Call } from "../flavour.ts";

const ofVersions = new Set(["s3:GetObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:PutObjectAcl", "s3:GetObjectAttributes"]);

/** Header -> the action it is. The vendor asks for leave; here a policy may deny it, and whoever may write may name it. */
const besides: readonly [header: string, action: string][] = [
  ["x-amz-acl", "s3:PutObjectAcl"],
  ["x-amz-grant-read", "s3:PutObjectAcl"],
  ["x-amz-grant-write", "s3:PutObjectAcl"],
  ["x-amz-grant-read-acp", "s3:PutObjectAcl"],
  ["x-amz-grant-write-acp", "s3:PutObjectAcl"],
  ["x-amz-grant-full-control", "s3:PutObjectAcl"],
  ["x-amz-tagging", "s3:PutObjectTagging"],
  ["x-amz-object-lock-mode", "s3:PutObjectRetention"],
  ["x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"],
];

/** The context to run with: the same one where nothing is added. `vendorHeaders`: the names of the request's vendor headers. */
export function withActions(call: S3Call, vendorHeaders: readonly string[]): Context {
  const { context, request } = call;
  let { action } = context;
  if (request.query.length > 0 && ofVersions.has(action) && request.query.some(({ name }) => name === "versionId")) action = versionedAction(action);
  const also: string[] = [];
  if (vendorHeaders.length > 0) {
    if (action === "s3:PutObject") for (const [header, extra] of besides) if (vendorHeaders.includes(header) && !also.includes(extra)) also.push(extra);
    if (vendorHeaders.includes("x-amz-bypass-governance-retention") && request.headers["x-amz-bypass-governance-retention"]?.toLowerCase() === "true")
      also.push("s3:BypassGovernanceRetention");
  }
  return action === context.action && also.length === 0 ? context : { ...context, action, ...(also.length === 0 ? {} : { also }) };
}
