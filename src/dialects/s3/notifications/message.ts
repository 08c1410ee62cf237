/** Events as S3 sends them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
import type { EventKind, EventSource, WaitingEvent } from "../../../core/events/model.ts";
import { encodeUriPath } from "../../../lib/uri.ts";
import { nameOf } from "./names.ts";

/** Of families that came later. */
const versionOf = (kind: EventKind): string => (kind.startsWith("created.") || kind.startsWith("removed.") ? "2.1" : "2.3");

/** Hex digits of one length: their order as text is their order. */
export const sequencerText = (sequencer: number): string => sequencer.toString(16).toUpperCase().padStart(16, "0");

/** As in a form: blanks are `+`. */
const keyText = (key: string): string => encodeUriPath(key).replaceAll("%20", "+");

function principalOf({ account, user, self }: EventSource): string {
  if (self) return "s3.amazonaws.com";
  if (!account) return "Anonymous";
  return user === undefined ? account.accountId : `AWS:${account.accountId}:${user}`;
}

const emptyEtag = "d41d8cd98f00b204e9800998ecf8427e";
const isRemoval = (kind: EventKind): boolean => kind.endsWith(".version");

/** The body of one message. `region`: the server's, where a bucket names none. `id` stands for the host's. */
export function messageOf(event: WaitingEvent, { region, id }: { region: string; id: string }): string {
  const { kind, bucket, source, owner, timeMs, object } = event;
  const time = new Date(timeMs).toISOString();
  const requestId = source.requestId ?? id.slice(0, 16);
  if (kind === "test" || object === undefined) return JSON.stringify({ Service: "Amazon S3", Event: "s3:TestEvent", Time: time, Bucket: bucket, RequestId: requestId, HostId: id });
  const { key, version, versioning, size, etag, sequencer } = object;
  const hasVersion = versioning !== "off" && version !== undefined;
  const record = {
    eventVersion: versionOf(kind),
    eventSource: "aws:s3",
    awsRegion: event.region === "" ? region : event.region,
    eventTime: time,
    eventName: nameOf(kind),
    userIdentity: { principalId: principalOf(source) },
    requestParameters: { sourceIPAddress: source.address ?? (source.self ? "s3.amazonaws.com" : "-") },
    responseElements: { "x-amz-request-id": requestId, "x-amz-id-2": id },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: event.ruleId,
      bucket: { name: bucket, ownerIdentity: { principalId: owner.accountId }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: keyText(key),
        ...(isRemoval(kind) ? {} : { ...(size === undefined ? {} : { size }), eTag: etag ?? emptyEtag }),
        ...(hasVersion ? { versionId: version.isNull ? "null" : String(version.sequence) } : {}),
        sequencer: sequencerText(sequencer),
      },
    },
  };
  return JSON.stringify({ Records: [record] });
}
