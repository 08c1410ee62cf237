import { adminOf } from "../admin-client.ts";
import { command, serverFlags } from "../command.ts";
import { accountId, deletedIdentity, ofAccount, rowsAt } from "../identities.ts";
import type { Row } from "../table.ts";

export const keyCreate = command({
  name: "key create",
  section: "Identities",
  summary: "Makes an access key and shows its secret, this once",
  flags: { ...ofAccount, user: { type: "string", value: "NAME", help: "A user of the account, whose key it will be." } },
  async run(call) {
    const client = adminOf(call);
    const { account, tenant, user } = call.flags;
    const made = await client("POST", `/accounts/${encodeURIComponent(await accountId(client, account, tenant))}/keys`, { user });
    await call.out.rows([made as Row], ["id", "secret", "account", "user"]);
  },
});
export const keyList = command({
  name: "key list",
  section: "Identities",
  summary: "Lists the access keys of an account, without their secrets",
  flags: ofAccount,
  async run(call) {
    const client = adminOf(call);
    const path = `/accounts/${encodeURIComponent(await accountId(client, call.flags.account, call.flags.tenant))}/keys`;
    await call.out.rows(await rowsAt(client, path, "keys"), ["id", "account", "user", "status", "createdMs"]);
  },
});
export const keyDelete = command({
  name: "key delete",
  section: "Identities",
  summary: "Revokes an access key; the next request with it fails",
  names: "KEY",
  flags: serverFlags,
  run: (call) => deletedIdentity(call, `/keys/${encodeURIComponent(call.names[0] as string)}`),
});
