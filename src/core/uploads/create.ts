/** CreateMultipartUpload. */

import { authorizeBesides } from "../access/besides.ts";
import { placeObject } from "../access/ownership.ts";
import type { Context, Core } from "../api.ts";
import { protectionFor } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import { personOf } from "../identity/model.ts";
import { counterKey, tables } from "../keys.ts";
import { abortIn } from "../lifecycle/answers.ts";
import type { BucketState, UploadId } from "../model.ts";
import { writerOf } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { judgeLockRequest } from "../retention/request.ts";
import { tagsOf } from "../tags.ts";
import { transact } from "../transact.ts";
import { Chain } from "../versions/chain.ts";
import { judgeWrite } from "../versions/put-version.ts";
import { checksumTypeAllowed } from "./combine.ts";
import { uploadTurn } from "./find.ts";
import { encodeUpload, toUpload, type UploadRecord } from "./records.ts";

/**
 * Fixes what the object will be. A condition is judged now, so that the client hears it before it sends its parts, and again when the upload is
 * completed. invalidArgument when the checksum has no value of that type.
 */
export async function createUpload(ports: Ports, context: Context, input: Parameters<Core["uploads"]["create"]>[1]): ReturnType<Core["uploads"]["create"]> {
  const { checksum } = input;
  if (checksum && !checksumTypeAllowed(checksum.algorithm, checksum.type)) {
    fail("invalidArgument", { argument: "checksum-type", value: checksum.type, why: `${checksum.algorithm} has no such checksum of a whole` });
  }
  const initiatedMs = ports.clock.wallMs();
  const id = newUploadId(ports);
  const protection = await protectionFor(ports, input);
  return transact(ports, context, uploadTurn({ uploadId: id }), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation, versioning } = bucket.state;
    judgeLockRequest(bucket.state, input.lock, initiatedMs);
    await authorizeBesides(view, context, bucket.state, input);
    if (input.condition) judgeWrite(bucket, await Chain.load(view, generation, input.key), input.condition, false);
    const record: UploadRecord = {
      id,
      key: input.key,
      initiatedMs,
      ...placeObject(context, bucket.state, input),
      ...initiatorOf(context, bucket.state),
      storageClass: input.storageClass ?? bucket.state.storageClass,
      ...(checksum ? { checksum } : {}),
      ...(protection ? { protection: protection.kept } : {}),
      headers: input.headers,
      metadata: input.metadata,
      ...tagsOf(input.tags),
      ...(input.condition ? { condition: input.condition } : {}),
      ...(input.lock ? { lock: input.lock } : {}),
    };
    const row = tables.upload.key(generation, input.key, id);
    change.expect(bucket.stateKey, bucket.stateValue).expect(row, undefined).put(row, encodeUpload(record)).add(counterKey(generation, "uploads"), 1);
    return { ...toUpload(record), versioning, ...(bucket.state.abortsUploads ? await abortIn(view, bucket, record) : {}) };
  });
}

/** An anonymous initiator (a bucket that everybody may write to) shows as the bucket's owner. */
function initiatorOf(context: Context, state: BucketState): Pick<UploadRecord, "initiator" | "initiatorUser"> {
  const person = personOf(context.caller);
  return { initiator: writerOf(context, state), ...(person === undefined ? {} : { initiatorUser: person }) };
}

/** 6 bytes of milliseconds that never go back, so that a key's uploads are listed by age, and 80 random bits that nobody guesses. */
function newUploadId({ clock, random }: Ports): UploadId {
  const raw = Buffer.alloc(16);
  raw.writeUIntBE(clock.sequenceMs(), 0, 6);
  raw.set(random.bytes(10), 6);
  return raw.toString("hex").toUpperCase() as UploadId;
}
