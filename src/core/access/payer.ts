/**
 * Buckets whose requesters pay: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html. Nothing is billed here; what is
 * kept is who may come in.
 */
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { BucketState } from "../model.ts";

/** Of a request that says it pays. `charged`: it asked something of a bucket where that counts. */
export type Payment = { charged: boolean };

/** Throws accessDenied: nobody can be charged, or nobody said they may be. The owner's account pays in any case and says nothing. */
export function judgePayer({ caller, payment }: Context, state: BucketState): void {
  if (!state.requesterPays) return;
  if (caller.kind === "anonymous") fail("accessDenied", { reason: "requesters pay here, and nobody can be charged for anonymous requests" });
  if (caller.account.id === state.owner) return;
  if (payment === undefined) fail("accessDenied", { reason: "requesters pay here, and the request does not say that it pays" });
  payment.charged = true;
}
