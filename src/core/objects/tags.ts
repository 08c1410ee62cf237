/** The tags of one version. */
import type { Context, Core, VersionResult } from "../api.ts";
import { emitChanged } from "../events/emit.ts";
import type { Ports } from "../ports.ts";
import { boundTags, tagLimits } from "../tags.ts";
import { transact } from "../transact.ts";
import { findVersion, objectTurn } from "./find.ts";

/** All of them at once; an empty list removes them. Changes nothing else of the version. Throws what `findVersion` throws, and tagsInvalid. */
export async function setObjectTags(ports: Ports, context: Context, input: Parameters<Core["objects"]["setTags"]>[1]): Promise<VersionResult> {
  boundTags(input.tags, tagLimits.perObjectMax);
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const { bucket, chain, version: before } = await findVersion(view, context, input, input.version);
    change.expect(bucket.stateKey, bucket.stateValue);
    const { tags: _tags, ...kept } = before;
    const version = { ...kept, ...(input.tags.length === 0 ? {} : { tags: input.tags }) };
    await chain.replace(version);
    await chain.writeTo(change);
    const kind = input.tags.length === 0 ? "tags.removed" : "tags.put";
    await emitChanged(view, change, bucket, context, { kind, version, newest: chain.head?.sequence });
    return { version, versioning: bucket.state.versioning };
  });
}
