/**
 * Events and their targets in S3's words:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 */
import type { EventKind } from "../../../core/events/model.ts";

/** Without the `s3:` in front. Those without a kind never happen here, and can be asked for all the same. */
const kinds: Record<string, EventKind | undefined> = {
  "ObjectCreated:Put": "created.put",
  "ObjectCreated:Post": "created.form",
  "ObjectCreated:Copy": "created.copy",
  "ObjectCreated:CompleteMultipartUpload": "created.parts",
  "ObjectRemoved:Delete": "removed.version",
  "ObjectRemoved:DeleteMarkerCreated": "removed.marker",
  "ObjectTagging:Put": "tags.put",
  "ObjectTagging:Delete": "tags.removed",
  "ObjectAcl:Put": "acl.put",
  "ObjectRetention:Put": "retention.put",
  "LifecycleExpiration:Delete": "expired.version",
  "LifecycleExpiration:DeleteMarkerCreated": "expired.marker",
  LifecycleTransition: "moved",
  IntelligentTiering: undefined,
  ReducedRedundancyLostObject: undefined,
  "ObjectRestore:Post": undefined,
  "ObjectRestore:Completed": undefined,
  "ObjectRestore:Delete": undefined,
  "ObjectAnnotation:Put": undefined,
  "ObjectAnnotation:Delete": undefined,
  "Replication:OperationFailedReplication": undefined,
  "Replication:OperationNotTracked": undefined,
  "Replication:OperationMissedThreshold": undefined,
  "Replication:OperationReplicatedAfterThreshold": undefined,
};
const families = new Set(["ObjectCreated", "ObjectRemoved", "ObjectTagging", "ObjectRestore", "ObjectAnnotation", "LifecycleExpiration", "Replication"]);

/** `s3:ObjectCreated:*` is all of its family. `undefined`: there is no such event. */
export function kindsOf(event: string): EventKind[] | undefined {
  const name = event.startsWith("s3:") ? event.slice("s3:".length) : "";
  if (Object.hasOwn(kinds, name)) return kinds[name] === undefined ? [] : [kinds[name]];
  const family = name.endsWith(":*") ? name.slice(0, -2) : "";
  if (!families.has(family)) return undefined;
  return Object.entries(kinds).flatMap(([each, kind]) => (each.startsWith(`${family}:`) && kind !== undefined ? [kind] : []));
}

/** As an event calls itself. */
export const nameOf = (kind: EventKind): string => Object.entries(kinds).find(([, each]) => each === kind)?.[0] ?? "";

export type TargetType = "Queue" | "Topic" | "CloudFunction";
const arns: Record<TargetType, RegExp> = {
  Queue: /^arn:aws[a-z-]*:sqs:[a-z0-9-]*:\d*:([\w.-]{1,80})$/,
  Topic: /^arn:aws[a-z-]*:sns:[a-z0-9-]*:\d*:([\w.-]{1,256})$/,
  CloudFunction: /^arn:aws[a-z-]*:lambda:[a-z0-9-]*:\d*:function:([\w-]{1,140})(?::[\w$-]{1,128})?$/,
};
/** The name at an ARN's end, by which the operator knows the target; `undefined`: no ARN of this type. */
export const targetOf = (type: TargetType, arn: string): string | undefined => arns[type].exec(arn)?.[1];
export const typeOf = (arn: string): TargetType => (Object.keys(arns) as TargetType[]).find((type) => targetOf(type, arn) !== undefined) ?? "Queue";
