import type { AccountId } from "../../../core/model.ts";
import { adminOperation, optionalText, pathValue } from "../admin-operation.ts";

/** The only answer that ever holds a secret. */
export const CreateKey = adminOperation({
  name: "CreateKey",
  docs: "An access key of an account, or of its { user? }: { id?, secret? } are made when absent. The secret is shown in this answer only.",
  method: "POST",
  path: "/accounts/:account/keys",
  input: (call) => {
    const [user, id, secret] = [optionalText(call, "user"), optionalText(call, "id"), optionalText(call, "secret")];
    return {
      account: pathValue(call, "account") as AccountId,
      ...(user === undefined ? {} : { user }),
      ...(id === undefined ? {} : { id }),
      ...(secret === undefined ? {} : { secret }),
    };
  },
  run: (core, context, input) => core.identity.createKey(context, input),
  reply: (key) => ({ created: true, json: key }),
});
export const ListKeys = adminOperation({
  name: "ListKeys",
  docs: "Access keys of an account and its users, without their secrets.",
  method: "GET",
  path: "/accounts/:account/keys",
  input: (call) => pathValue(call, "account") as AccountId,
  run: async (core, context, account) => {
    const keys = await core.identity.listKeys(context, account);
    // named one by one: a secret cannot slip in with a field that comes later
    return keys.map(({ id, account: owner, user, status, createdMs }) => ({ id, account: owner, user, status, createdMs }));
  },
  reply: (keys) => ({ json: { keys } }),
});
export const DeleteKey = adminOperation({
  name: "DeleteKey",
  docs: "Fails every request signed with it from the next one on.",
  method: "DELETE",
  path: "/keys/:id",
  input: (call) => pathValue(call, "id"),
  run: (core, context, id) => core.identity.deleteKey(context, id),
  reply: () => undefined,
});
