/** Flags over environment over defaults -> Settings. Throws SettingsError with one sentence that says what is allowed. */

import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { parseArgs } from "node:util";
import { parseBucketSpecs } from "./bucket-specs.ts";
import { parseCallbackAllow } from "./callbacks.ts";
import { parseClassFolders } from "./class-folders.ts";
import { type Option, options } from "./options.ts";
import type { Settings } from "./settings.ts";
import { nearest, parseValue, SettingsError } from "./values.ts";
import { parseWebhooks } from "./webhooks.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
export type ReadSources = { args: readonly string[]; env: Environment; readFile?: (path: string) => string };

const readText = (path: string): string => readFileSync(path, "utf8");

/** @throws SettingsError */
export function readSettings({ args, env, readFile = readText }: ReadSources): Settings {
  const flags = readFlags(args);
  const settings: Record<string, unknown> = {};
  for (const option of options) {
    if (option.kind.type === "secret") continue;
    settings[option.key] = flags.get(option.key) ?? fromEnvironment(option, env, readFile) ?? defaultOf(option);
  }
  const root = rootKeyFrom(env, readFile);
  settings.rootAccessKey = root.accessKey;
  settings.rootSecretKey = root.secretKey;
  settings.masterKey =
    namesOf("masterKey")
      .map((name) => variable(name, env, readFile))
      .find((text) => text !== undefined) ?? "";
  return checked(settings as unknown as Settings);
}

