/** Points of access: other names of a bucket, each with a policy of its own that is asked besides the bucket's. */
import type { Policy } from "../access/policy/model.ts";
import type { BucketAddress } from "../api.ts";
import { tables } from "../keys.ts";
import type { AccountId, Generation } from "../model.ts";
import type { Bytes } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import type { View } from "../view.ts";

/**
 * `alias`: what stands for the bucket in requests. `network`: "private" ones are for a network (`networkId`) that this server does not have: kept, and
 * nobody is let in. `closed`: whoever has not signed is kept out, and no policy may let everybody in.
 */
export type Point = {
  name: string;
  alias: string;
  createdMs: number;
  network: "internet" | "private";
  networkId?: string;
  closed?: boolean;
  policy?: { model: Policy; writer: string; raw: string };
};

export const pointLimits = { perBucketMax: 100, pageMax: 1000, aliasBytes: 16 } as const;

export const pointsOf = (generation: Generation): ReturnType<typeof tables.document.under> => tables.document.under(generation, "point/");
export const pointKey = (generation: Generation, name: string): Bytes => tables.document.key(generation, `point/${name}`);
/** Among the names that stand for buckets; an account's points have names that differ. No host name has a slash in it. */
export const aliasKey = (alias: string): Bytes => tables.alias.key(alias);
export const namedKey = (account: AccountId, name: string): Bytes => tables.alias.key(`point/${account}/${name}`);
export const decodePoint = (value: Bytes): Point => decodeJson<Point>(value);
export const encodePoint = (point: Point): Bytes => encodeJson(point);
/** What a name stands for. */
export type Named = BucketAddress & { point: string };

/** The point, if the bucket that its name stands for has it still. */
export async function pointNamed(view: View, value: Bytes | undefined): Promise<{ address: BucketAddress; point: Point; generation: Generation } | undefined> {
  if (value === undefined) return undefined;
  const { tenant, bucket, point: name } = decodeJson<Named>(value);
  const found = await view.findBucket({ tenant, bucket });
  const row = found && (await view.get(pointKey(found.state.generation, name)));
  return found && row && { address: { tenant, bucket }, point: decodePoint(row), generation: found.state.generation };
}
