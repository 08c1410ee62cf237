/**
 * Every setting once: its flag, the environment names that are understood, its default and what it means. `amphora help serve`,
 * docs/reference/config.md and the reader are made from this table.
 */
import { availableParallelism } from "node:os";
import { diskOptions } from "./disk-options.ts";
import { eventOptions } from "./event-options.ts";
import { hostOptions } from "./host-options.ts";
import { jobOptions } from "./job-options.ts";
import type { Settings } from "./settings.ts";

export type OptionKind =
  | { type: "text" }
  | { type: "secret" }
  /** Repeatable; in the environment separated by commas. */
  | { type: "list" }
  | { type: "switch" }
  | { type: "integer"; min: number; max: number }
  /** A whole number of bytes, with an optional unit: 512MiB, 64k, 1G (all powers of 1024 but kB, MB, GB, TB). */
  | { type: "bytes" }
  | { type: "choice"; choices: readonly string[] };

export type Option = {
  key: keyof Settings;
  /** Without the dashes. Secrets have none: other users of the machine can read a command line. */
  flag?: string;
  /** The first that is set wins; each secret is also read from the file that `<NAME>_FILE` names. */
  env: readonly string[];
  kind: OptionKind;
  default: string | readonly string[] | number | boolean | (() => string | number);
  /** How the default reads in the documentation when it is worked out at start. */
  defaultWords?: string;
  placeholder?: string;
  help: string;
};

const mebibyte = 1024 * 1024;

/** Several threads can share one port (SO_REUSEPORT with spreading) on Linux only. */
/** Under ./data, apart from the vendors' tables that a clone keeps there (docs/decisions/0005). */
export const defaultDataFolder = "./data/store";
export const defaultWorkers = (): number => (process.platform === "linux" ? Math.max(1, availableParallelism()) : 1);
/** A person at a terminal is not served by a stream of JSON. */
export const defaultAccessLog = (): string => (process.stdout.isTTY ? "off" : "json");

