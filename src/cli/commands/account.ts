import { adminOf } from "../admin-client.ts";
import { command, serverFlags } from "../command.ts";
import { accountId, deletedIdentity, rowsAt } from "../identities.ts";
import type { Row } from "../table.ts";

const tenant = { type: "string", value: "NAME", help: "Its tenant; default: default." } as const;
const text = (value: string, help: string) => ({ type: "string", value, help }) as const;

export const accountCreate = command({
  name: "account create",
  section: "Identities",
  summary: "Makes an account: an owner of buckets",
  names: "NAME",
  flags: {
    tenant,
    "display-name": text("TEXT", "How it is shown."),
    email: text("ADDRESS", "Its e-mail address."),
    "canonical-id": text("HEX", "Its canonical id; else one is made."),
    uid: text("DIGITS", "Its numeric id; else one is made."),
    "hcp-username": text("NAME", "Its user name for HCP clients; default: NAME."),
    "hcp-password": text("TEXT", "Makes it an HCP account with this password."),
    "no-namespace-management": { type: "boolean", help: "Its HCP user may not make buckets." },
    ...serverFlags,
  },
  async run(call) {
    const { flags } = call;
    const [name] = call.names;
    const password = flags["hcp-password"];
    const made = await adminOf(call)("POST", "/accounts", {
      name,
      tenant: flags.tenant,
      displayName: flags["display-name"],
      email: flags.email,
      canonicalId: flags["canonical-id"],
      uid: flags.uid,
      // an HCP account is one with a password; its user name is its own name, and it may make buckets, unless told otherwise
      ...(password === undefined ? {} : { hcp: { username: flags["hcp-username"] ?? name, password, allowNamespaceManagement: !flags["no-namespace-management"] } }),
    });
    await call.out.rows([made as Row], ["id", "tenant", "name", "canonicalId", "uid"]);
  },
});
export const accountList = command({
  name: "account list",
  section: "Identities",
  summary: "Lists accounts",
  flags: { tenant: { ...tenant, help: "Only those of this tenant." }, ...serverFlags },
  async run(call) {
    const { tenant: wanted } = call.flags;
    const path = wanted === undefined ? "/accounts" : `/accounts?tenant=${encodeURIComponent(wanted)}`;
    await call.out.rows(await rowsAt(adminOf(call), path, "accounts"), ["id", "tenant", "name", "displayName", "email", "uid"]);
  },
});
export const accountDelete = command({
  name: "account delete",
  section: "Identities",
  summary: "Deletes an account that owns no bucket, with its users and keys",
  names: "ID|NAME",
  flags: { tenant, ...serverFlags },
  async run(call) {
    await deletedIdentity(call, `/accounts/${encodeURIComponent(await accountId(adminOf(call), call.names[0], call.flags.tenant))}`);
  },
});
