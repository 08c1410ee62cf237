/** Requests of browsers, which no header signs: where they come from is judged by the bucket's rules, through every dialect. */
import type { Core } from "../core/api.ts";
import type { Address } from "./operation.ts";
import type { Authenticated } from "./serve.ts";
import type { WireRequest } from "./wire.ts";

/** Gives `who` back, or throws accessDenied. What a header signs was not sent by a page, and a form says itself who sends it. */
export async function refererJudged(core: Core, request: WireRequest, address: Address, who: Authenticated): Promise<Authenticated> {
  if (request.headers.authorization === undefined && address.bucket !== undefined && who.form === undefined)
    await core.documents.judgeReferer({ tenant: who.tenant ?? address.tenant, bucket: address.bucket }, request.headers.referer);
  return who;
}
