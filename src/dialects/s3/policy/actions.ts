/** Which action a request is where it names a version: another one. */

import { versionedAction } from "../../../core/access/policy/vocabulary.ts";
import type { Context } from "../../../core/api.ts";
import type { S3Call } from "../flavour.ts";

const ofVersions = new Set(
  "GetObject DeleteObject GetObjectAcl PutObjectAcl GetObjectAttributes GetObjectTagging PutObjectTagging DeleteObjectTagging".split(" ").map((name) => `s3:${name}`),
);

/** The context to run with: the same one where no version is named. */
export function withActions({ context, request: { query } }: S3Call): Context {
  if (query.length === 0 || !ofVersions.has(context.action) || !query.some(({ name }) => name === "versionId")) return context;
  return { ...context, action: versionedAction(context.action) };
}
