import type { AccountId } from "../../../core/model.ts";
import { type AdminCall, AdminError, adminOperation, pathValue } from "../admin-operation.ts";
import { shown, trustDocument } from "../policy-document.ts";

const named = (call: AdminCall) => ({ account: pathValue(call, "account") as AccountId, name: pathValue(call, "role") });

function secondsOf({ body }: AdminCall): { secondsMax?: number } {
  const { secondsMax } = body;
  if (secondsMax === undefined) return {};
  if (typeof secondsMax !== "number") throw new AdminError(400, "invalidArgument", "secondsMax is no number");
  return { secondsMax };
}

export const PutRole = adminOperation({
  name: "PutRole",
  docs: "Makes a role, or says anew who may become it: `trust`, a policy of statements with Principal (AWS or RAM) and sts:AssumeRole; `secondsMax`, 3600 to 43200. At most 1000 an account.",
  method: "POST",
  path: "/accounts/:account/roles/:role",
  input: (call) => ({ ...named(call), trust: trustDocument(call.body.trust ?? {}), ...secondsOf(call) }),
  run: (core, context, input) => core.identity.setRole(context, input),
  reply: ({ name, id, secondsMax, createdMs }) => ({ created: true, json: { name, id, secondsMax, createdMs } }),
});
export const ListRoles = adminOperation({
  name: "ListRoles",
  docs: "An account's roles, who may become them and what they have for policies.",
  method: "GET",
  path: "/accounts/:account/roles",
  input: (call) => pathValue(call, "account") as AccountId,
  run: (core, context, account) => core.identity.listRoles(context, account),
  reply: (roles) => ({
    json: {
      roles: roles.map(({ name, id, secondsMax, createdMs, trust, attached = [], policies = [] }) => ({
        name,
        id,
        secondsMax,
        createdMs,
        trust: JSON.parse(trust.raw) as unknown,
        attached,
        policies: policies.map(shown),
      })),
    },
  }),
});
export const DeleteRole = adminOperation({
  name: "DeleteRole",
  docs: "Removes a role. What was issued for it opens nothing any more, under a new role of its name neither.",
  method: "DELETE",
  path: "/accounts/:account/roles/:role",
  input: named,
  run: (core, context, input) => core.identity.deleteRole(context, input),
  reply: () => undefined,
});
export const EndRoleSessions = adminOperation({
  name: "EndRoleSessions",
  docs: "What was issued for a role until now opens nothing any more.",
  method: "DELETE",
  path: "/accounts/:account/roles/:role/sessions",
  input: named,
  run: (core, context, input) => core.identity.endSessions(context, input),
  reply: () => undefined,
});
