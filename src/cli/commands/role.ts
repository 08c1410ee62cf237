import { command } from "../command.ts";
import { UsageError } from "../exits.ts";
import { deletedIn, documentIn, inAccount, ofAccount, rowsAt } from "../identities.ts";
import type { Row } from "../table.ts";

export const rolePut = command({
  name: "role put",
  section: "Identities",
  summary: "Makes a role, or says anew who may become it",
  names: "NAME TRUST-FILE",
  flags: { seconds: { type: "string", value: "N", help: "How long one may be it at most: 3600 to 43200; default: 3600." }, ...ofAccount },
  details: "TRUST-FILE holds a policy whose Principal says who may become the role, by sts:AssumeRole. What the role may do is attached to it.",
  async run(call) {
    const { client, path } = await inAccount(call);
    const [name = "", file = ""] = call.names;
    const { seconds } = call.flags;
    if (seconds !== undefined && !/^\d{1,6}$/.test(seconds)) throw new UsageError("--seconds is a number");
    const made = await client("POST", path("roles", name), { trust: documentIn(file), ...(seconds === undefined ? {} : { secondsMax: Number(seconds) }) });
    await call.out.rows([made as Row], ["name", "id", "secondsMax"]);
  },
});
export const roleList = command({
  name: "role list",
  section: "Identities",
  summary: "Lists the roles of an account",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    await call.out.rows(await rowsAt(client, path("roles"), "roles"), ["name", "id", "secondsMax", "attached", "createdMs"]);
  },
});
export const roleDelete = command({
  name: "role delete",
  section: "Identities",
  summary: "Deletes a role; what was issued for it opens nothing any more",
  names: "NAME",
  flags: ofAccount,
  run: (call) => deletedIn(call, "roles", call.names[0] as string),
});
export const roleEndSessions = command({
  name: "role end-sessions",
  section: "Identities",
  summary: "Ends what was issued for a role until now",
  names: "NAME",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    const [name = ""] = call.names;
    await client("DELETE", path("roles", name, "sessions"));
    await call.out.one({ ended: name }, `ended what was issued for ${name}\n`);
  },
});
