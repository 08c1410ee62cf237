/** What the server is told at start, after flags, environment and defaults are merged (config/read.ts). */
export type Settings = {
  address: string;
  port: number;
  data: string;
  /** Virtual-host suffixes: `<bucket>.<domain>`. Lower case. */
  domains: string[];
  /** `<tenant>.<hcpDomain>` and `<bucket>.<tenant>.<hcpDomain>`; empty: HCP is reached by nobody. */
  hcpDomain: string;
  /** `<bucket>.<domain>` is the bucket's website, besides `<bucket>.s3-website.<domain>` of each virtual-host suffix. */
  websiteDomains?: string[];
  /** A port of its own for websites; 0: none. */
  websitePort?: number;
  publicUrl: string;
  /** PEM files of the data listener; both or none. */
  tlsCert?: string;
  tlsKey?: string;
  /** Addresses (CIDR) of proxies whose X-Forwarded-For and -Proto are believed. */
  trustedProxies: string[];
  /** Bare region, as in `cn-hangzhou` or `us-east-1`. */
  region: string;
  strictRegion: boolean;
  /** Default dialect of anonymous requests that say nothing. */
  defaultDialect: "s3" | "oss";
  workers: number;
  buckets: string[];
  identities: string;
  accessLog: "off" | "json";
  inFlightRequestsMax: number;
  inFlightBytesMax: number;
  diskReserveBytes: number;
  rootAccessKey: string;
  rootSecretKey: string;
  /** Ownership controls that a new S3 bucket has; `undefined`: as AWS does now. */
  defaultOwnership?: DefaultOwnership;
  /** How a new S3 bucket encrypts; `undefined`: as AWS does now. */
  defaultEncryption?: DefaultEncryption;
  /** Which names of encryption keys are taken: those made through the admin API, or any. */
  encryptionKeys?: "listed" | "any";
  /** 32 bytes in base64 or hex; empty: the file beside the data. */
  masterKey?: string;
  /** Are metrics shown to addresses other than loopback without a token? */
  metricsPublic?: boolean;
  /** Folders of storage classes, as `NAME=FOLDER` (config/class-folders.ts). */
  classes?: string[];
  /** When a volume is closed, and how often half-dead ones are looked for. */
  volumeBytes?: number;
  volumeSeconds?: number;
  compactEverySeconds?: number;
  /** Percent of the time that background work may take. */
  backgroundShare?: number;
  /** How long purged buckets stay in the trash, in seconds; 0: not at all. */
  trashKeepSeconds?: number;
  trustHostNames?: boolean;
  /** Are deletes heard that ask to take what is in the way with them? */
  forceDelete?: boolean;
  /** How long a day of a lifecycle is, in seconds. */
  lifecycleDaySeconds?: number;
  /** Smaller objects are left in their class by transitions that name no size. */
  transitionBytesMin?: number;
  /** How long a restore from an archive class takes. */
  restoreSeconds?: number;
  /** Receivers of events, as `NAME=URL` (config/webhooks.ts). */
  webhooks?: string[];
  /** Addresses (CIDR) that callbacks of uploads may reach besides the open internet. */
  callbackAllow?: string[];
  /** How long lines about requests to a bucket wait in memory before they are written into its log bucket. */
  bucketLogSeconds?: number;
  /** How long a drain waits for requests in flight. */
  drainSeconds?: number;
};
export type DefaultEncryption = "aes256" | "none";
export type DefaultOwnership = "none" | "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter";
