/** The admin API's client: asks, and says in one sentence what was refused. */
import type { Call, serverFlags } from "./command.ts";
import { CommandError, exitOfStatus } from "./exits.ts";
import { knownServer, nobodyAsks, type WhichServer } from "./known-server.ts";

export type ServerEvent = { event: string; data: unknown };
/** Asks once, with an answer in JSON; `events` listens to a stream of server-sent events until it ends. */
export type AdminClient = ((method: "GET" | "POST" | "DELETE", path: string, body?: unknown) => Promise<unknown>) & {
  events(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent>;
};

const requestMsMax = 60_000;
const eventCharactersMax = 4 * 1024 * 1024;

/** The client that a command's flags and environment name. */
export const adminOf = ({ flags, env }: Pick<Call<typeof serverFlags>, "flags" | "env">): AdminClient => adminClient({ data: flags.data, endpoint: flags.endpoint, env });
/** `?tenant=` for an operation about a bucket; nothing for the default one. */
export const inTenant = (tenant: string | undefined): string => (tenant === undefined ? "" : `?tenant=${encodeURIComponent(tenant)}`);

export function adminClient(options: WhichServer): AdminClient {
  const { endpoint, adminToken: token } = knownServer(options);
  if (token === undefined) throw nobodyAsks("AMPHORA_ADMIN_TOKEN");
  const send = async (path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> => {
    const response = await fetch(`${endpoint}/-/admin/v1${path}`, { ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } }).catch((error: unknown) => {
      throw new CommandError("unavailable", `no server answers at ${endpoint} (${causeOf(error)}); is it running?`, { cause: error });
    });
    if (response.ok) return response;
    throw new CommandError(exitOfStatus(response.status), messageOf(await response.text()) ?? `the server at ${endpoint} answered ${response.status}`);
  };
  return Object.assign(
    async (method: string, path: string, body?: unknown) => {
      const signal = AbortSignal.timeout(requestMsMax);
      const response = await send(path, { method, signal, ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }) });
      const text = await response.text();
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
    {
      async *events(path: string, signal: AbortSignal) {
        const { body } = await send(path, { signal, headers: { Accept: "text/event-stream" } });
        if (body) yield* readEvents(body);
      },
    },
  );
}

/** The kinds of line that our server sends; comments keep the connection alive. */
async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > eventCharactersMax) throw new Error(`an event of more than ${eventCharactersMax} characters`);
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const data = field("data");
      if (data !== undefined) yield { event: field("event") ?? "message", data: JSON.parse(data) as unknown };
    }
  }
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
