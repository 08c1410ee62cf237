/** Lists of grants inside a version's record: behind the lock, never in the detail row, because who may read is asked before that is read. */
import type { AccountId, Grant, GranteeGroup, GrantList, Permission } from "./model.ts";

const permissions: readonly Permission[] = ["read", "write", "readAcl", "writeAcl", "full"];
const groups: readonly GranteeGroup[] = ["everyone", "accounts", "logDelivery"];

/** A length, and JSON: the number of what is granted, with the account by its id or the group by its number. */
export function encodeGrants({ grants }: GrantList): Buffer {
  const json = Buffer.from(JSON.stringify(grants.map((grant) => [permissions.indexOf(grant.permission), "account" in grant ? grant.account : groups.indexOf(grant.group)])));
  const out = Buffer.allocUnsafe(2 + json.length);
  out.writeUInt16BE(json.length, 0);
  out.set(json, 2);
  return out;
}
export function decodeGrants(raw: Buffer, place: number): { acl: GrantList; next: number } {
  const next = place + 2 + raw.readUInt16BE(place);
  const rows = JSON.parse(raw.toString("utf8", place + 2, next)) as [number, AccountId | number][];
  return { acl: { grants: rows.map(([permission, to]) => grantOf(permissions[permission], to)) }, next };
}

function grantOf(permission: Permission | undefined, to: AccountId | number): Grant {
  const group = typeof to === "number" ? groups[to] : undefined;
  if (permission === undefined || (typeof to === "number" && group === undefined)) throw new Error("A record holds no known grant");
  return group === undefined ? { permission, account: to as AccountId } : { permission, group };
}
