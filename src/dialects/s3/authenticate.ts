/** Who asks, and the body that came with it. The key is looked up afresh for every request, so that a revoked one fails on the next. */
import type { Core, IncomingBody } from "../../core/api.ts";
import type { Caller } from "../../core/model.ts";
import type { Clock } from "../../core/ports.ts";
import { keyHolder } from "../key-holder.ts";
import type { Address } from "../operation.ts";
import { type Authenticated, plainBody } from "../serve.ts";
import { AuthFailure } from "../signing-failure.ts";
import type { WireRequest } from "../wire.ts";
import { expectedDigests, promisedDigests } from "./parse/checksums.ts";
import { invalidRequest } from "./refusals.ts";
import { chunkedBody } from "./signing/chunked.ts";
import { claimOf } from "./signing/claim.ts";
import { type PayloadMode, unchainedPayload } from "./signing/payload.ts";
import { type Verified, verify } from "./signing/verify.ts";

/** Undefined: nobody's. Throws AuthFailure inactiveKey, token… */
export type KeyLookup = (accessKeyId: string, address: Address, token: string | undefined) => Promise<{ secret: string; caller: Caller } | undefined>;

export type AuthDeps = { clock: Clock; lookup: KeyLookup; strictRegion: string | undefined };

/** Access keys of accounts and users, and temporary ones. */
export const accessKeyLookup =
  (core: Core, clock: Clock): KeyLookup =>
  (accessKeyId, _address, token) =>
    keyHolder(core, clock, accessKeyId, token);

const noTrailers: ReadonlyMap<string, string> = new Map();

/** Decoded, and held against every digest the client gave when it has ended. */
export function bodyOf(request: WireRequest, payload: PayloadMode, chain: Verified["chain"]): IncomingBody {
  const promised = promisedDigests(request.headers);
  // The checksum that comes with CompleteMultipartUpload is that of the object, not of the document that lists its parts.
  if (request.method === "POST" && request.query.some(({ name }) => name === "uploadId")) delete promised.checksum;
  const algorithm = promised.checksum === undefined ? {} : { checksum: promised.checksum.algorithm };
  if (payload.kind !== "chunks") {
    if (promised.checksum !== undefined && promised.checksum.value === undefined) invalidRequest("x-amz-trailer needs a body of chunks with trailers");
    const sha256 = payload.kind === "hashed" ? payload.sha256 : undefined;
    return { ...plainBody(request, () => expectedDigests(promised, sha256, noTrailers)), ...algorithm };
  }
  const { source, length, trailers } = chunkedBody(request, payload, chain);
  return { source, length, ...algorithm, expected: () => expectedDigests(promised, undefined, trailers) };
}

export async function authenticate({ clock, lookup, strictRegion }: AuthDeps, request: WireRequest, address: Address): Promise<Authenticated> {
  const claim = claimOf(request);
  if (claim.kind === "anonymous") return anonymous(request);
  const { accessKeyId } = claim;
  const found = await lookup(accessKeyId, address, claim.token);
  if (!found) throw new AuthFailure("unknownKey", { accessKeyId });
  const nowMs = clock.wallMs();
  const { payload, chain } = verify(claim, found.secret, request, address, strictRegion === undefined ? { nowMs } : { nowMs, region: strictRegion });
  const { caller } = found;
  const body = (): IncomingBody => bodyOf(request, payload, chain);
  return caller.kind === "anonymous" ? { caller, body } : { caller, tenant: caller.account.tenant, body };
}

export const anonymous = (request: WireRequest): Authenticated => ({ caller: { kind: "anonymous" }, body: () => bodyOf(request, unchainedPayload(request), undefined) });
