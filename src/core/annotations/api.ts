/** Verbs about annotations: a part of core/api.ts. */
import type { Context, IncomingBody, ObjectAddress, VersionResult } from "../api.ts";
import type { Annotation, VersionSelector } from "../model.ts";
import type { ByteSource } from "../ports.ts";

type OfVersion = ObjectAddress & { version: VersionSelector };
/** `ifMatch`: bare ETags, one of which the object must have (`*`: any). `bypassGovernance`: of a lock, where what is there goes. */
type Writing = OfVersion & { name: string; ifMatch?: string[]; bypassGovernance?: boolean };

export type AnnotationVerbs = {
  /** One more, or another text under the same name. */
  put(context: Context, input: Writing & { body: IncomingBody }): Promise<VersionResult & { annotation: Annotation }>;
  open(context: Context, input: OfVersion & { name: string }): Promise<VersionResult & { annotation: Annotation; body: ByteSource }>;
  /** In byte order of their names, `after` excluded. */
  list(context: Context, input: OfVersion & { prefix: string; after: string; limit: number }): Promise<VersionResult & { annotations: Annotation[]; truncated: boolean }>;
  /** For good, however the object's versions are kept; one that is not there is no error. */
  remove(context: Context, input: Writing): Promise<VersionResult>;
};
