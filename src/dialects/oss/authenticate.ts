/** Who asks, and the body that came with it. The key is looked up afresh for every request, so that a revoked one fails on the next. */
import type { Core, ExpectedDigests } from "../../core/api.ts";
import type { Clock } from "../../core/ports.ts";
import { fromBase64, toHex } from "../../lib/bytes.ts";
import { type KeyHolder, keyHolder } from "../key-holder.ts";
import type { Address } from "../operation.ts";
import { type Authenticated, plainBody } from "../serve.ts";
import { AuthFailure } from "../signing-failure.ts";
import type { WireRequest } from "../wire.ts";
import { refuse } from "./answers.ts";
import type { OssSettings } from "./settings.ts";
import { claimOf } from "./signing/claim.ts";
import { verify } from "./signing/verify.ts";

const md5Bytes = 16;

/** What the client says its body hashes to, in headers. */
export function expectedDigests({ headers }: Pick<WireRequest, "headers">): ExpectedDigests {
  const expected: ExpectedDigests = {};
  const md5 = headers["content-md5"];
  if (md5 !== undefined) {
    const bytes = fromBase64(md5);
    if (bytes?.length !== md5Bytes) return refuse({ status: 400, code: "InvalidDigest", message: "The Content-MD5 you specified is not valid.", elements: [["Content-MD5", md5]] });
    expected.md5 = toHex(bytes);
  }
  const crc64 = headers["x-oss-hash-crc64ecma"];
  if (crc64 !== undefined) {
    if (!/^[0-9]{1,20}$/.test(crc64))
      return refuse({ status: 400, code: "InvalidCRC64", message: "The CRC64 you specified is not valid.", elements: [["x-oss-hash-crc64ecma", crc64]] });
    expected.crc64 = BigInt(crc64).toString();
  }
  return expected;
}

/** Headers of the other dialect could change what a request means there, and no signature of this one covers them. */
function refuseForeignHeaders(request: WireRequest): void {
  for (const name in request.headers) if (name.startsWith("x-amz-")) throw new AuthFailure("foreignHeader", { header: name });
}

export type AuthDeps = { core: Core; clock: Clock; settings: OssSettings };

/** Throws AuthFailure unknownKey, inactiveKey, token… */
export async function callerOfKey({ core, clock }: Pick<AuthDeps, "core" | "clock">, accessKeyId: string, token: string | undefined): Promise<KeyHolder> {
  const found = await keyHolder(core, clock, accessKeyId, token);
  if (!found) throw new AuthFailure("unknownKey", { accessKeyId });
  return found;
}

export async function authenticate(deps: AuthDeps, request: WireRequest, address: Address): Promise<Authenticated> {
  const body = (sha256: { sha256?: string }) => () => {
    const expected = { ...expectedDigests(request), ...sha256 };
    return plainBody(request, () => expected);
  };
  const claim = claimOf(request);
  refuseForeignHeaders(request);
  if (claim.kind === "anonymous") return { caller: { kind: "anonymous" }, body: body({}) };
  const { secret, caller } = await callerOfKey(deps, claim.accessKeyId, claim.token);
  // What the client signed is what it named.
  const named = address.point === undefined ? address : { ...address, bucket: address.point.alias };
  const verified = verify(claim, secret, request, named, { nowMs: deps.clock.wallMs(), region: deps.settings.region });
  return { caller, tenant: caller.account.tenant, body: body(verified) };
}
