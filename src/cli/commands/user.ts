import { command } from "../command.ts";
import { deletedIn, inAccount, ofAccount, rowsAt } from "../identities.ts";
import type { Row } from "../table.ts";

export const userCreate = command({
  name: "user create",
  section: "Identities",
  summary: "Makes a user of an account, who may nothing until policies say so",
  names: "NAME",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    await call.out.rows([(await client("POST", path("users"), { name: call.names[0] })) as Row], ["name", "account"]);
  },
});
export const userList = command({
  name: "user list",
  section: "Identities",
  summary: "Lists the users of an account, their groups and what is attached to them",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    await call.out.rows(await rowsAt(client, path("users"), "users"), ["name", "groups", "attached", "createdMs"]);
  },
});
export const userDelete = command({
  name: "user delete",
  section: "Identities",
  summary: "Deletes a user with its keys",
  names: "NAME",
  flags: ofAccount,
  run: (call) => deletedIn(call, "users", call.names[0] as string),
});
