import { type Call, command } from "../command.ts";
import { UsageError } from "../exits.ts";
import { deletedIn, documentIn, inAccount, ofAccount, rowsAt } from "../identities.ts";

const holderFlags = {
  user: { type: "string", value: "NAME", help: "To this user." },
  group: { type: "string", value: "NAME", help: "To this group." },
  role: { type: "string", value: "NAME", help: "To this role." },
  ...ofAccount,
} as const;

export const policyPut = command({
  name: "policy put",
  section: "Identities",
  summary: "Puts a policy of an account, for all whom it is attached to",
  names: "NAME FILE",
  flags: ofAccount,
  details: "FILE holds the policy without Principal, in S3's grammar or (Version 1) in RAM's.",
  async run(call) {
    const { client, path } = await inAccount(call);
    const [name = "", file = ""] = call.names;
    await client("POST", path("policies", name), documentIn(file));
    await call.out.one({ put: name }, `put ${name}\n`);
  },
});
export const policyList = command({
  name: "policy list",
  section: "Identities",
  summary: "Lists the policies of an account",
  flags: ofAccount,
  async run(call) {
    const { client, path } = await inAccount(call);
    const rows = await rowsAt(client, path("policies"), "policies");
    await call.out.rows(call.out.isJson ? rows : rows.map((row) => ({ ...row, document: JSON.stringify(row.document) })), ["name", "document"]);
  },
});
export const policyDelete = command({
  name: "policy delete",
  section: "Identities",
  summary: "Deletes a policy that is attached to nobody",
  names: "NAME",
  flags: ofAccount,
  run: (call) => deletedIn(call, "policies", call.names[0] as string),
});

async function attach(call: Call<typeof holderFlags>, method: "POST" | "DELETE"): Promise<void> {
  const { user, group, role } = call.flags;
  const named = [
    ["users", user],
    ["groups", group],
    ["roles", role],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined);
  const [holder, ...others] = named;
  if (holder === undefined || others.length > 0) throw new UsageError("one of --user, --group and --role says whose policy it is");
  const { client, path } = await inAccount(call);
  const [policy = ""] = call.names;
  await client(method, path(...holder, "attached", policy));
  const done = method === "POST" ? "attached" : "detached";
  await call.out.one({ [done]: policy, holder: holder[1] }, `${policy} ${done}: ${holder[1]}\n`);
}
export const policyAttach = command({
  name: "policy attach",
  section: "Identities",
  summary: "Gives a policy of the account to a user, a group or a role",
  names: "POLICY",
  flags: holderFlags,
  run: (call) => attach(call, "POST"),
});
export const policyDetach = command({
  name: "policy detach",
  section: "Identities",
  summary: "Takes a policy of the account away from a user, a group or a role",
  names: "POLICY",
  flags: holderFlags,
  run: (call) => attach(call, "DELETE"),
});
