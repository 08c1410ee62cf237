/** Copies on the server: the new version shares the content, no byte is moved. */
import { placeObject } from "../access/ownership.ts";
import type { Context, Core, VersionResult } from "../api.ts";
import { fail } from "../errors.ts";
import type { Content, Version } from "../model.ts";
import type { Ports } from "../ports.ts";
import { judgeLockRequest } from "../retention/request.ts";
import { tagsOf } from "../tags.ts";
import { transact } from "../transact.ts";
import { judgeRead } from "../versions/conditions.ts";
import { putVersion, type VersionDraft } from "../versions/put-version.ts";
import { findVersion, objectTurn } from "./find.ts";
import { newContentId } from "./store-body.ts";

type Input = Parameters<Core["objects"]["copy"]>[1];

/**
 * The batch expects the source's record and its use of the content as read, so a source that is deleted or overwritten meanwhile is read
 * again. Throws what reading the source and writing the target throw, and copyOntoItself.
 */
export async function copyObject(ports: Ports, context: Context, input: Input): Promise<VersionResult & { source: Version; sourceVersioning: VersionResult["versioning"] }> {
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    judgeLockRequest(context, bucket.state, input.lock, ports.clock.wallMs());
    const sourceContext: Context = { ...context, capability: "object.read", action: input.sourceAction };
    const found = await findVersion(view, sourceContext, input.source, input.source.version);
    const source = found.version;
    judgeRead(source, input.sourceConditions, "fail");
    const isItself = found.bucket.state.generation === bucket.state.generation && source.key === input.key && found.chain.head?.sequence === source.sequence;
    if (isItself && input.ontoItself === "refuse" && !changes(input, source)) fail("copyOntoItself", { key: input.key });
    await found.chain.expectVersion(change, source.sequence);
    const { sequence: _sequence, isNull: _isNull, content, tags, ...kept } = source;
    const draft: VersionDraft = {
      ...kept,
      key: input.key,
      modifiedMs: ports.clock.wallMs(),
      ...placeObject(context, bucket.state, input),
      storageClass: input.storageClass ?? bucket.state.storageClass,
      headers: input.attributes?.headers ?? source.headers,
      metadata: input.attributes?.metadata ?? source.metadata,
      ...tagsOf(input.tags ?? tags),
      ...(content ? { content: shared(ports, content) } : {}),
    };
    const version = await putVersion(view, change, bucket, draft, input.condition, { inPlace: isItself, lock: input.lock });
    return { version, versioning: bucket.state.versioning, source, sourceVersioning: found.bucket.state.versioning };
  });
}

const changes = (input: Input, source: Version): boolean =>
  input.attributes !== undefined || input.tags !== undefined || (input.storageClass !== undefined && input.storageClass !== source.storageClass);

/** Bytes in the record are copied with it; bytes that stand apart are used once more. */
const shared = (ports: Ports, content: Content): Content => (content.inline ? { ...content, id: newContentId(ports) } : content);
