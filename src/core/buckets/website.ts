/**
 * How a bucket answers as a website: which rule sends a visitor elsewhere, and where to
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html). Pure: what is there to be read, the dialect asks.
 */
import type { BucketAddress } from "../api.ts";
import type { Ports } from "../ports.ts";
import { onView } from "../view.ts";
import { readDocument } from "./documents.ts";
import type { Website, WebsiteRule } from "./website-model.ts";

export const websiteLimits = { rulesMax: 50, keyCharactersMax: 1024, hostCharactersMax: 255 } as const;

/** The key of the document that stands for a folder (a key that is empty or ends in a slash); other keys are themselves. */
export function pageKey({ index, rootIndex }: Website, key: string): string {
  if (index === undefined || !(key === "" || key.endsWith("/"))) return key;
  return rootIndex ? index : key + index;
}

/**
 * The first rule that fits. `status`: what reading the key came to; absent: it was not read yet, and rules that wait for an error do not count.
 * `header`: a visitor's header by its lower-case name; absent: rules that ask for headers, or show another key in place, are for others to act upon.
 */
export function websiteRule({ rules }: Website, key: string, status?: number, header?: (name: string) => string | undefined): WebsiteRule | undefined {
  return rules.find(({ when, inside }) => {
    if (header === undefined && (inside || when.headers !== undefined)) return false;
    const isHere = (when.prefix === undefined || key.startsWith(when.prefix)) && when.status === status;
    return isHere && (when.headers ?? []).every(([name, value]) => header?.(name.toLowerCase()) === value);
  });
}

/** The key a rule sends to. `asWritten`: that part is the configuration's own words (which may hold `#!/` or a query), the rest is the visitor's. */
export function redirectKey(
  { when, replaceKey, replacePrefix, aroundKey }: Pick<WebsiteRule, "when" | "replaceKey" | "replacePrefix" | "aroundKey">,
  key: string,
): { asWritten: string; rest: string } {
  if (aroundKey !== undefined) return { asWritten: "", rest: aroundKey.join(key) };
  if (replaceKey !== undefined) return { asWritten: replaceKey, rest: "" };
  if (replacePrefix !== undefined) return { asWritten: replacePrefix, rest: key.slice(when.prefix?.length ?? 0) };
  return { asWritten: "", rest: key };
}

/** For whoever comes. `undefined`: no such bucket. */
export function bucketWebsite(ports: Ports, address: BucketAddress): Promise<{ website: Website | undefined } | undefined> {
  return onView(ports, async (view) => {
    const bucket = await view.findBucket(address);
    return bucket && { website: (await readDocument(view, bucket, "website"))?.model };
  });
}
