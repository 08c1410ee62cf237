/** Who this server says it is to OSS clients: they read locations and endpoints back and compare them. */
import type { Settings } from "../../config/settings.ts";
import type { CallbackSender } from "../callback-sender.ts";

export type OssSettings = {
  /** Bare, as in signatures: `cn-hangzhou`. */
  region: string;
  /** As buckets show it: `oss-cn-hangzhou`. */
  location: string;
  domains: readonly string[];
  hcpDomain: string;
  /** What links begin with when a path names the bucket; empty: the host the client asked. */
  publicUrl: string;
  /** How long a restore takes. */
  restoreMs: number;
  /** Are deletes heard that take what is in the way with them? */
  forceDelete: boolean;
  /** Absent: uploads tell nobody. */
  callbacks?: CallbackSender;
};

const locationOf = (region: string): string => (region.startsWith("oss-") ? region : `oss-${region}`);

export function ossSettings(settings: Pick<Settings, "region" | "domains" | "hcpDomain" | "publicUrl" | "restoreSeconds" | "forceDelete">): OssSettings {
  const region = settings.region.startsWith("oss-") ? settings.region.slice(4) : settings.region;
  return {
    region,
    location: locationOf(region),
    domains: settings.domains,
    hcpDomain: settings.hcpDomain,
    publicUrl: settings.publicUrl.replace(/\/+$/, ""),
    restoreMs: (settings.restoreSeconds ?? 60) * 1000,
    forceDelete: settings.forceDelete === true,
  };
}

/** Where a bucket says it is; `region` empty: where the server is. */
export function placeOfBucket(settings: OssSettings, region: string): { region: string; location: string; extranet: string; intranet: string } {
  const location = region === "" ? settings.location : locationOf(region);
  return { region: location.slice(4), location, extranet: `${location}.aliyuncs.com`, intranet: `${location}-internal.aliyuncs.com` };
}
