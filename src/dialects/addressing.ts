/**
 * Host and path -> tenant, bucket, key. Resolved once, before authentication, by one piece of code for every dialect: what is authorised and
 * what is stored are the same strings.
 */
import { isIP } from "node:net";
import type { BucketAddress, Core } from "../core/api.ts";
import type { BucketName, ObjectKey, TenantName } from "../core/model.ts";
import { type LruCache, lruCache } from "../lib/lru.ts";
import { decodeUri } from "../lib/uri.ts";
import type { Address } from "./operation.ts";
import type { WireRequest } from "./wire.ts";

export type AddressSettings = { domains: readonly string[]; hcpDomain: string; websiteDomains?: readonly string[] };

/** What the host alone says. `family` is the service that such a host belongs to, where it tells. */
/** `own`: a host name of the bucket's owner, which the store knows and no setting. */
export type HostPlace = { readonly bucket?: string; readonly tenant?: string; readonly family?: "oss" | "hcp" | "website"; readonly own?: true };

/** Of requests that name none. */
export const defaultTenant = "default" as TenantName;

/** `<label>.…<suffix>` -> the label, when there is one. */
function before(host: string, suffix: string): string | undefined {
  return host.length > suffix.length + 1 && host.endsWith(suffix) && host[host.length - suffix.length - 1] === "." ? host.slice(0, -suffix.length - 1) : undefined;
}

/** `oss-cn-hangzhou.aliyuncs.com`, `…-internal`, `s3.oss-…`, accelerate: the service's own names in the cloud, which clients send when they are pointed here by address. */
function cloudPlace(host: string): HostPlace | undefined {
  const rest = before(host, "aliyuncs.com");
  if (rest === undefined) return undefined;
  const labels = rest.split(".");
  const service = labels.findIndex((label) => label.startsWith("oss-") || label === "oss");
  if (service < 0) return undefined;
  const bucketLabels = labels.slice(0, labels[service - 1] === "s3" ? service - 1 : service);
  return bucketLabels.length === 0 ? { family: "oss" } : { family: "oss", bucket: bucketLabels.join(".") };
}

/** `host` is in lower case and without its port. A host nobody configured is an address for path style and nothing more. */
export function placeOfHost(host: string, settings: AddressSettings): HostPlace {
  let known = places.get(settings);
  if (known === undefined) places.set(settings, (known = lruCache(hostsMax)));
  let place = known.get(host);
  if (place === undefined) known.set(host, (place = readHost(host, settings)));
  return place;
}
/** Clients come by few hosts again and again. */
const hostsMax = 256;
const places = new WeakMap<AddressSettings, LruCache<string, HostPlace>>();

/** `BUCKET.s3-website.<domain>`, `BUCKET.<website domain>`: the bucket, with the most of the host read as its domain. */
function websiteOf(host: string, { domains, websiteDomains = [] }: AddressSettings): string | undefined {
  const suffixes = ["website.localhost", ...domains.map((domain) => `s3-website.${domain}`), ...websiteDomains];
  const found = suffixes.map((suffix) => before(host, suffix)).filter((bucket) => bucket !== undefined);
  return found.sort((a, b) => a.length - b.length)[0];
}

function readHost(host: string, settings: AddressSettings): HostPlace {
  if (host === "localhost" || host.startsWith("[") || isIP(host) !== 0) return {};
  const site = websiteOf(host, settings);
  if (site !== undefined) return { family: "website", bucket: site };
  if (settings.hcpDomain !== "") {
    const labels = before(host, settings.hcpDomain)?.split(".");
    if (labels?.length === 1) return { family: "hcp", tenant: labels[0] as string };
    if (labels?.length === 2) return { family: "hcp", tenant: labels[1] as string, bucket: labels[0] as string };
  }
  let best: string | undefined;
  for (const domain of settings.domains) {
    if (host === domain) return {};
    if (before(host, domain) !== undefined && (best === undefined || domain.length > best.length)) best = domain;
  }
  if (best !== undefined) return { bucket: before(host, best) as string };
  const cloud = cloudPlace(host);
  if (cloud) return cloud;
  const local = before(host, "localhost");
  return local === undefined ? {} : { bucket: local };
}

/** What the store knows of its host, else what the settings say. */
export const placeOf = ({ host, place }: Pick<WireRequest, "host" | "place">, settings: AddressSettings): HostPlace => place ?? placeOfHost(host, settings);

/** May the host be one of a bucket's owner? No setting says anything about it, and it has a dot and is no address. */
export function isOwnable(host: string, settings: AddressSettings): boolean {
  if (!/\./.test(host) || host.startsWith("[") || isIP(host) !== 0 || settings.domains.includes(host) || host === settings.hcpDomain) return false;
  const { bucket, family } = placeOfHost(host, settings);
  return bucket === undefined && family === undefined;
}

/** Notes the bucket that the host stands for, where it is one of a bucket's owner. At once where that is kept. Throws what the store throws. */
export function placeOwnHost(core: Pick<Core, "hosts">, settings: AddressSettings, request: WireRequest): void | Promise<void> {
  if (!isOwnable(request.host, settings)) return;
  const placed = (found: BucketAddress | undefined): void => {
    if (found) request.place = { bucket: found.bucket, tenant: found.tenant, own: true };
  };
  const found = core.hosts.find(request.host);
  return found instanceof Promise ? found.then(placed) : placed(found);
}

/** Longest name a bucket can have anywhere; longer ones name nothing. */
export const bucketNameBytesMax = 255;

export type AddressFailure = { failure: "path" };

/**
 * `rawPath` is as on the wire. `prefix` (HCP's `/hs3`) is dropped when it stands first. Fails on escapes that are not UTF-8; never normalises.
 * A path-style bucket ends at the first slash on the wire; an escaped slash belongs to the name.
 */
export function addressOf(place: HostPlace, rawPath: string, prefix = ""): Address | AddressFailure {
  let path = rawPath;
  if (prefix !== "" && (path === prefix || path.startsWith(`${prefix}/`))) path = path.slice(prefix.length);
  if (path === "" || path[0] !== "/") path = `/${path}`;
  const tenant = (place.tenant ?? defaultTenant) as TenantName;
  let rawBucket: string;
  let rawKey: string;
  if (place.bucket !== undefined) {
    rawBucket = place.bucket;
    rawKey = path.slice(1);
  } else {
    const slash = path.indexOf("/", 1);
    rawBucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
    rawKey = slash < 0 ? "" : path.slice(slash + 1);
  }
  const bucket = decodeUri(rawBucket);
  const key = decodeUri(rawKey);
  if (bucket === undefined || key === undefined || Buffer.byteLength(bucket) > bucketNameBytesMax) return { failure: "path" };
  const style = place.bucket === undefined ? "path" : "host";
  const own = place.own ? { namesTenant: true as const } : {};
  if (bucket === "") return rawKey === "" ? { tenant, target: "service", rawBucket, rawKey, style } : { failure: "path" };
  if (rawKey === "") return { tenant, target: "bucket", bucket: bucket as BucketName, rawBucket, rawKey, style, ...own };
  return { tenant, target: "object", bucket: bucket as BucketName, key: key as ObjectKey, rawBucket, rawKey, style, ...own };
}
