/** Existence and access alone, before a body is read. The verb checks again in the snapshot it works in. */
import type { Core } from "../api.ts";
import type { Ports } from "../ports.ts";
import { onView } from "../view.ts";
import { authorizeUse } from "./evaluate.ts";

/** Throws bucketMissing or accessDenied. What an object's own ACL decides is left to the verb, which knows the version. */
export async function checkAccess(ports: Ports, ...[context, address]: Parameters<Core["access"]["check"]>): Promise<void> {
  if (context.capability.startsWith("service.")) return onView(ports, (view) => authorizeUse(view, context, address.tenant, address.bucket));
  await onView(ports, (view) => view.bucket(context, address));
}
