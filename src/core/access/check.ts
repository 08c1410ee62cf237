/** Existence and access alone, before a body is read. The verb checks again in the snapshot it works in. */
import type { Core } from "../api.ts";
import type { BucketState } from "../model.ts";
import type { Ports } from "../ports.ts";
import { onView } from "../view.ts";
import { authorizeUse } from "./evaluate.ts";
import { mayHavePolicies } from "./policy/weigh.ts";

/**
 * Throws bucketMissing or accessDenied. What an object's own ACL decides is left to the verb, which knows the version; what policies decide too,
 * where a document is still to be read that they may ask about.
 */
export async function checkAccess(ports: Ports, ...[context, { tellsMore = false, ...address }]: Parameters<Core["access"]["check"]>): Promise<void> {
  const waits = (state: BucketState | undefined): boolean => tellsMore && context.caller.kind !== "anonymous" && mayHavePolicies(context, state);
  await onView(ports, async (view) => {
    if (context.capability.startsWith("service.")) return waits(undefined) ? undefined : await authorizeUse(view, context, address.tenant, address.bucket);
    const found = tellsMore ? await view.findBucket(address) : undefined;
    if (found === undefined || !waits(found.state)) await view.bucket(context, address);
    return undefined;
  });
}
