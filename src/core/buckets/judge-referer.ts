/** The rules about where requests come from, asked of one bucket. */
import type { BucketAddress } from "../api.ts";
import { fail } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { onView } from "../view.ts";
import { readDocument } from "./documents.ts";
import { allowsReferer, refererReason } from "./referer.ts";

/** Throws accessDenied. Most buckets have no such rules: their state says so, and nothing else is read. */
export function judgeReferer(ports: Ports, address: BucketAddress, referer: string | undefined): Promise<void> {
  return onView(ports, async (view) => {
    const bucket = await view.findBucket(address);
    if (!bucket?.state.checksReferer) return;
    const document = await readDocument(view, bucket, "referer");
    if (document && !allowsReferer(document.model, referer)) fail("accessDenied", { reason: refererReason });
  });
}
