/** What the commands about tenants, accounts and keys share. */
import type { AdminClient } from "./admin-client.ts";
import { adminOf } from "./admin-client.ts";
import type { Call, serverFlags } from "./command.ts";
import { CommandError, UsageError } from "./exits.ts";
import type { Row } from "./table.ts";

/** The rows under `field` of a list. */
export const rowsAt = async (client: AdminClient, path: string, field: string): Promise<Row[]> => ((await client("GET", path)) as Record<string, Row[]>)[field] ?? [];

/** The id of the account meant by an id, or by a name in a tenant (else default). */
export async function accountId(client: AdminClient, value: string | undefined, tenant = "default"): Promise<string> {
  if (value === undefined) throw new UsageError("--account names an account: its id or its name (with --tenant, else default)");
  const accounts = (await rowsAt(client, "/accounts", "accounts")) as { id: string; name: string; tenant: string }[];
  const found = accounts.find(({ id }) => id === value) ?? accounts.find((account) => account.name === value && account.tenant === tenant);
  if (!found) throw new CommandError("missing", `there is no account ${value}`);
  return found.id;
}

/** Deletes what is at `path`, and says so. */
export async function deletedIdentity(call: Call<typeof serverFlags>, path: string): Promise<void> {
  const [name] = call.names;
  await adminOf(call)("DELETE", path);
  await call.out.one({ deleted: name }, `deleted ${name}\n`);
}
