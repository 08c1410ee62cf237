/** What may be asked of an object before something is done to it. Judged in versions/conditions.ts, put-version.ts and delete-version.ts. */

/** Conditions of a read, and of a copy's source. ETags bare (no quotes), `*` allowed; times in ms, whole seconds. */
export type ReadConditions = { ifMatch?: string[]; ifNoneMatch?: string[]; ifModifiedSinceMs?: number; ifUnmodifiedSinceMs?: number };
/** Conditions of a write, judged inside the commit. */
export type WriteCondition = {
  /** If-None-Match: * -> preconditionFailed */
  ifAbsent?: boolean;
  /** If-Match -> preconditionFailed, or keyMissing when there is no current version */
  ifMatch?: string[];
  /** If-None-Match with ETags -> preconditionFailed when the current version has one of them */
  ifNoneMatch?: string[];
  /** OSS: objectExists; ignored while versioning is enabled or suspended */
  forbidOverwrite?: boolean;
};
/**
 * Conditions of a delete, judged inside the commit on the version that is meant. `ifMatch` needs that there is one (keyMissing, versionMissing); the
 * others hold for what is not there. What does not hold, and a delete marker, is preconditionFailed.
 */
export type DeleteCondition = {
  /** Bare ETags; `*` is any. An ETag tells of the content: then the caller must be allowed `object.read`, under the vendor's `readAction`. */
  ifMatch?: string[];
  readAction?: string;
  ifSize?: number;
  /** Compared in whole seconds. */
  ifModifiedMs?: number;
};
