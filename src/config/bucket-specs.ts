/** `AMPHORA_BUCKETS=a,b:publicRead`: buckets that exist after every start. */
import type { CannedAcl } from "../core/model.ts";
import { SettingsError } from "./values.ts";

export type BucketSpec = { name: string; acl: CannedAcl | undefined };

const acls: Readonly<Record<string, CannedAcl>> = {
  private: "private",
  none: "private",
  publicread: "publicRead",
  public: "publicRead",
  download: "publicRead",
  publicreadwrite: "publicReadWrite",
};

/** Names that every dialect accepts: a bucket made for everybody should be reachable by everybody. @throws SettingsError */
export function parseBucketSpecs(items: readonly string[]): BucketSpec[] {
  const specs = new Map<string, BucketSpec>();
  for (const item of items) {
    const [name = "", aclWord, ...more] = item.split(":");
    if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name))
      throw new SettingsError(`--buckets: "${name}" is not a bucket name (3 to 63 lower-case letters, digits and dashes, none at the ends)`);
    const acl = aclWord === undefined ? undefined : acls[aclWord.toLowerCase().replaceAll("-", "")];
    if (more.length > 0 || (aclWord !== undefined && acl === undefined)) throw new SettingsError(`--buckets: after "${name}:" comes private, publicRead or publicReadWrite`);
    specs.set(name, { name, acl });
  }
  return [...specs.values()];
}