function readFlags(args: readonly string[]): Map<keyof Settings, unknown> {
  const byFlag = new Map(options.flatMap((option) => (option.flag === undefined ? [] : [[option.flag, option] as const])));
  const config = Object.fromEntries([...byFlag].map(([flag, { kind }]) => [flag, { type: kind.type === "switch" ? ("boolean" as const) : ("string" as const) }]));
  const { tokens } = parseArgs({ args: [...args], options: config, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<keyof Settings, unknown>();
  for (const token of tokens) {
    if (token.kind === "positional") throw new SettingsError(`what is "${token.value}"? Settings are given as --name value (see: amphora help serve)`);
    if (token.kind === "option-terminator") continue;
    const option = byFlag.get(token.name);
    if (!option) {
      const near = nearest(token.name, [...byFlag.keys()]);
      throw new SettingsError(`unknown flag ${token.rawName}${near === undefined ? " (see: amphora help serve)" : `, do you mean --${near}?`}`);
    }
    if (option.kind.type === "switch") {
      values.set(option.key, token.value === undefined ? true : parseValue(option.kind, token.value, token.rawName));
      continue;
    }
    // `--port --data x` is a slip, not a port called "--data"
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) throw new SettingsError(`${token.rawName} needs a value`);
    const value = parseValue(option.kind, token.value, token.rawName);
    const before = values.get(option.key);
    values.set(option.key, Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value);
  }
  return values;
}

function fromEnvironment(option: Option, env: Environment, readFile: (path: string) => string): unknown {
  for (const name of option.env) {
    const text = variable(name, env, readFile);
    if (text !== undefined) return parseValue(option.kind, text, name);
  }
  return undefined;
}

/** The variable, or what is in the file that `<name>_FILE` names (a trailing line end is not part of it). Empty is unset. */
function variable(name: string, env: Environment, readFile: (path: string) => string): string | undefined {
  const path = env[`${name}_FILE`];
  const text = env[name];
  if (path === undefined || path === "") return text === "" ? undefined : text;
  if (text !== undefined && text !== "") throw new SettingsError(`both ${name} and ${name}_FILE are set; keep one`);
  try {
    return readFile(path).replace(/\r?\n$/, "");
  } catch (error) {
    throw new SettingsError(`${name}_FILE: ${(error as Error).message}`, { cause: error });
  }
}

function defaultOf(option: Option): unknown {
  const value = typeof option.default === "function" ? option.default() : option.default;
  return Array.isArray(value) ? [...value] : value;
}

/** Id and secret come from the same family of names: half of one and half of another is a mistake worth stopping for. */
function rootKeyFrom(env: Environment, readFile: (path: string) => string): { accessKey: string; secretKey: string } {
  const ids = namesOf("rootAccessKey");
  const secrets = namesOf("rootSecretKey");
  for (const [index, idName] of ids.entries()) {
    const secretName = secrets[index] as string;
    const family = idName.slice(0, idName.indexOf("_"));
    // temporary credentials of a cloud in somebody's shell are not meant for this server
    if ((family === "AWS" || family === "OSS") && env[`${family}_SESSION_TOKEN`]) continue;
    const accessKey = variable(idName, env, readFile);
    const secretKey = variable(secretName, env, readFile);
    if (accessKey === undefined && secretKey === undefined) continue;
    if (accessKey === undefined || secretKey === undefined)
      throw new SettingsError(`${accessKey === undefined ? secretName : idName} is set without ${accessKey === undefined ? idName : secretName}`);
    checkRootKey(accessKey, secretKey, idName, secretName);
    return { accessKey, secretKey };
  }
  return { accessKey: "", secretKey: "" };
}
const namesOf = (key: keyof Settings): readonly string[] => options.find((option) => option.key === key)?.env ?? [];

const secretLengthMin = 8;
const wellKnownSecrets = new Set([
  "minioadmin",
  "minio123",
  "rustfsadmin",
  "password",
  "password1",
  "passw0rd",
  "p4ssw0rd",
  "12345678",
  "123456789",
  "1234567890",
  "changeme",
  "changeit",
  "secretkey",
  "admin123",
  "adminadmin",
  "qwertyui",
  "letmein1",
]);

function checkRootKey(accessKey: string, secretKey: string, idName: string, secretName: string): void {
  if (!/^[A-Za-z0-9._-]{3,128}$/.test(accessKey)) throw new SettingsError(`${idName}: 3 to 128 letters, digits, dots, dashes and underscores`);
  if (secretKey.length < secretLengthMin) throw new SettingsError(`${secretName}: a secret has ${secretLengthMin} characters or more`);
  if (!/^[\x21-\x7e]{1,256}$/.test(secretKey)) throw new SettingsError(`${secretName}: at most 256 printable ASCII characters without blanks`);
  if (wellKnownSecrets.has(secretKey.toLowerCase()) || secretKey === accessKey) throw new SettingsError(`${secretName}: this secret is known to everybody; choose another`);
}

const volumeBytesMin = 1024 * 1024;
const domainPattern = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

function checked(settings: Settings): Settings {
  const address = settings.address.replace(/^\[(.*)\]$/, "$1");
  if (address !== "localhost" && isIP(address) === 0) throw new SettingsError(`--address: "${settings.address}" is not an IP address`);
  const domain = (name: string, flag: string): string => {
    const lower = name.toLowerCase().replace(/\.$/, "");
    if (!domainPattern.test(lower)) throw new SettingsError(`${flag}: "${name}" is not a domain name (no scheme, no port)`);
    return lower;
  };
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(settings.region))
    throw new SettingsError(`--region: "${settings.region}" is not a region's name (lower-case letters, digits and dashes)`);
  if (settings.publicUrl !== "" && !/^https?:$/.test(URL.parse(settings.publicUrl)?.protocol ?? ""))
    throw new SettingsError(`--public-url: "${settings.publicUrl}" is not an http or https URL`);
  if (settings.volumeBytes !== undefined && settings.volumeBytes < volumeBytesMin) throw new SettingsError(`--volume-size: at least ${volumeBytesMin} bytes`);
  addressList(settings.trustedProxies);
  parseBucketSpecs(settings.buckets);
  parseWebhooks(settings.webhooks ?? []);
  parseCallbackAllow(settings.callbackAllow ?? []);
  parseClassFolders(settings.classes ?? []);
  return {
    ...settings,
    address,
    domains: [...new Set(settings.domains.map((name) => domain(name, "--domain")))],
    websiteDomains: [...new Set((settings.websiteDomains ?? []).map((name) => domain(name, "--website-domain")))],
    hcpDomain: settings.hcpDomain === "" ? "" : domain(settings.hcpDomain, "--hcp-domain"),
  };
}

/** @throws SettingsError for what is no address and no CIDR */
export function addressList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", bits] = cidr.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const width = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (isIP(address) === 0 || !(prefix >= 0 && prefix <= width) || cidr.split("/").length > 2)
      throw new SettingsError(`--trusted-proxy: "${cidr}" is not an address or CIDR (10.0.0.0/8)`);
    list.addSubnet(address, prefix, family);
  }
  return list;
}
