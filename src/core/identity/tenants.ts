/** Tenants: name spaces of buckets, each with its own accounts. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Tenant, TenantName } from "../model.ts";
import { parseTenantName } from "../names.ts";
import type { Ports } from "../ports.ts";
import type { View } from "../view.ts";
import { change, decodeTenant, defaultTenant, encodeTenant, listRows } from "./rows.ts";

/** nameTaken when it exists. */
export const createTenant = (ports: Ports, context: Context, name: string): Promise<Tenant> =>
  change(ports, context, async (view, batch) => (await putTenant(view, batch, name)) ?? fail("nameTaken", { what: "tenant", name }));

/** Puts the tenant's row; `undefined` when it is there already. */
export async function putTenant(view: View, batch: Change, name: string): Promise<Tenant | undefined> {
  const tenant: Tenant = { name: parseTenantName(name), createdMs: view.ports.clock.wallMs() };
  const key = tables.tenant.key(tenant.name);
  if ((await view.get(key)) !== undefined) return undefined;
  batch.expect(key, undefined).put(key, encodeTenant(tenant));
  return tenant;
}

/** Only an empty one, and never `default`: conflict. Accounts and buckets are looked for inside the commit. */
export const deleteTenant = (ports: Ports, context: Context, name: string): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const tenant = name as TenantName;
    if (tenant === defaultTenant) fail("conflict", { what: "the default tenant stays" });
    const key = tables.tenant.key(tenant);
    const value = await view.get(key);
    if (value === undefined) fail("accountMissing", { name });
    const accounts = tables.accountBy.range("name", tenant);
    const buckets = tables.name.range(tenant);
    if ((await view.first(accounts)) !== undefined) fail("conflict", { what: `tenant ${name} has accounts` });
    if ((await view.first(buckets)) !== undefined) fail("conflict", { what: `tenant ${name} has buckets` });
    batch.expect(key, value).expectEmpty(accounts).expectEmpty(buckets).remove(key);
  });

export async function listTenants(ports: Ports, context: Context): Promise<Tenant[]> {
  authorizeAdmin(context);
  return (await listRows(ports, tables.tenant.range())).map(({ value }) => decodeTenant(value));
}
