/** Reading one version: its record, or its bytes. */

import type { Context, Core, VersionResult } from "../api.ts";
import { judgeCustomerKey, readSealed, unlock } from "../encryption/protect.ts";
import { expirationIn } from "../lifecycle/answers.ts";
import type { ByteSource, Ports } from "../ports.ts";
import { judgeRead } from "../versions/conditions.ts";
import { onView, type View } from "../view.ts";
import { readContent } from "./content.ts";
import { findVersion } from "./find.ts";
import { followLink, readThrough } from "./links.ts";
import { partSpan, resolveRange, type Span } from "./ranges.ts";
import { judgeArchived } from "./restore.ts";

/** Throws what `findVersion` throws, notModified, preconditionFailed, rangeUnsatisfiable. */
export function headObject(ports: Ports, context: Context, input: Parameters<Core["objects"]["head"]>[1]): Promise<VersionResult & { range?: Span }> {
  // Most often the record of the current version is the only row that is not kept.
  const startsAlone = true;
  const read = async (view: View): Promise<VersionResult & { range?: Span }> => {
    const found = await findVersion(view, context, input, input.version);
    const { bucket, chain } = found;
    const version = found.version.link === undefined ? found.version : readThrough(found.version, (await followLink(view, context, input, found.version)).version);
    if (version.encryption || input.customerKey) judgeCustomerKey(version.encryption, input.customerKey);
    judgeRead(version, input.conditions, "read");
    const { versioning, varyOrigin, expires } = bucket.state;
    const result = { version, versioning, ...(varyOrigin ? { varyOrigin } : {}) };
    if (expires && chain.head?.sequence === version.sequence) Object.assign(result, await expirationIn(view, bucket, version));
    return input.partNumber === undefined ? result : { ...result, range: partSpan(version, input.partNumber) };
  };
  return onView(ports, read, { startsAlone });
}

/** As `headObject`, with the bytes. The reader is announced before the snapshot is taken, so that nothing it finds there is removed under it. */
export async function openObject(
  ports: Ports,
  context: Context,
  input: Parameters<Core["objects"]["open"]>[1],
): Promise<VersionResult & { range?: Span; body: ByteSource; length: number }> {
  const finished = ports.readers.begin();
  let handedOver = false;
  try {
    const found = await headObject(ports, context, input);
    const { version } = found;
    judgeArchived(version, ports.clock.wallMs());
    const range = found.range ?? (input.range && resolveRange(input.range, version.size, input.onBadRange));
    const span = range ?? { start: 0, end: version.size };
    // Of most versions at once: only what is encrypted has to wait for its key.
    const keys = version.encryption && (await unlock(ports, version.encryption, input.customerKey));
    handedOver = true;
    if (range) found.range = range;
    const body = keys ? readSealed(ports, version, keys, span, finished) : readContent(ports, version.content, span, finished);
    return Object.assign(found, { body, length: span.end - span.start });
  } finally {
    if (!handedOver) finished();
  }
}
