import { adminOperation } from "../admin-operation.ts";

export const GetStats = adminOperation({
  name: "GetStats",
  docs: "The server and how much it administers.",
  method: "GET",
  path: "/stats",
  input: () => undefined,
  run: async (core, context, _input, call) => {
    const [tenants, accounts] = [await core.identity.listTenants(context), await core.identity.listAccounts(context)];
    return { ...call.server(), tenants: tenants.length, accounts: accounts.length };
  },
  reply: (stats) => ({ json: stats }),
});
