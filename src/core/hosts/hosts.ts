/**
 * Host names that stand for a bucket. One row a host says which bucket; it counts only while that bucket has a row of its own that says so too, which
 * goes with its generation: a name that is made anew by somebody else inherits nothing.
 */
import type { BucketAddress, Context } from "../api.ts";
import { changeState } from "../buckets/state.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Bytes, Ports } from "../ports.ts";
import { take } from "../reclaim/slices.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { madeBefore } from "../row-cache.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import type { BoundHost, HostBinding, HostToken, HostVerbs } from "./api.ts";

export const hostLimits = {
  perBucketMax: 100,
  tokenMs: 72 * 3_600_000,
  tokenBytes: 16,
} as const;

/** Where the record with the token is looked for. */
export const proofName = (host: string): string => `_dnsauth.${host}`;

const boundKey = (generation: Generation, host: string): Bytes => tables.document.key(generation, `host/${host}`);
const tokenKey = (generation: Generation, host: string): Bytes => tables.document.key(generation, `host-token/${host}`);

type Named = BucketAddress & { host: string };

function createToken(ports: Ports, context: Context, input: Named): Promise<HostToken> {
  return transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation } = bucket.state;
    const row = tokenKey(generation, input.host);
    const value = await view.get(row);
    const known = value && decodeJson<HostToken>(value);
    const nowMs = ports.clock.wallMs();
    if (known && known.expiresMs > nowMs) return known;
    const tokens = tables.document.under(generation, "host-token/");
    const others = known ? [] : await take(view, tokens, hostLimits.perBucketMax, { keysOnly: true });
    if (others.length >= hostLimits.perBucketMax) fail("hostRefused", { host: input.host, why: "tooMany" });
    const made: HostToken = { host: input.host, token: Buffer.from(ports.random.bytes(hostLimits.tokenBytes)).toString("hex"), expiresMs: nowMs + hostLimits.tokenMs };
    change.expect(row, value).put(row, encodeJson(made));
    changeState(change, bucket, {});
    return made;
  });
}

function readToken(ports: Ports, context: Context, input: Named): Promise<HostToken> {
  return onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    return (await tokenIn(view, state.generation, input.host)) ?? fail("hostRefused", { host: input.host, why: "tokenMissing" });
  });
}
async function tokenIn(view: View, generation: Generation, host: string): Promise<HostToken | undefined> {
  const value = await view.get(tokenKey(generation, host));
  const known = value && decodeJson<HostToken>(value);
  return known && known.expiresMs > view.ports.clock.wallMs() ? known : undefined;
}

/** By the record that only who runs the host's domain can have put there. */
async function prove(ports: Ports, context: Context, input: Named): Promise<void> {
  const token = await onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    // Bound already: only its certificate changes.
    if ((await view.get(boundKey(state.generation, input.host))) !== undefined) return "bound" as const;
    return await tokenIn(view, state.generation, input.host);
  });
  if (token === "bound" || ports.hosts === "trusted") return;
  const texts = token && ports.hosts ? await ports.hosts.texts(proofName(input.host)) : [];
  if (token === undefined || !texts.includes(token.token)) fail("hostRefused", { host: input.host, why: "unverified" });
}

async function bind(ports: Ports, context: Context, input: BucketAddress & HostBinding): Promise<void> {
  await prove(ports, context, input);
  const { host, certificate, previous } = input;
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation } = bucket.state;
    const hostRow = tables.alias.key(host);
    const hostValue = await view.get(hostRow);
    const holder = hostValue && (await holderOf(view, host, hostValue));
    if (holder && (holder.tenant !== input.tenant || holder.bucket !== input.bucket)) fail("hostRefused", { host, why: "taken" });
    const row = boundKey(generation, host);
    const value = await view.get(row);
    const known = value && decodeJson<BoundHost>(value);
    if (previous !== undefined && known?.certificate?.id !== previous) fail("hostRefused", { host, why: "certificate" });
    const bound = known ? [] : await take(view, tables.document.under(generation, "host/"), hostLimits.perBucketMax, { keysOnly: true });
    if (bound.length >= hostLimits.perBucketMax) fail("hostRefused", { host, why: "tooMany" });
    const { certificate: before, ...rest } = known ?? { host, boundMs: ports.clock.wallMs(), certificate: undefined };
    const kept = certificate === null ? undefined : (certificate ?? before);
    change.expect(row, value).put(row, encodeJson({ ...rest, ...(kept ? { certificate: kept } : {}) } satisfies BoundHost));
    change.expect(hostRow, hostValue).put(hostRow, encodeJson({ tenant: input.tenant, bucket: input.bucket }));
    await forgetToken(view, change, generation, host);
    changeState(change, bucket, {});
  });
}

async function forgetToken(view: View, change: Change, generation: Generation, host: string): Promise<void> {
  const row = tokenKey(generation, host);
  const value = await view.get(row);
  if (value !== undefined) change.expect(row, value).remove(row);
}

function unbind(ports: Ports, context: Context, input: Named): Promise<void> {
  return transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation } = bucket.state;
    const row = boundKey(generation, input.host);
    const value = await view.get(row);
    await forgetToken(view, change, generation, input.host);
    if (value !== undefined) {
      change.expect(row, value).remove(row);
      await dropHost(view, change, input, input.host);
    }
    changeState(change, bucket, {});
  });
}

/** The host's row, if it is about this bucket. */
async function dropHost(view: View, change: Change, { tenant, bucket }: BucketAddress, host: string): Promise<void> {
  const row = tables.alias.key(host);
  const value = await view.get(row);
  const named = value && decodeJson<BucketAddress>(value);
  if (named && named.tenant === tenant && named.bucket === bucket) change.expect(row, value).remove(row);
}
/** Of a bucket that is deleted. */
export async function dropHosts(view: View, change: Change, address: BucketAddress, generation: Generation): Promise<void> {
  const rows = await take(view, tables.document.under(generation, "host/"), hostLimits.perBucketMax + 1);
  for (const { value } of rows) await dropHost(view, change, address, decodeJson<BoundHost>(value).host);
}

function list(ports: Ports, context: Context, input: BucketAddress): Promise<BoundHost[]> {
  return onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    const rows = await take(view, tables.document.under(state.generation, "host/"), hostLimits.perBucketMax);
    return rows.map(({ value }) => decodeJson<BoundHost>(value));
  });
}

/** The bucket that a host's row names, if that has the host too. */
async function holderOf(view: View, host: string, value: Bytes): Promise<BucketAddress | undefined> {
  const named = decodeJson<BucketAddress>(value);
  const bucket = await view.findBucket(named);
  return bucket && (await view.get(boundKey(bucket.state.generation, host))) !== undefined ? { tenant: named.tenant, bucket: named.bucket } : undefined;
}

type Found = { address: BucketAddress | undefined };
function find(ports: Ports, host: string): ReturnType<HostVerbs["find"]> {
  const name = `host ${host}`;
  const known = madeBefore<Found>(ports.metadata, name);
  if (known) return known.address;
  return onView(ports, async (view) => {
    const made = await view.made<Found>(name, async () => {
      const value = await view.get(tables.alias.key(host));
      return { address: value && (await holderOf(view, host, value)) };
    });
    return made?.address;
  });
}

export const hostVerbs = (ports: Ports): HostVerbs => ({
  createToken: (context, input) => createToken(ports, context, input),
  token: (context, input) => readToken(ports, context, input),
  bind: (context, input) => bind(ports, context, input),
  unbind: (context, input) => unbind(ports, context, input),
  list: (context, input) => list(ports, context, input),
  find: (host) => find(ports, host),
});
