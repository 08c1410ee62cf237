/** Is a claim true? Pure: the secret was looked up by the caller. */
import type { Address } from "../../operation.ts";
import type { WireRequest } from "../../wire.ts";
import type { V2Claim, V4Claim } from "./claim.ts";
import type { PayloadMode } from "./payload.ts";
import { verifyV2 } from "./v2.ts";
import { type ChunkChain, type V4Options, verifyV4 } from "./v4.ts";

/** How the body is to be read; `chain` where chunks may be signed (V4). */
export type Verified = { payload: PayloadMode; chain?: ChunkChain };

/** Throws AuthFailure. `options.region`: refuse other regions. */
export function verify(claim: V4Claim | V2Claim, secret: string, request: WireRequest, address: Pick<Address, "style" | "rawBucket">, options: V4Options): Verified {
  return claim.scheme === "v4" ? verifyV4(claim, secret, request, options) : verifyV2(claim, secret, request, address, options);
}
