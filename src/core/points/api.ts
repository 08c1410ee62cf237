/** The verbs of points of access: a part of `Core`. All of the bucket's owner. Throw pointRefused. */
import type { BucketAddress, Context } from "../api.ts";
import type { Account, TenantName } from "../model.ts";
import type { Point } from "./model.ts";

type OfPoint = BucketAddress & { name: string };
export type ListedPoint = BucketAddress & { point: Point };

export type PointVerbs = {
  /** `aliasEnd`: what its alias ends with. Names are the account's: exists. */
  create(context: Context, input: OfPoint & Pick<Point, "network" | "networkId"> & { aliasEnd: string }): Promise<Point>;
  get(context: Context, input: OfPoint): Promise<{ point: Point; owner: Account }>;
  delete(context: Context, input: OfPoint): Promise<void>;
  /** accessDenied for a public policy where the point is closed. `policy` null, `closed` null: none any more. */
  change(context: Context, input: OfPoint & { policy?: NonNullable<Point["policy"]> | null; closed?: boolean | null }): Promise<void>;
  /** Of one bucket, or of all that the caller's account owns, by name; at most `max`. */
  list(
    context: Context,
    input: { tenant: TenantName; bucket?: BucketAddress["bucket"]; after: string; max: number },
  ): Promise<{ points: ListedPoint[]; isTruncated: boolean; account: Account | undefined }>;
  /** Whoever asks: what an alias stands for. At once where it is kept. */
  find(alias: string): ListedPoint | undefined | Promise<ListedPoint | undefined>;
};
