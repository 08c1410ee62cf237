/** What a point says to a request that comes through it, besides all that the bucket says. */
import type { Facts } from "../access/policy/conditions.ts";
import { compilePolicy, type Judge, judge, type Verdict } from "../access/policy/judge.ts";
import { isPublicPolicy } from "../access/policy/public.ts";
import type { BucketState, Caller, ObjectKey } from "../model.ts";
import type { View } from "../view.ts";
import { decodePoint, type Point, pointKey } from "./model.ts";

type Kept = { point: Point; judge: Judge | undefined; isPublic: boolean };
const keptPoint = (view: View, { generation }: Pick<BucketState, "generation">, name: string): Promise<Kept | undefined> =>
  view.made(`point ${generation} ${name}`, async () => {
    const row = await view.get(pointKey(generation, name));
    const point = row && decodePoint(row);
    return point && { point, judge: point.policy && compilePolicy(point.policy.model), isPublic: point.policy !== undefined && isPublicPolicy(point.policy.model) };
  });

/**
 * Why the point keeps the request out; `undefined`: it does not. A denial in its policy binds everybody; who does not belong to the owner's account is let in
 * by an allowance in it alone. The bucket's own policy, ACLs and ownership are asked as ever.
 */
export async function keptOutBy(
  view: View,
  state: BucketState,
  name: string,
  asked: { caller: Caller; action: string; key: ObjectKey | undefined; facts: Facts },
): Promise<{ reason: string; statements: string[] } | undefined> {
  const kept = await keptPoint(view, state, name);
  if (kept === undefined) return { reason: `there is no access point ${name}`, statements: [] };
  const { caller, action, key, facts } = asked;
  const { network, closed } = kept.point;
  if (network === "private") return { reason: `access point ${name} is for a private network`, statements: [] };
  if (closed && caller.kind === "anonymous") return { reason: `access point ${name} is closed to the public`, statements: [] };
  const none: Verdict = { effect: "none", direct: false, statements: [] };
  const said = kept.judge ? judge(kept.judge, { caller, action, resource: key === undefined ? name : `${name}/${key}`, facts }) : none;
  const statements = said.statements.map((statement) => `policy of access point ${name}: ${statement}`);
  if (said.effect === "deny") return { reason: `denied by ${statements.join(", ")}`, statements };
  const isOwners = caller.kind !== "anonymous" && caller.account.id === state.owner;
  const lets = isOwners || (said.effect === "allow" && !(closed === true && kept.isPublic));
  return lets ? undefined : { reason: `access point ${name} lets in nobody else`, statements: [] };
}
