/** Who there is inside an account, what says what they may do, and who asks. */
import type { Policy } from "../access/policy/model.ts";
import type { Account, AccountId } from "../model.ts";

/** `raw`: as it was written. */
export type UserPolicy = { name: string; model: Policy; raw: string };
/** Policies of its own, and the names of those of its account that it has too. */
export type PolicyHolder = { policies?: UserPolicy[]; attached?: string[] };
export type User = { account: AccountId; name: string; createdMs: number; groups?: string[] } & PolicyHolder;
/** What its users may do, all of them. */
export type Group = { account: AccountId; name: string; createdMs: number } & PolicyHolder;
/**
 * What somebody may become for a while: `trust` says who. `id` is never another role's, so that what was issued for one of the same name before
 * it opens nothing. `endedMs`: what was issued before is void.
 */
export type Role = { account: AccountId; name: string; id: string; trust: Omit<UserPolicy, "name">; secondsMax: number; createdMs: number; endedMs?: number } & PolicyHolder;
/** Of an account, for all whom it is attached to. */
export type SharedPolicy = { account: AccountId; createdMs: number } & UserPolicy;
/** `user` absent: the key is the account's own. */
export type AccessKey = { id: string; secret: string; account: AccountId; user?: string; status: "active" | "inactive"; createdMs: number };

/** A temporary key. `policy`: what whoever it is may do at most. `roleId`, `name`: of a role, and as its taker called itself. */
export type Session = { expiresMs: number; policy?: Policy; roleId?: string; name?: string };
/** Who is asking, after authentication. */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "account"; account: Account; accessKeyId: string; session?: Session }
  | { kind: "user"; account: Account; user: string; accessKeyId: string; session?: Session }
  | { kind: "role"; account: Account; role: string; accessKeyId: string; session: Session };

/** Within the account: a user, or a role (whose name no user's can be, for the slash). `undefined`: the account itself. */
export const personOf = (caller: Caller): string | undefined => (caller.kind === "user" ? caller.user : caller.kind === "role" ? `role/${caller.role}` : undefined);
