/** Which server is asked, and with which keys: flags, then the environment, then what the data folder says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultDataFolder } from "../config/options.ts";
import type { Environment } from "../config/read.ts";
import { SettingsError } from "../config/values.ts";
import { credentialsFile } from "../server/credentials.ts";

export type WhichServer = { data?: string | undefined; endpoint?: string | undefined; env: Environment };
export type KnownServer = { endpoint: string; adminToken?: string; key?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } };

/** Throws SettingsError when no address is known. Keys of a data folder are for the server at its address alone. */
export function knownServer({ data, endpoint, env }: WhichServer): KnownServer {
  const file = readFile(data ?? env.AMPHORA_DATA ?? defaultDataFolder);
  const where = endpoint ?? env.AMPHORA_ENDPOINT ?? file?.endpoint;
  if (where === undefined) throw nobodyAsks("AMPHORA_ENDPOINT");
  const adminToken = env.AMPHORA_ADMIN_TOKEN ?? file?.adminToken;
  const key = keyIn(env) ?? (file?.accessKeyId && file.secretAccessKey ? { accessKeyId: file.accessKeyId, secretAccessKey: file.secretAccessKey } : undefined);
  return { endpoint: where.replace(/\/+$/, ""), ...(adminToken === undefined ? {} : { adminToken }), ...(key ? { key } : {}) };
}

/** What is missing, and where it would be looked for. */
export const nobodyAsks = (names: string): SettingsError => new SettingsError(`no ${credentialsFile} that can be read in the data folder: give --data, or ${names}`);

/** Does somebody act with a key of their own, and not as who has the data folder? */
export const hasOwnKey = (env: Environment): boolean => keyIn(env) !== undefined;

function keyIn(env: Environment): KnownServer["key"] {
  const { AMPHORA_ACCESS_KEY_ID: accessKeyId, AMPHORA_SECRET_ACCESS_KEY: secretAccessKey, AMPHORA_SESSION_TOKEN: sessionToken } = env;
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) throw new SettingsError("AMPHORA_ACCESS_KEY_ID and AMPHORA_SECRET_ACCESS_KEY go together");
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function readFile(folder: string): { endpoint?: string; adminToken?: string; accessKeyId?: string; secretAccessKey?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, credentialsFile), "utf8")) as Record<string, string>;
  } catch {
    return undefined;
  }
}
