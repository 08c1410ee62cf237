/** How a bucket answers visitors: what it can be told about it. */
/**
 * Where a visitor of a website is sent. `when`: the beginning of the key, the status that reading it came to (absent: before it is read), headers that it has. The
 * rest replaces parts of the address; what is absent stays as it came. At most one of `replaceKey` and `replacePrefix` (which stands in for `when.prefix`).
 */
export type WebsiteRule = {
  when: { prefix?: string; status?: number; headers?: [name: string, value: string][] };
  protocol?: "http" | "https";
  host?: string;
  replaceKey?: string;
  replacePrefix?: string;
  /** What stands before and behind the visitor's key, instead of `replaceKey`. */
  aroundKey?: [before: string, behind: string];
  /** The visitor's query comes along. */
  keepsQuery?: true;
  /** Nobody is sent anywhere: what stands under that key is shown. */
  inside?: true;
  /** 301 when absent. */
  status?: number;
};
/** `all`: all go to another host. `index`: a folder's document, with `rootIndex` the root's; `error`: the key shown for refusals, as `errorStatus` or its own. */
export type Website = {
  all?: { host: string; protocol?: "http" | "https" };
  index?: string;
  rootIndex?: true;
  error?: string;
  errorStatus?: number;
  rules: WebsiteRule[];
};
