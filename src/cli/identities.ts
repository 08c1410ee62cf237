/** What the commands about tenants, accounts and keys share. */
import { readFileSync } from "node:fs";
import type { AdminClient } from "./admin-client.ts";
import { adminOf } from "./admin-client.ts";
import { type Call, serverFlags } from "./command.ts";
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

/** Of commands about what is inside an account. */
export const ofAccount = {
  account: { type: "string", value: "ID|NAME", help: "The account that is meant; needed." },
  tenant: { type: "string", value: "NAME", help: "Tenant of an account that is named by its name; default: default." },
  ...serverFlags,
} as const;
type InAccount = Call<typeof ofAccount>;

/** The client, and what stands before the paths of the account that the flags name. */
export async function inAccount(call: Pick<InAccount, "flags" | "env">): Promise<{ client: AdminClient; path: (...segments: string[]) => string }> {
  const client = adminOf(call);
  const { account, tenant } = call.flags;
  const id = await accountId(client, account, tenant);
  return { client, path: (...segments) => ["/accounts", id, ...segments].map((segment, index) => (index === 0 ? segment : encodeURIComponent(segment))).join("/") };
}

/** Deletes what is at the path in the account, and says so. */
export async function deletedIn(call: InAccount, ...segments: string[]): Promise<void> {
  const { client, path } = await inAccount(call);
  await client("DELETE", path(...segments));
  await call.out.one({ deleted: segments.at(-1) }, `deleted ${segments.at(-1)}\n`);
}

/** A file that holds a JSON document. */
export function documentIn(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new CommandError("usage", `${file}: ${(error as Error).message}`, { cause: error });
  }
}
