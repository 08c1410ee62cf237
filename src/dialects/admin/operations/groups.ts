import type { AccountId } from "../../../core/model.ts";
import { type AdminCall, adminOperation, pathValue, requiredText } from "../admin-operation.ts";
import { shown } from "../policy-document.ts";

const account = (call: AdminCall): AccountId => pathValue(call, "account") as AccountId;
const named = (call: AdminCall) => ({ account: account(call), name: pathValue(call, "group") });

export const CreateGroup = adminOperation({
  name: "CreateGroup",
  docs: "Makes a group of users in an account. What its policies allow, each of its users may. At most 300 an account.",
  method: "POST",
  path: "/accounts/:account/groups",
  input: (call) => ({ account: account(call), name: requiredText(call, "name") }),
  run: (core, context, input) => core.identity.createGroup(context, input),
  reply: (group) => ({ created: true, json: group }),
});
export const ListGroups = adminOperation({
  name: "ListGroups",
  docs: "An account's groups, who is in them and what they have for policies.",
  method: "GET",
  path: "/accounts/:account/groups",
  input: account,
  run: async (core, context, id) => {
    const [groups, users] = await Promise.all([core.identity.listGroups(context, id), core.identity.listUsers(context, id)]);
    return groups.map((group) => ({ ...group, users: users.filter((user) => user.groups?.includes(group.name)).map(({ name }) => name) }));
  },
  reply: (groups) => ({
    json: { groups: groups.map(({ name, createdMs, users, attached = [], policies = [] }) => ({ name, createdMs, users, attached, policies: policies.map(shown) })) },
  }),
});
export const DeleteGroup = adminOperation({
  name: "DeleteGroup",
  docs: "Removes a group. Its users stay, without what it gave them.",
  method: "DELETE",
  path: "/accounts/:account/groups/:group",
  input: named,
  run: (core, context, input) => core.identity.deleteGroup(context, input),
  reply: () => undefined,
});

const member = (isMember: boolean) => (call: AdminCall) => ({ account: account(call), group: pathValue(call, "group"), user: pathValue(call, "user"), isMember });
export const AddGroupUser = adminOperation({
  name: "AddGroupUser",
  docs: "Puts a user into a group. At most 10 groups a user.",
  method: "POST",
  path: "/accounts/:account/groups/:group/users/:user",
  input: member(true),
  run: async (core, context, input) => {
    await core.identity.setMember(context, input);
    return input;
  },
  reply: ({ group, user }) => ({ created: true, json: { group, user } }),
});
export const RemoveGroupUser = adminOperation({
  name: "RemoveGroupUser",
  docs: "Takes a user out of a group.",
  method: "DELETE",
  path: "/accounts/:account/groups/:group/users/:user",
  input: member(false),
  run: (core, context, input) => core.identity.setMember(context, input),
  reply: () => undefined,
});
