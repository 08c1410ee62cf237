/** The rows of annotations, and what they may be: https://docs.aws.amazon.com/AmazonS3/latest/userguide/annotations-overview.html */
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { annotationUser, tables } from "../keys.ts";
import type { Annotated, Annotation, Content, ContentId, Version } from "../model.ts";
import { newContentId } from "../objects/store-body.ts";
import { encodeDead, presence } from "../records.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import type { View } from "../view.ts";
import { decodeAnnotation, encodeAnnotation } from "./records.ts";

export const annotationLimits = {
  nameBytesMax: 512,
  bytesMax: 1024 * 1024,
  perVersionMax: 1000,
  /** Of all annotations of a version together. */
  allBytesMax: 1024 ** 3,
  /** Longer ones have a blob: a copy of a thousand must fit one batch. */
  inlineBytesMax: 256,
} as const;

const namePattern = /^[\p{L}\p{N}_.-]+$/u;

/** Throws annotationInvalid. */
export function boundName(name: string): string {
  if (Buffer.byteLength(name) > annotationLimits.nameBytesMax) fail("annotationInvalid", { what: "nameTooLong", value: name });
  if (!namePattern.test(name)) fail("annotationInvalid", { what: "name", value: name });
  return name;
}

export async function findAnnotation(view: View, annotated: Annotated | undefined, name: string): Promise<Annotation | undefined> {
  const value = annotated && (await view.get(tables.annotation.key(annotated.set, name)));
  return value && decodeAnnotation(name, value);
}

/** The row as it shall be, which is expected as it was (`before`), and the uses of both contents. */
export async function putAnnotation(view: View, change: Change, set: ContentId, annotation: Annotation): Promise<Annotation | undefined> {
  const row = tables.annotation.key(set, annotation.name);
  const value = await view.get(row);
  const before = value && decodeAnnotation(annotation.name, value);
  change.expect(row, value).put(row, encodeAnnotation(annotation));
  // The use of the old content goes before that of the new one comes: they are two contents.
  if (before) await endAnnotation(view, change, set, before);
  if (isStoredApart(annotation.content)) change.put(tables.use.key(annotation.content.id, annotationUser(set, annotation.name)), presence);
  return before;
}

/** The row is the caller's. */
export async function endAnnotation(view: View, change: Change, set: ContentId, { name, content }: Annotation): Promise<void> {
  if (!isStoredApart(content)) return;
  const use = tables.use.key(content.id, annotationUser(set, name));
  change
    .expect(use, await view.get(use))
    .remove(use)
    .put(tables.dead.key(content.id), encodeDead(content));
}

/**
 * A set of its own for another version, whose annotations share the bytes of these and are kept as these are. The caller expects the source's
 * record, which changes with each of its annotations.
 */
export async function copyAnnotations(view: View, change: Change, { annotations: source }: Version): Promise<Annotated | undefined> {
  if (!source) return undefined;
  const set = newContentId(view.ports);
  const cursor = view.scan(tables.annotation.range(source.set));
  const rows = await cursor.next(annotationLimits.perVersionMax);
  cursor.close();
  for (const { key, value } of rows) {
    const [, name] = tables.annotation.read(key);
    const annotation = decodeAnnotation(name, value);
    const { content: own } = annotation;
    const content: Content = isStoredApart(own) ? own : { ...(own as Content), id: newContentId(view.ports) };
    change.put(tables.annotation.key(set, name), encodeAnnotation({ ...annotation, content }));
    if (isStoredApart(content)) change.put(tables.use.key(content.id, annotationUser(set, name)), presence);
  }
  return { ...source, set };
}
