/**
 * Who asks, and where, for buckets elsewhere: the environment that every vendor's tools know, their profile files, and one of our own.
 * Keys stand in none of our flags. https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html,
 * https://www.alibabacloud.com/help/en/oss/developer-reference/configure-ossutil
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Credentials, hcpCredentials, type ServiceName } from "../client/library.ts";
import type { Environment } from "../config/read.ts";
import { UsageError } from "./exits.ts";

/** What a profile says; all of it may be absent. */
export type Profile = { credentials?: Credentials; endpoint?: string; region?: string };
export type ProfileSources = { env: Environment /** `undefined` for a file that is not there. */; readFile?: (path: string) => string | undefined; home?: string };

type Section = Readonly<Record<string, string>>;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** `[section]` and `name = value` lines, as all these files have them. Names lose case, `_` and `-`; nested (indented) settings are passed over. */
export function readIni(text: string): Map<string, Section> {
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line) || line.trim() === "") continue;
    const header = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      current = sections.get(header) ?? {};
      sections.set(header, current);
      continue;
    }
    const [, name, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (current && name !== undefined && value !== undefined) current[name.toLowerCase().replace(/[_-]/g, "")] = value;
  }
  return sections;
}

const firstOf = (section: Section, names: readonly string[]): string | undefined => names.map((name) => section[name]).find((value) => value !== undefined && value !== "");

/** The spellings of aws, ossutil 1 and 2, and ours. `username` and `password` are HCP's. */
function profileIn(section: Section, service: ServiceName): Profile {
  const id = firstOf(section, ["accesskeyid", "awsaccesskeyid"]);
  const secret = firstOf(section, ["secretaccesskey", "awssecretaccesskey", "accesskeysecret"]);
  const token = firstOf(section, ["sessiontoken", "awssessiontoken", "ststoken", "securitytoken"]);
  const { username, password } = section;
  const keys =
    service === "hcp" && username && password !== undefined
      ? hcpCredentials(username, password)
      : id !== undefined && secret !== undefined
        ? { accessKeyId: id, secretAccessKey: secret, ...(token === undefined ? {} : { sessionToken: token }) }
        : undefined;
  const endpoint = firstOf(section, service === "s3" ? ["endpointurls3", "endpointurl", "endpoint"] : ["endpoint"]);
  const region = section.region || undefined;
  return { ...(keys === undefined ? {} : { credentials: keys }), ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
}

/** Names of the environment, in the words of a section. */
const environmentNames: Record<ServiceName, Readonly<Record<string, readonly string[]>>> = {
  s3: {
    accesskeyid: ["AWS_ACCESS_KEY_ID"],
    secretaccesskey: ["AWS_SECRET_ACCESS_KEY"],
    sessiontoken: ["AWS_SESSION_TOKEN"],
    region: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    endpoint: ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
  },
  oss: {
    accesskeyid: ["OSS_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"],
    secretaccesskey: ["OSS_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    sessiontoken: ["OSS_SESSION_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN"],
    region: ["OSS_REGION"],
    endpoint: ["OSS_ENDPOINT"],
  },
  hcp: {
    accesskeyid: ["HCP_ACCESS_KEY_ID"],
    secretaccesskey: ["HCP_SECRET_ACCESS_KEY"],
    username: ["HCP_USERNAME"],
    password: ["HCP_PASSWORD"],
    region: [],
    endpoint: ["HCP_ENDPOINT"],
  },
};

export const ownProfileFile = ".amphora-profiles";

/**
 * `profile`: a section of our own file (`--profile-file`, AMPHORA_PROFILE_FILE, ~/.amphora-profiles), else of the vendor's. Without one: the environment,
 * then what these files call default. Throws UsageError for a profile that is nowhere, and where no keys are found.
 */
export function findProfile(
  service: ServiceName,
  options: { profile?: string | undefined; file?: string | undefined },
  sources: ProfileSources,
): Profile & { credentials: Credentials } {
  const { env, readFile = readIfThere, home = homedir() } = sources;
  const ini = (path: string): Map<string, Section> => readIni(readFile(path) ?? "");
  const own = (): Map<string, Section> => {
    const named = options.file ?? env.AMPHORA_PROFILE_FILE;
    const text = readFile(named ?? join(home, ownProfileFile));
    if (text === undefined && named !== undefined) throw new UsageError(`there is no profile file ${named}`);
    return readIni(text ?? "");
  };
  const vendors = (name: string): Section | undefined => {
    if (service === "hcp") return undefined;
    if (service === "oss") {
      const sections = ini(join(home, ".ossutilconfig"));
      return sections.get(name) ?? (name === "default" ? sections.get("Credentials") : undefined);
    }
    const credentials = ini(env.AWS_SHARED_CREDENTIALS_FILE ?? join(home, ".aws/credentials")).get(name);
    const config = ini(env.AWS_CONFIG_FILE ?? join(home, ".aws/config")).get(name);
    return credentials || config ? { ...config, ...credentials } : undefined;
  };
  const wanted = options.profile ?? (service === "s3" ? env.AWS_PROFILE : undefined);
  if (wanted !== undefined) {
    const section = (options.profile === undefined ? undefined : own().get(wanted)) ?? vendors(wanted);
    if (section === undefined) throw new UsageError(`there is no profile ${wanted} for ${service}`);
    return withKeys(
      profileIn(section, service),
      `the profile ${wanted} has no keys${service === "s3" ? ` (for roles and SSO: aws configure export-credentials --profile ${wanted} --format env)` : ""}`,
    );
  }
  const names = environmentNames[service];
  const environment = profileIn(
    Object.fromEntries(Object.entries(names).flatMap(([name, from]) => from.flatMap((variable) => (env[variable] ? [[name, env[variable]]] : [])).slice(0, 1))),
    service,
  );
  const fromFiles = profileIn(own().get(service) ?? vendors("default") ?? {}, service);
  // as aws does: keys of the environment go with the region of the file, and with nothing else of it
  const files = environment.credentials === undefined ? fromFiles : service === "s3" && fromFiles.region !== undefined ? { region: fromFiles.region } : {};
  const keys = Object.values(service === "hcp" ? { a: names.username, b: names.password } : { a: names.accesskeyid, b: names.secretaccesskey }).map((list) => list?.[0]);
  return withKeys({ ...files, ...environment }, `no keys for ${service}: set ${keys.join(" and ")}, or name a profile with --profile`);
}

function withKeys(profile: Profile, otherwise: string): Profile & { credentials: Credentials } {
  const { credentials } = profile;
  if (credentials === undefined) throw new UsageError(otherwise);
  return { ...profile, credentials };
}
