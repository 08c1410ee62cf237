/** Policies of users: a part of the user's row, so that both are read at once and go together. */
import type { Context, Core } from "../api.ts";
import type { Ports } from "../ports.ts";
import { setPolicy } from "./holders.ts";

/** Throws accountMissing (no such user, or no such policy to remove), invalidArgument, entityTooLarge, conflict past `ownPoliciesMax`. */
export const setUserPolicy = (ports: Ports, context: Context, { account, user, ...rest }: Parameters<Core["identity"]["setUserPolicy"]>[1]): Promise<void> =>
  setPolicy(ports, context, { holder: { account, kind: "user", name: user }, ...rest });
