/** Why somebody may or may not: the same question that a request asks, answered without doing anything. */
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Caller } from "../model.ts";
import type { Ports } from "../ports.ts";
import { Chain } from "../versions/chain.ts";
import { onView, type View } from "../view.ts";
import type { ExplainInput } from "./access-api.ts";
import { asksObject, authorizeAdmin, type Decision, evaluate, objectQuestion } from "./evaluate.ts";
import { capabilityOf, versionedAction } from "./policy/vocabulary.ts";
import { policiesAbout } from "./policy/weigh.ts";

/** Throws bucketMissing, accountMissing. */
export async function explain(ports: Ports, asking: Context, input: ExplainInput): Promise<Decision> {
  authorizeAdmin(asking);
  return await onView(ports, async (view) => {
    const caller = await callerOf(view, input.who);
    const capability = capabilityOf(input.action);
    const action = input.version === undefined ? input.action : versionedAction(input.action);
    const facts = (name: string): readonly string[] | undefined => (Object.hasOwn(input.facts, name) ? input.facts[name] : undefined);
    const context: Context = { ...asking, caller, capability, action, facts };
    if (capability === "service.listBuckets" || capability === "service.createBucket") {
      return evaluate({ caller, capability, tenant: input.tenant, said: await policiesAbout(view, context, undefined, { bucket: input.bucket }) });
    }
    const bucket = await view.findBucket(input);
    if (!bucket) return fail("bucketMissing", { bucket: input.bucket });
    const { state } = bucket;
    if (!asksObject(capability)) return evaluate({ caller, capability, bucket: state, said: await policiesAbout(view, context, state, { key: input.key }) });
    if (input.key === undefined) return fail("invalidArgument", { argument: "key", value: "", why: "the action is about an object" });
    const chain = await Chain.load(view, state.generation, input.key);
    const found = input.version === undefined ? chain.head : await chain.find(input.version);
    const version = found && !chain.isWhole(found) ? await chain.whole(found) : found;
    return evaluate(await objectQuestion(view, context, state, version, input.key));
  });
}

async function callerOf(view: View, who: ExplainInput["who"]): Promise<Caller> {
  if (!who) return { kind: "anonymous" };
  const account = await view.account(who.account);
  if (!account) return fail("accountMissing", { name: who.account });
  if (who.user === undefined) return { kind: "account", account, accessKeyId: "" };
  if ((await view.get(tables.user.key(account.id, who.user))) === undefined) return fail("accountMissing", { name: who.user });
  return { kind: "user", account, user: who.user, accessKeyId: "" };
}
