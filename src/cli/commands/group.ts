import { command } from "../command.ts";
import { deletedIn, inAccount, ofAccount, rowsAt } from "../identities.ts";
import type { Row } from "../table.ts";

export const groupCreate = command({
  name: "group create",
  section: "Identities",
  summary: "Makes a group of users, who may what is attached to it",
  names: "NAME",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    await call.out.rows([(await client("POST", path("groups"), { name: call.names[0] })) as Row], ["name", "account"]);
  },
});
export const groupList = command({
  name: "group list",
  section: "Identities",
  summary: "Lists the groups of an account, who is in them and what is attached to them",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    await call.out.rows(await rowsAt(client, path("groups"), "groups"), ["name", "users", "attached", "createdMs"]);
  },
});
export const groupAdd = command({
  name: "group add",
  section: "Identities",
  summary: "Puts users into a group",
  names: "GROUP USER...",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    const [group = "", ...users] = call.names;
    for (const user of users) await client("POST", path("groups", group, "users", user));
    await call.out.one({ group, added: users }, `${users.join(", ")} in ${group}\n`);
  },
});
export const groupRemove = command({
  name: "group remove",
  section: "Identities",
  summary: "Takes users out of a group",
  names: "GROUP USER...",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    const [group = "", ...users] = call.names;
    for (const user of users) await client("DELETE", path("groups", group, "users", user));
    await call.out.one({ group, removed: users }, `${users.join(", ")} not in ${group} any more\n`);
  },
});
export const groupDelete = command({
  name: "group delete",
  section: "Identities",
  summary: "Deletes a group; its users stay",
  names: "NAME",
  flags: ofAccount,
  run: (call) => deletedIn(call, "groups", call.names[0] as string),
});
