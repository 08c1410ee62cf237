/** What a writer says of encryption, filled in with what the bucket says. */
import { fail } from "../errors.ts";
import type { BucketEncryption } from "../model.ts";
import type { EncryptionAsked, EncryptionSettled } from "./api.ts";

/** Can it only be settled with the bucket's own setting at hand? */
export const needsBucket = (asked: EncryptionAsked | undefined): boolean => asked?.mode !== "store";

/** `undefined`: as it is. Throws customerKeyBlocked. */
export function settleAsked(asked: EncryptionAsked | undefined, bucket: BucketEncryption | undefined): EncryptionSettled | undefined {
  switch (asked?.mode) {
    case undefined:
      return bucket;
    case "bucket":
      return bucket?.mode === "key" ? { ...bucket, perBucket: asked.perBucket } : bucket;
    case "key":
      return asked.perBucket === undefined && bucket?.mode === "key" && bucket.perBucket ? { ...asked, perBucket: true } : asked;
    case "customer":
      return bucket?.refusesCustomerKeys ? fail("customerKeyBlocked", {}) : asked;
    case "store":
      return asked;
  }
}
