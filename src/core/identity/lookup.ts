/** Who is who, for authentication and for documents that name owners. As fresh as a snapshot each time (core/row-cache.ts): a revoked key fails on the next request. */
import type { Core } from "../api.ts";
import { tables } from "../keys.ts";
import type { AccountId, TenantName } from "../model.ts";
import type { Ports } from "../ports.ts";
import { decodedOnce, madeBefore } from "../row-cache.ts";
import { onView, type View } from "../view.ts";
import { decodeAccessKey, decodeAccountRef, decodeHcpUser, decodeTenant } from "./rows.ts";

const accessKeyOf = decodedOnce(decodeAccessKey);
type Identity = Core["identity"];

type KeyHolder = Awaited<ReturnType<Identity["accessKey"]>>;

export function accessKey(ports: Ports, id: string): Promise<KeyHolder> {
  const name = `access key ${id}`;
  const known = madeBefore<NonNullable<KeyHolder>>(ports.metadata, name);
  return known === undefined ? onView(ports, (view) => view.made(name, () => readAccessKey(view, id))) : Promise.resolve(known);
}
async function readAccessKey(view: View, id: string): Promise<KeyHolder> {
  const value = await view.get(tables.accessKey.key(id));
  if (value === undefined) return undefined;
  const key = accessKeyOf(value);
  const account = await view.account(key.account);
  return account && { key, account };
}

/** HCP logs in with base64(username) and the MD5 of the password; the same username may exist in every tenant. */
export const hcpAccount = (ports: Ports, tenant: TenantName, username: string): ReturnType<Identity["hcpAccount"]> =>
  onView(ports, async (view) => {
    const value = await view.get(tables.hcpUser.key(tenant, username));
    if (value === undefined) return undefined;
    const row = decodeHcpUser(value);
    const account = await view.account(row.account);
    return account && { account, passwordMd5: row.passwordMd5 };
  });

export const tenant = (ports: Ports, name: string): ReturnType<Identity["tenant"]> =>
  onView(ports, async (view) => {
    const value = await view.get(tables.tenant.key(name as TenantName));
    return value && decodeTenant(value);
  });

export const account = (ports: Ports, id: AccountId): ReturnType<Identity["account"]> => onView(ports, (view) => view.account(id));

export const accountBy = (ports: Ports, ...[field, tenant, value]: Parameters<Identity["accountBy"]>): ReturnType<Identity["accountBy"]> =>
  onView(ports, async (view) => {
    const row = value === "" ? undefined : await view.get(tables.accountBy.key(field, tenant, value));
    return row && (await view.account(decodeAccountRef(row)));
  });
