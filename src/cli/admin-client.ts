/** The admin API's client: finds the server and the token, asks, and says in one sentence what was refused. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultDataFolder } from "../config/options.ts";
import { SettingsError } from "../config/values.ts";
import { credentialsFile } from "../server/credentials.ts";
import type { Call, serverFlags } from "./command.ts";
import { CommandError, exitOfStatus } from "./exits.ts";

export type AdminClient = (method: "GET" | "POST" | "DELETE", path: string, body?: unknown) => Promise<unknown>;

export type ClientOptions = { data?: string | undefined; endpoint?: string | undefined; env: Readonly<Record<string, string | undefined>> };

const requestMsMax = 60_000;

/** The client that a command's flags and environment name. */
export const adminOf = ({ flags, env }: Pick<Call<typeof serverFlags>, "flags" | "env">): AdminClient => adminClient({ data: flags.data, endpoint: flags.endpoint, env });
/** `?tenant=` for an operation about a bucket; nothing for the default one. */
export const inTenant = (tenant: string | undefined): string => (tenant === undefined ? "" : `?tenant=${encodeURIComponent(tenant)}`);

export function adminClient(options: ClientOptions): AdminClient {
  const { endpoint, token } = whereAndWho(options);
  return async (method, path, body) => {
    const response = await fetch(`${endpoint}/-/admin/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestMsMax),
    }).catch((error: unknown) => {
      throw new CommandError("unavailable", `no server answers at ${endpoint} (${causeOf(error)}); is it running?`, { cause: error });
    });
    const text = await response.text();
    if (response.ok) return text === "" ? undefined : (JSON.parse(text) as unknown);
    throw new CommandError(exitOfStatus(response.status), messageOf(text) ?? `the server at ${endpoint} answered ${response.status}`);
  };
}

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
};
function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}

function whereAndWho({ data, endpoint, env }: ClientOptions): { endpoint: string; token: string } {
  const file = readFile(data ?? env.AMPHORA_DATA ?? defaultDataFolder);
  const where = endpoint ?? env.AMPHORA_ENDPOINT ?? file?.endpoint;
  const token = env.AMPHORA_ADMIN_TOKEN ?? file?.adminToken;
  if (where === undefined || token === undefined) {
    throw new SettingsError(`no ${credentialsFile} that can be read in the data folder: give --data, or AMPHORA_ENDPOINT and AMPHORA_ADMIN_TOKEN`);
  }
  return { endpoint: where.replace(/\/+$/, ""), token };
}
function readFile(folder: string): { endpoint?: string; adminToken?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, credentialsFile), "utf8")) as { endpoint?: string; adminToken?: string };
  } catch {
    return undefined;
  }
}
