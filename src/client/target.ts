/** Where a bucket is and who asks: what a caller says, and what follows from it. */
import { isIP } from "node:net";
import { CloudError } from "./errors.ts";
import type { RetryOptions } from "./retry.ts";
import type { Credentials, Scheme } from "./signing.ts";
import type { TransportOptions } from "./transport.ts";

export const services = ["oss", "s3", "hcp"] as const;
export type ServiceName = (typeof services)[number];

export type Target = TransportOptions & {
  service: ServiceName;
  /** A URL, or a host (then https). OSS and S3: the public cloud's of `region` when absent. HCP: the tenant's host, `https://tenant.hcp.example.com`. */
  endpoint?: string | undefined;
  /** As the service calls it: `cn-hangzhou`, `eu-west-1`. What the endpoint's name tells need not be said. */
  region?: string | undefined;
  /** HCP: base64 of the user's name and hex MD5 of its password (`hcpCredentials`). */
  credentials: Credentials;
  /** Default: V4; for OSS V1 where no region is known, since V4 signs one. */
  scheme?: Scheme | undefined;
  /** Default: `bucket.host` for the public clouds, `host/bucket` elsewhere. */
  addressing?: "host" | "path" | undefined;
  retry?: RetryOptions | undefined;
};

/** A target with nothing left to guess. */
export type Place = { service: ServiceName; origin: URL; region: string; scheme: Scheme; addressing: "host" | "path" };

/** The accelerated endpoints serve every region and tell none. */
const ossHost = /(?:^|\.)oss-(?!accelerate)([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/;
const s3Host = /(?:^|\.)s3[.-](?:dualstack\.|fips\.)?([a-z]{2}-[a-z-]+-\d)\.amazonaws\.com(?:\.cn)?$/;

/** Throws CloudError for what cannot be asked. */
export function placeOf({ service, endpoint, region, scheme, addressing }: Target): Place {
  const origin = originOf(endpoint ?? publicEndpoint(service, region));
  const host = origin.hostname;
  const told = service === "oss" ? ossHost.exec(host)?.[1] : service === "s3" ? s3Host.exec(host)?.[1] : undefined;
  const known = region ?? told;
  const isPublic = /\.(aliyuncs\.com|amazonaws\.com(\.cn)?)$/.test(host);
  const chosen = scheme ?? (service !== "oss" ? "s3v4" : known === undefined ? "ossv1" : "ossv4");
  if (chosen.startsWith("oss") !== (service === "oss")) throw new CloudError(`${chosen} is no signature of ${service}`);
  if (chosen === "ossv4" && known === undefined) throw new CloudError("OSS's V4 signature needs the region: say which one");
  if (addressing === "host" && isIP(host) !== 0) throw new CloudError(`${host} is an address: a bucket cannot be put before it`);
  return { service, origin, region: known ?? "us-east-1", scheme: chosen, addressing: addressing ?? (isPublic ? "host" : "path") };
}

function publicEndpoint(service: ServiceName, region: string | undefined): string {
  if (service === "s3") return region === undefined ? "https://s3.amazonaws.com" : `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  if (service === "hcp") throw new CloudError("an HCP system has no public address: say the tenant's endpoint, such as https://tenant.hcp.example.com");
  if (region === undefined) throw new CloudError("OSS has no endpoint for all regions: say the endpoint or the region");
  return `https://oss-${region}.aliyuncs.com`;
}

function originOf(endpoint: string): URL {
  let url: URL;
  try {
    url = new URL(/^[a-z]+:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`);
  } catch (cause) {
    throw new CloudError(`${endpoint} is no endpoint`, { cause });
  }
  const isPlain = (url.protocol === "http:" || url.protocol === "https:") && url.pathname === "/" && url.search === "" && url.username === "" && url.password === "";
  if (!isPlain) throw new CloudError("an endpoint is http:// or https:// and a host, nothing more");
  return url;
}
