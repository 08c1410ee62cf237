/**
 * Symlinks: objects that stand for another one, by its name. They are read through, deleted and listed as themselves; a link to a link leads nowhere.
 * https://help.aliyun.com/zh/oss/developer-reference/putsymlink
 */
import { createHash } from "node:crypto";
import { placeObject } from "../access/ownership.ts";
import type { Context, Core, ObjectAddress, VersionResult } from "../api.ts";
import { fail, isDomainError } from "../errors.ts";
import { emitCreated } from "../events/emit.ts";
import type { LinkTarget, Version } from "../model.ts";
import { parseBucketName, parseObjectKey } from "../names.ts";
import type { Ports } from "../ports.ts";
import { tagsOf } from "../tags.ts";
import { transact } from "../transact.ts";
import { putVersion } from "../versions/put-version.ts";
import { onView, type View } from "../view.ts";
import { type Found, findVersion, objectTurn } from "./find.ts";
import { newContentId } from "./store-body.ts";

/** What the link stands for, if it is there (linkTargetMissing), no link itself (linkToLink), and the caller may read it. */
export async function followLink(view: View, context: Context, { tenant, bucket }: ObjectAddress, { key, link }: Version): Promise<Found> {
  const target = link as LinkTarget;
  const address = { tenant, bucket: target.bucket ?? bucket, key: target.key };
  const found = await findVersion(view, context, address, undefined).catch((error: unknown) => {
    const isGone = isDomainError(error, "keyMissing") || isDomainError(error, "versionIsMarker") || isDomainError(error, "bucketMissing");
    return isGone ? fail("linkTargetMissing", { key, target: target.key }) : Promise.reject(error);
  });
  return found.version.link === undefined ? found : fail("linkToLink", { key, target: target.key });
}

/** The link with the bytes of what it stands for, and what follows from them; everything else is its own. */
export function readThrough(link: Version, target: Version): Version {
  const { size, etag, form, content, crc64, checksum, parts, encryption, rows } = target;
  const { crc64: _crc64, content: _content, ...own } = link;
  return {
    ...own,
    modifiedMs: Math.max(link.modifiedMs, target.modifiedMs),
    size,
    etag,
    form,
    ...(content === undefined ? {} : { content }),
    ...(crc64 === undefined ? {} : { crc64 }),
    ...(checksum === undefined ? {} : { checksum }),
    ...(parts === undefined ? {} : { parts }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(rows === undefined ? {} : { rows }),
  };
}

/** Throws what putting an object throws. */
export async function putLink(ports: Ports, context: Context, input: Parameters<Core["objects"]["putLink"]>[1]): Promise<VersionResult> {
  const key = parseObjectKey(input.target.key);
  const target: LinkTarget = { key, ...(input.target.bucket === undefined ? {} : { bucket: parseBucketName(input.target.bucket) }) };
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const draft = {
      kind: "symlink",
      key: input.key,
      modifiedMs: ports.clock.wallMs(),
      size: 0,
      etag: createHash("md5")
        .update(`${target.bucket ?? ""}/${key}`, "utf8")
        .digest("hex"),
      ...placeObject(context, bucket.state, input),
      storageClass: input.storageClass ?? bucket.state.storageClass,
      form: "single",
      headers: input.headers,
      metadata: input.metadata,
      ...tagsOf(input.tags),
      link: target,
      content: { id: newContentId(ports), inline: new Uint8Array(0) },
    } as const;
    const version = await putVersion(view, change, bucket, draft, input.condition);
    await emitCreated(view, change, bucket, context, "put", version);
    return { version, versioning: bucket.state.versioning };
  });
}

/** Throws what `findVersion` throws. */
export function objectEntry(ports: Ports, context: Context, input: Parameters<Core["objects"]["entry"]>[1]): Promise<VersionResult> {
  return onView(ports, async (view) => {
    const { bucket, version } = await findVersion(view, context, input, input.version);
    return { version, versioning: bucket.state.versioning };
  });
}
