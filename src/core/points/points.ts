/** Making, changing and finding points of access. */
import { authorizeUse } from "../access/evaluate.ts";
import { isPublicPolicy } from "../access/policy/public.ts";
import type { BucketAddress, Context } from "../api.ts";
import { changeState } from "../buckets/state.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { AccountId } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { take } from "../reclaim/slices.ts";
import { encodeJson } from "../records.ts";
import { madeBefore } from "../row-cache.ts";
import { transact } from "../transact.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import type { ListedPoint, PointVerbs } from "./api.ts";
import { aliasKey, decodePoint, encodePoint, type Named, namedKey, type Point, pointKey, pointLimits, pointNamed, pointsOf } from "./model.ts";

const refuse = (name: string, why: "missing" | "exists" | "tooMany"): never => fail("pointRefused", { point: name, why });

function create(ports: Ports, context: Context, input: Parameters<PointVerbs["create"]>[1]): Promise<Point> {
  const { name, aliasEnd, network, networkId, ...address } = input;
  return transact(ports, context, bucketTurn(address), async (view, change) => {
    const bucket = await view.bucket(context, address);
    const { generation, owner } = bucket.state;
    const nameRow = namedKey(owner, name);
    const taken = await view.get(nameRow);
    if ((await pointNamed(view, taken)) !== undefined) refuse(name, "exists");
    if ((await take(view, pointsOf(generation), pointLimits.perBucketMax, { keysOnly: true })).length >= pointLimits.perBucketMax) refuse(name, "tooMany");
    const alias = `${name}-${Buffer.from(ports.random.bytes(pointLimits.aliasBytes)).toString("hex")}${aliasEnd}`;
    const point: Point = { name, alias, createdMs: ports.clock.wallMs(), network, ...(networkId === undefined ? {} : { networkId }) };
    const named = encodeJson({ tenant: address.tenant, bucket: address.bucket, point: name } satisfies Named);
    change.expect(nameRow, taken).put(nameRow, named);
    change.expect(aliasKey(alias), undefined).put(aliasKey(alias), named);
    // What a name that stands for a deleted bucket left behind is no longer in the way.
    change.expect(pointKey(generation, name), undefined).put(pointKey(generation, name), encodePoint(point));
    changeState(change, bucket, {});
    return point;
  });
}

async function pointIn(view: View, { state }: BucketHandle, name: string): Promise<Point> {
  const row = await view.get(pointKey(state.generation, name));
  return row === undefined ? refuse(name, "missing") : decodePoint(row);
}

function get(ports: Ports, context: Context, { name, ...address }: BucketAddress & { name: string }): ReturnType<PointVerbs["get"]> {
  return onView(ports, async (view) => {
    const bucket = await view.bucket(context, address);
    return { point: await pointIn(view, bucket, name), owner: await view.owner(bucket.state.owner) };
  });
}

function remove(ports: Ports, context: Context, { name, ...address }: BucketAddress & { name: string }): Promise<void> {
  return transact(ports, context, bucketTurn(address), async (view, change) => {
    const bucket = await view.bucket(context, address);
    const { alias } = await pointIn(view, bucket, name);
    for (const row of [pointKey(bucket.state.generation, name), aliasKey(alias), namedKey(bucket.state.owner, name)]) change.expect(row, await view.get(row)).remove(row);
    changeState(change, bucket, {});
  });
}

function changePoint(ports: Ports, context: Context, { name, policy, closed, ...address }: Parameters<PointVerbs["change"]>[1]): Promise<void> {
  return transact(ports, context, bucketTurn(address), async (view, change) => {
    const bucket = await view.bucket(context, address);
    const point = await pointIn(view, bucket, name);
    if (policy && point.closed && isPublicPolicy(policy.model)) fail("accessDenied", { reason: "the access point refuses public policies" });
    const after: Point = { ...point };
    if (policy === null) delete after.policy;
    else if (policy !== undefined) after.policy = policy;
    if (closed === null) delete after.closed;
    else if (closed !== undefined) after.closed = closed;
    const row = pointKey(bucket.state.generation, name);
    change.expect(row, await view.get(row)).put(row, encodePoint(after));
    changeState(change, bucket, {});
  });
}

function list(ports: Ports, context: Context, { tenant, bucket, after, max }: Parameters<PointVerbs["list"]>[1]): ReturnType<PointVerbs["list"]> {
  const most = Math.min(max, pointLimits.pageMax);
  return onView(ports, async (view) => {
    const points: ListedPoint[] = [];
    if (bucket !== undefined) {
      const { state } = await view.bucket(context, { tenant, bucket });
      for (const { value } of await take(view, pointsOf(state.generation), pointLimits.perBucketMax)) {
        const point = decodePoint(value);
        if (point.name > after) points.push({ tenant, bucket, point });
      }
      return { points: points.slice(0, most), isTruncated: points.length > most, account: await view.owner(state.owner) };
    }
    await authorizeUse(view, context, tenant);
    const { caller } = context;
    if (caller.kind === "anonymous") return { points, isTruncated: false, account: undefined };
    const range = tables.alias.under(`point/${caller.account.id}/`);
    const cursor = view.scan({ from: after === "" ? range.from : namedKey(caller.account.id as AccountId, after), to: range.to });
    for (const { value } of await cursor.next(most + 2)) {
      const found = await pointNamed(view, value);
      if (found && found.point.name > after) points.push({ ...found.address, point: found.point });
    }
    cursor.close();
    return { points: points.slice(0, most), isTruncated: points.length > most, account: caller.account };
  });
}

type Found = { listed: ListedPoint | undefined };
function find(ports: Ports, alias: string): ReturnType<PointVerbs["find"]> {
  const name = `alias ${alias}`;
  const known = madeBefore<Found>(ports.metadata, name);
  if (known) return known.listed;
  return onView(ports, async (view) => {
    const made = await view.made<Found>(name, async () => {
      const found = await pointNamed(view, await view.get(aliasKey(alias)));
      // A point made anew under the name has another alias.
      return { listed: found?.point.alias === alias ? { ...found.address, point: found.point } : undefined };
    });
    return made?.listed;
  });
}

export const pointVerbs = (ports: Ports): PointVerbs => ({
  create: (context, input) => create(ports, context, input),
  get: (context, input) => get(ports, context, input),
  delete: (context, input) => remove(ports, context, input),
  change: (context, input) => changePoint(ports, context, input),
  list: (context, input) => list(ports, context, input),
  find: (alias) => find(ports, alias),
});