export const options: readonly Option[] = [
  {
    key: "address",
    flag: "address",
    env: ["AMPHORA_ADDRESS"],
    kind: { type: "text" },
    default: "127.0.0.1",
    placeholder: "IP",
    help: "Address to listen on; 0.0.0.0 or :: for all.",
  },
  {
    key: "port",
    flag: "port",
    env: ["AMPHORA_PORT"],
    kind: { type: "integer", min: 0, max: 65_535 },
    default: 9000,
    placeholder: "N",
    help: "Port of the data API; 0 takes a free one (see the `ready` line).",
  },
  {
    key: "data",
    flag: "data",
    env: ["AMPHORA_DATA"],
    kind: { type: "text" },
    default: defaultDataFolder,
    placeholder: "FOLDER",
    help: "Folder that holds everything. One server per folder.",
  },
  {
    key: "domains",
    flag: "domain",
    env: ["AMPHORA_DOMAIN"],
    kind: { type: "list" },
    default: [],
    placeholder: "NAME",
    help: "Virtual-host suffix: BUCKET.NAME. Repeatable. *.localhost always works.",
  },
  {
    key: "hcpDomain",
    flag: "hcp-domain",
    env: ["AMPHORA_HCP_DOMAIN"],
    kind: { type: "text" },
    default: "",
    placeholder: "NAME",
    help: "HCP hosts: TENANT.NAME and BUCKET.TENANT.NAME.",
  },
  {
    key: "websiteDomains",
    flag: "website-domain",
    env: ["AMPHORA_WEBSITE_DOMAIN"],
    kind: { type: "list" },
    default: [],
    placeholder: "NAME",
    help: "Websites of buckets: BUCKET.NAME. Repeatable. BUCKET.s3-website.DOMAIN and BUCKET.website.localhost always work.",
  },
  {
    key: "websitePort",
    flag: "website-port",
    env: ["AMPHORA_WEBSITE_PORT"],
    kind: { type: "integer", min: 0, max: 65_535 },
    default: 0,
    placeholder: "N",
    help: "Port that serves websites only, where any host may be the name of a bucket; 0: none.",
  },
  {
    key: "publicUrl",
    flag: "public-url",
    env: ["AMPHORA_PUBLIC_URL"],
    kind: { type: "text" },
    default: "",
    placeholder: "URL",
    help: "How clients reach the server, for links in answers.",
  },
  {
    key: "tlsCert",
    flag: "tls-cert",
    env: ["AMPHORA_TLS_CERT"],
    kind: { type: "text" },
    default: "",
    placeholder: "FILE",
    help: "PEM certificate with its chain: the data API speaks HTTPS. Read again when it changes.",
  },
  {
    key: "tlsKey",
    flag: "tls-key",
    env: ["AMPHORA_TLS_KEY"],
    kind: { type: "text" },
    default: "",
    placeholder: "FILE",
    help: "PEM private key of that certificate.",
  },
  {
    key: "trustedProxies",
    flag: "trusted-proxy",
    env: ["AMPHORA_TRUSTED_PROXY"],
    kind: { type: "list" },
    default: [],
    placeholder: "CIDR",
    help: "Proxy whose X-Forwarded-For and X-Forwarded-Proto are believed. Repeatable.",
  },
  {
    key: "region",
    flag: "region",
    env: ["AMPHORA_REGION"],
    kind: { type: "text" },
    default: "us-east-1",
    placeholder: "NAME",
    help: "Region the server says it is in (us-east-1, cn-hangzhou, ...).",
  },
  { key: "strictRegion", flag: "strict-region", env: ["AMPHORA_STRICT_REGION"], kind: { type: "switch" }, default: false, help: "Refuse signatures made for another region." },
  {
    key: "defaultDialect",
    flag: "default-dialect",
    env: ["AMPHORA_DEFAULT_DIALECT"],
    kind: { type: "choice", choices: ["s3", "oss"] },
    default: "s3",
    help: "Whose words an anonymous request gets that belongs to neither API.",
  },
  {
    key: "workers",
    flag: "workers",
    env: ["AMPHORA_WORKERS"],
    kind: { type: "integer", min: 1, max: 48 },
    default: defaultWorkers,
    defaultWords: "one per core",
    placeholder: "N",
    help: "HTTP threads.",
  },
  {
    key: "buckets",
    flag: "buckets",
    env: ["AMPHORA_BUCKETS"],
    kind: { type: "list" },
    default: [],
    placeholder: "A,B:publicRead",
    help: "Buckets made at start, owned by root, with an ACL after the colon (private, publicRead, publicReadWrite).",
  },
  {
    key: "identities",
    flag: "identities",
    env: ["AMPHORA_IDENTITIES"],
    kind: { type: "text" },
    default: "",
    placeholder: "FILE",
    help: "JSON file of tenants, accounts, users and keys, applied at every start.",
  },
  {
    key: "accessLog",
    flag: "access-log",
    env: ["AMPHORA_ACCESS_LOG"],
    kind: { type: "choice", choices: ["off", "json"] },
    default: defaultAccessLog,
    defaultWords: "json, off on a terminal",
    help: "One JSON line per request on standard output.",
  },
  {
    key: "inFlightRequestsMax",
    flag: "in-flight-requests",
    env: ["AMPHORA_IN_FLIGHT_REQUESTS"],
    kind: { type: "integer", min: 1, max: 100_000 },
    default: 1024,
    placeholder: "N",
    help: "Requests at work per HTTP thread; more get 503 with Retry-After.",
  },
  {
    key: "inFlightBytesMax",
    flag: "in-flight-bytes",
    env: ["AMPHORA_IN_FLIGHT_BYTES"],
    kind: { type: "bytes" },
    default: 512 * mebibyte,
    placeholder: "BYTES",
    help: "Memory that bodies in flight may take per HTTP thread; more get 503 with Retry-After.",
  },
  ...diskOptions,
  ...jobOptions,
  ...hostOptions,
  {
    key: "drainSeconds",
    flag: "drain-seconds",
    env: ["AMPHORA_DRAIN_SECONDS"],
    kind: { type: "integer", min: 0, max: 3_600 },
    default: 30,
    placeholder: "N",
    help: "How long SIGTERM waits for requests in flight.",
  },
  ...eventOptions,
  {
    key: "metricsPublic",
    flag: "metrics-public",
    env: ["AMPHORA_METRICS_PUBLIC"],
    kind: { type: "switch" },
    default: false,
    help: "Show /-/metrics to every address; else to loopback and to bearers of the admin token.",
  },
  {
    key: "defaultOwnership",
    flag: "default-ownership",
    env: ["AMPHORA_DEFAULT_OWNERSHIP"],
    kind: { type: "choice", choices: ["none", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"] },
    default: "BucketOwnerEnforced",
    help: "Object ownership of new buckets made through S3; none sets no controls, so that ACLs count.",
  },
  {
    key: "defaultEncryption",
    flag: "default-encryption",
    env: ["AMPHORA_DEFAULT_ENCRYPTION"],
    kind: { type: "choice", choices: ["aes256", "none"] },
    default: "aes256",
    help: "Encryption of new buckets made through S3: aes256 under the server's master key (SSE-S3), or none.",
  },
  {
    key: "encryptionKeys",
    flag: "encryption-keys",
    env: ["AMPHORA_ENCRYPTION_KEYS"],
    kind: { type: "choice", choices: ["listed", "any"] },
    default: "listed",
    help: "Key ids that SSE-KMS takes: those made through the admin API, or any (each is a key derived from the master key).",
  },
  {
    key: "masterKey",
    env: ["AMPHORA_MASTER_KEY"],
    kind: { type: "secret" },
    default: "",
    defaultWords: "master-key in the data folder, made at first start",
    help: "Master key of encryption: 32 bytes in base64 or hex. A store that was begun with one starts with no other.",
  },
  {
    key: "rootAccessKey",
    env: ["AMPHORA_ROOT_ACCESS_KEY", "MINIO_ROOT_USER", "OSS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"],
    kind: { type: "secret" },
    default: "",
    defaultWords: "made at first start",
    help: "Access key id of the root account. Comes from the same family of names as its secret.",
  },
  {
    key: "rootSecretKey",
    env: ["AMPHORA_ROOT_SECRET_KEY", "MINIO_ROOT_PASSWORD", "OSS_ACCESS_KEY_SECRET", "AWS_SECRET_ACCESS_KEY"],
    kind: { type: "secret" },
    default: "",
    defaultWords: "made at first start",
    help: "Its secret: 8 characters or more, not a well-known one. OSS_* and AWS_* are passed over while OSS_SESSION_TOKEN or AWS_SESSION_TOKEN is set.",
  },
];
