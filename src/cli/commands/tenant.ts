import { adminOf } from "../admin-client.ts";
import { command, serverFlags } from "../command.ts";
import { deletedIdentity, rowsAt } from "../identities.ts";

export const tenantCreate = command({
  name: "tenant create",
  section: "Identities",
  summary: "Makes a tenant: a name space of buckets with accounts of its own",
  names: "NAME",
  flags: serverFlags,
  async run(call) {
    await call.out.rows([(await adminOf(call)("POST", "/tenants", { name: call.names[0] })) as Record<string, unknown>], ["name"]);
  },
});
export const tenantList = command({
  name: "tenant list",
  section: "Identities",
  summary: "Lists tenants",
  flags: serverFlags,
  run: async (call) => call.out.rows(await rowsAt(adminOf(call), "/tenants", "tenants"), ["name", "createdMs"]),
});
export const tenantDelete = command({
  name: "tenant delete",
  section: "Identities",
  summary: "Deletes a tenant that has neither buckets nor accounts",
  names: "NAME",
  flags: serverFlags,
  run: (call) => deletedIdentity(call, `/tenants/${encodeURIComponent(call.names[0] as string)}`),
});
