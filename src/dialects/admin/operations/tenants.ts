import { adminOperation, pathValue, requiredText } from "../admin-operation.ts";

export const CreateTenant = adminOperation({
  name: "CreateTenant",
  docs: "A name space of buckets with its own accounts: { name }.",
  method: "POST",
  path: "/tenants",
  input: (call) => requiredText(call, "name"),
  run: (core, context, name) => core.identity.createTenant(context, name),
  reply: (tenant) => ({ created: true, json: tenant }),
});
export const ListTenants = adminOperation({
  name: "ListTenants",
  docs: "All tenants.",
  method: "GET",
  path: "/tenants",
  input: () => undefined,
  run: (core, context) => core.identity.listTenants(context),
  reply: (tenants) => ({ json: { tenants } }),
});
/** Refused while the tenant has accounts or buckets. */
export const DeleteTenant = adminOperation({
  name: "DeleteTenant",
  docs: "Refused while it has accounts or buckets.",
  method: "DELETE",
  path: "/tenants/:name",
  input: (call) => pathValue(call, "name"),
  run: (core, context, name) => core.identity.deleteTenant(context, name),
  reply: () => undefined,
});
