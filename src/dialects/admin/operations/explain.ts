import type { ExplainInput } from "../../../core/access/access-api.ts";
import type { AccountId, BucketName, ObjectKey, TenantName, VersionSelector } from "../../../core/model.ts";
import { factOf } from "../../s3/policy/names.ts";
import { type AdminCall, AdminError, adminOperation } from "../admin-operation.ts";

const required = (call: AdminCall, name: string): string => {
  const value = call.query(name);
  if (value === undefined || value === "") throw new AdminError(400, "invalidArgument", `?${name}= is missing`);
  return value;
};

function versionOf(call: AdminCall): { version?: VersionSelector } {
  const text = call.query("versionId");
  if (text === undefined) return {};
  if (text !== "null" && !/^\d{1,15}$/.test(text)) throw new AdminError(400, "invalidArgument", "versionId is a number or null");
  return { version: text === "null" ? "null" : Number(text) };
}

/** Condition keys are parameters of their own: `aws:SourceIp=192.0.2.1`, several for several values. */
function factsOf(call: AdminCall): Record<string, readonly string[]> {
  const facts = Object.create(null) as Record<string, string[]>;
  for (const { name, value } of call.request.query) {
    if (!name.includes(":")) continue;
    const fact = factOf(name);
    if (fact === undefined) throw new AdminError(400, "invalidArgument", `${name} is no condition key`);
    facts[fact] = [...(facts[fact] ?? []), value];
  }
  return facts;
}

export const ExplainAccess = adminOperation({
  name: "ExplainAccess",
  docs: "Who may do what, and why: ?action=s3:GetObject&bucket=&key=&account=&user=&tenant=&versionId=, condition keys as parameters (aws:SourceIp=). Without account: anybody. Answers allowed, the reason, and the statements that decided.",
  method: "GET",
  path: "/explain",
  input: (call): ExplainInput => {
    const [account, user, key] = [call.query("account"), call.query("user"), call.query("key")];
    return {
      tenant: (call.query("tenant") ?? "default") as TenantName,
      action: required(call, "action"),
      bucket: required(call, "bucket") as BucketName,
      ...(account === undefined ? {} : { who: { account: account as AccountId, ...(user === undefined ? {} : { user }) } }),
      ...(key === undefined ? {} : { key: key as ObjectKey }),
      ...versionOf(call),
      facts: factsOf(call),
    };
  },
  run: (core, context, input) => core.access.explain(context, input),
  reply: ({ allowed, reason, statements = [] }) => ({ json: { allowed, reason, statements } }),
});
