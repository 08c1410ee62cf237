/** UploadPart. */
import { type Context, type Core, limits, type WrittenPart } from "../api.ts";
import type { PartEncryption } from "../encryption/api.ts";
import { etagOf, judgeCustomerKey, type Seal, sealFor, unlock } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { shelfOf } from "../objects/shelves.ts";
import { keepStored, storeBody } from "../objects/store-body.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { onView } from "../view.ts";
import { judgeInitiator, requireUpload, uploadTurn } from "./find.ts";
import { placePart } from "./place-part.ts";
import { type PartRecord, shownOf, toPart, type UploadRecord } from "./records.ts";

/**
 * Stores the body under the upload's id, then places it: the last of two of one number wins. Throws uploadMissing (also when the upload ends
 * while the body comes in), invalidArgument for the number or another checksum than the upload's, and what a body can do wrong.
 */
export async function putPart(ports: Ports, context: Context, input: Parameters<Core["uploads"]["putPart"]>[1]): Promise<WrittenPart> {
  judgePartNumber(input.partNumber);
  const { record } = await onView(ports, async (view) => requireUpload(view, await view.bucket(context, input), input));
  judgeInitiator(context, record, input);
  const checksum = record.checksum?.algorithm ?? input.body.checksum;
  if (input.body.checksum !== undefined && input.body.checksum !== checksum) {
    fail("invalidArgument", { argument: "checksum", value: input.body.checksum, why: `the upload was begun with ${checksum}` });
  }
  const kept = checksum ?? input.defaultChecksum;
  const body = kept === undefined ? input.body : { ...input.body, checksum: kept };
  const seal = await sealOfPart(ports, record, input);
  const stored = await storeBody(ports, record.id, body, { inlineBytesMax: 0, seal, shelf: shelfOf(ports, record.storageClass) });
  const { digests, size, content } = stored;
  const part: PartRecord = {
    number: input.partNumber,
    size,
    etag: etagOf(ports, record.protection, digests.md5),
    crc64: digests.crc64,
    modifiedMs: ports.clock.wallMs(),
    ...(digests.checksum ? { checksum: digests.checksum } : {}),
    extents: content.extents ?? [],
    ...(seal ? { stream: seal.id } : {}),
  };
  return keepStored(ports, stored, () =>
    transact(ports, context, uploadTurn(input), async (fresh, change) => {
      const bucket = await fresh.bucket(context, input);
      await placePart(fresh, change, bucket, await requireUpload(fresh, bucket, input), part);
      return { ...toPart(part), ...shownOf(record.protection) };
    }),
  );
}

/** Each part is a stream of its own under the upload's key. Throws as `unlock`. */
export async function sealOfPart(ports: Ports, { protection }: UploadRecord, { customerKey, mode }: PartEncryption): Promise<Seal | undefined> {
  if (mode !== undefined && protection?.mode !== mode) fail("customerKeyUnused", {});
  if (!protection) {
    judgeCustomerKey(undefined, customerKey);
    return undefined;
  }
  return sealFor(ports, { kept: protection, ...(await unlock(ports, protection, customerKey)) });
}

export function judgePartNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1 || number > limits.partNumberMax) {
    fail("invalidArgument", { argument: "partNumber", value: String(number), why: `a whole number from 1 to ${limits.partNumberMax}` });
  }
}
