/** Host names of one's own that stand for a bucket: a part of `Core`. */
import type { BucketAddress, Context } from "../api.ts";
import type { PointVerbs } from "../points/api.ts";

/** What proves that a host is the caller's: a DNS record of it says the token. */
export type HostToken = { host: string; token: string; expiresMs: number };
/** `certificate`: kept for whoever asks; PEM, public. */
export type HostCertificate = { id: string; pem?: string; createdMs: number };
export type BoundHost = { host: string; boundMs: number; certificate?: HostCertificate };
/** `previous`: the certificate that must be there now. `certificate` null: none any more; absent: as it is. */
export type HostBinding = { host: string; certificate?: HostCertificate | null; previous?: string };

/** All of the bucket's owner. Hosts are in lower case. */
export type HostVerbs = {
  /** The one there is, as long as it counts. */
  createToken(context: Context, input: BucketAddress & { host: string }): Promise<HostToken>;
  /** Throws hostRefused tokenMissing. */
  token(context: Context, input: BucketAddress & { host: string }): Promise<HostToken>;
  /** Throws hostRefused: unverified, taken, tooMany, certificate. */
  bind(context: Context, input: BucketAddress & HostBinding): Promise<void>;
  /** What is not bound is unbound already. */
  unbind(context: Context, input: BucketAddress & { host: string }): Promise<void>;
  list(context: Context, input: BucketAddress): Promise<BoundHost[]>;
  /** Whoever asks. At once where it is kept, as fresh as the store. */
  find(host: string): BucketAddress | undefined | Promise<BucketAddress | undefined>;
};

/** All names that stand for buckets. */
export type StandInVerbs = { hosts: HostVerbs; points: PointVerbs };
