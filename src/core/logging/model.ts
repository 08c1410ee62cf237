/** Requests to a bucket, written down in another: what a bucket can be told about it. */
import type { BucketName, Grant } from "../model.ts";

/**
 * `target`: the bucket of the same tenant that gets the logs. `by`: whose right writes them there: the bucket owner's, or that of the server, which
 * the target must let in by its policy or ACL. `names`: whether a day stands in the names of the logs: none, that of their writing, or that of the requests, of
 * which a log then holds one day's. `grants`: what others may do with the logs, beside the target's owner. Lines are in the words of the dialect that wrote this.
 */
export type Logging = { target: BucketName; prefix: string; by: "owner" | "server"; names: "plain" | "deliveryDay" | "eventDay"; grants: Grant[] };

export const loggingLimits = { prefixCharactersMax: 800 } as const;
