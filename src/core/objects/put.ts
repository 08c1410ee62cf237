/** Writes one object: its bytes first, flushed and verified, then one batch. */

import { authorizeBesides } from "../access/besides.ts";
import { placeObject } from "../access/ownership.ts";
import type { Context, Core, VersionResult } from "../api.ts";
import type { Change } from "../change.ts";
import { etagOf, protectionFor, sealFor } from "../encryption/protect.ts";
import { emitCreated } from "../events/emit.ts";
import { expirationIn } from "../lifecycle/answers.ts";
import type { Ports } from "../ports.ts";
import { judgeLockRequest } from "../retention/request.ts";
import { tagsOf } from "../tags.ts";
import { transact } from "../transact.ts";
import { putVersion } from "../versions/put-version.ts";
import type { View } from "../view.ts";
import { layContent } from "./content.ts";
import { objectTurn } from "./find.ts";
import { shelfFor } from "./shelves.ts";
import { keepStored, newContentId, storeBody } from "./store-body.ts";

/** Throws bucketMissing, accessDenied, digestMismatch, bodyLength, entityTooLarge, preconditionFailed, objectExists, versionLocked, lockMissing, diskFull, overloaded: then nothing of it is left. */
export async function putObject(ports: Ports, context: Context, input: Parameters<Core["objects"]["put"]>[1]): Promise<VersionResult> {
  const protection = await protectionFor(ports, input);
  const seal = protection && sealFor(ports, protection);
  const stored = await storeBody(ports, newContentId(ports), input.body, { seal, shelf: await shelfFor(ports, input) });
  const etag = etagOf(ports, protection?.kept, stored.digests.md5);
  const attempt = async (view: View, change: Change): Promise<VersionResult> => {
    const bucket = await view.bucket(context, input);
    judgeLockRequest(bucket.state, input.lock, ports.clock.wallMs());
    await authorizeBesides(view, context, bucket.state, input);
    const { crc64, checksum } = stored.digests;
    const version = await putVersion(
      view,
      change,
      bucket,
      {
        kind: "object",
        key: input.key,
        modifiedMs: ports.clock.wallMs(),
        size: stored.size,
        etag,
        ...placeObject(context, bucket.state, input),
        storageClass: input.storageClass ?? bucket.state.storageClass,
        form: "single",
        headers: input.headers,
        metadata: input.metadata,
        ...tagsOf(input.tags),
        crc64,
        ...(checksum ? { checksum } : {}),
        ...(protection && seal ? { encryption: { ...protection.kept, streams: seal.id } } : {}),
        content: layContent(change, stored.content),
      },
      input.condition,
      { lock: input.lock },
    );
    await emitCreated(view, change, bucket, context, "put", version);
    return { version, versioning: bucket.state.versioning, ...(bucket.state.expires ? await expirationIn(view, bucket, version) : {}) };
  };
  return await keepStored(ports, stored, () => transact(ports, context, objectTurn(input), attempt, { rowByRow: true }));
}
