/** `amphora tenant|account|key create|list|delete`. */
import { parseArgs } from "node:util";
import { nearest, SettingsError } from "../config/values.ts";
import { type AdminClient, adminClient } from "./admin-client.ts";
import { table } from "./table.ts";

type Row = Record<string, unknown>;
type Flags = Readonly<Record<string, string | boolean | undefined>>;
type Verb = {
  usage: string /** It takes the name of a thing. */;
  named?: true;
  flags?: readonly string[];
  run(client: AdminClient, names: readonly string[], flags: Flags): Promise<unknown> /** Columns of the human table. */;
  columns?: readonly string[];
};

const commonFlags = ["data", "endpoint"] as const;
const enc = encodeURIComponent;

/** The account meant by an id, or by a name in a tenant. */
async function accountId(client: AdminClient, value: string | boolean | undefined, tenant: string | boolean | undefined): Promise<string> {
  if (typeof value !== "string") throw new SettingsError("--account names an account: its id or its name (with --tenant, else default)");
  const { accounts } = (await client("GET", "/accounts")) as { accounts: { id: string; name: string; tenant: string }[] };
  const found =
    accounts.find(({ id }) => id === value) ?? accounts.find((account) => account.name === value && account.tenant === (typeof tenant === "string" ? tenant : "default"));
  if (!found) throw new SettingsError(`there is no account ${value}`);
  return found.id;
}
const listed = async (client: AdminClient, path: string, field: string): Promise<Row[]> => ((await client("GET", path)) as Record<string, Row[]>)[field] ?? [];

const tenantVerbs: Record<string, Verb> = {
  create: { usage: "amphora tenant create NAME", named: true, run: (client, [name]) => client("POST", "/tenants", { name }), columns: ["name"] },
  list: { usage: "amphora tenant list", run: (client) => listed(client, "/tenants", "tenants"), columns: ["name", "createdMs"] },
  delete: { usage: "amphora tenant delete NAME", named: true, run: (client, [name]) => client("DELETE", `/tenants/${enc(name as string)}`) },
};

const accountVerbs: Record<string, Verb> = {
  create: {
    usage:
      "amphora account create NAME [--tenant T] [--display-name D] [--email E] [--canonical-id HEX] [--uid DIGITS] [--hcp-password P [--hcp-username U] [--no-namespace-management]]",
    named: true,
    flags: ["tenant", "display-name", "email", "canonical-id", "uid", "hcp-username", "hcp-password", "no-namespace-management"],
    run: (client, [name], flags) =>
      client("POST", "/accounts", {
        name,
        tenant: flags.tenant,
        displayName: flags["display-name"],
        email: flags.email,
        canonicalId: flags["canonical-id"],
        uid: flags.uid,
        // an HCP account is one with a password; its user name is its own name, and it may make buckets, unless told otherwise
        ...(flags["hcp-password"] === undefined
          ? {}
          : { hcp: { username: flags["hcp-username"] ?? name, password: flags["hcp-password"], allowNamespaceManagement: flags["no-namespace-management"] !== true } }),
      }),
    columns: ["id", "tenant", "name", "canonicalId", "uid"],
  },
  list: {
    usage: "amphora account list [--tenant T]",
    flags: ["tenant"],
    run: (client, _names, { tenant }) => listed(client, typeof tenant === "string" ? `/accounts?tenant=${enc(tenant)}` : "/accounts", "accounts"),
    columns: ["id", "tenant", "name", "displayName", "email", "uid"],
  },
  delete: {
    usage: "amphora account delete ID|NAME [--tenant T]",
    named: true,
    flags: ["tenant"],
    run: async (client, [name], { tenant }) => client("DELETE", `/accounts/${enc(await accountId(client, name, tenant))}`),
  },
};

const keyVerbs: Record<string, Verb> = {
  create: {
    usage: "amphora key create --account ID|NAME [--tenant T] [--user U]",
    flags: ["account", "tenant", "user"],
    run: async (client, _names, { account, tenant, user }) => client("POST", `/accounts/${enc(await accountId(client, account, tenant))}/keys`, { user }),
    columns: ["id", "secret", "account", "user"],
  },
  list: {
    usage: "amphora key list --account ID|NAME [--tenant T]",
    flags: ["account", "tenant"],
    run: async (client, _names, { account, tenant }) => listed(client, `/accounts/${enc(await accountId(client, account, tenant))}/keys`, "keys"),
    columns: ["id", "account", "user", "status", "createdMs"],
  },
  delete: { usage: "amphora key delete KEY", named: true, run: (client, [id]) => client("DELETE", `/keys/${enc(id as string)}`) },
};

const command =
  (verbs: Record<string, Verb>) =>
  async (args: readonly string[]): Promise<number> => {
    const [name = "", ...rest] = args;
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    const usages = Object.values(verbs).map(({ usage }) => `  ${usage}`);
    if (!verb) throw new SettingsError(`what is to be done?\n${usages.join("\n")}`);
    const { names, flags } = parse(verb, rest);
    const answer = await verb.run(adminClient({ data: text(flags.data), endpoint: text(flags.endpoint), env: process.env }), names, flags);
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(answer ?? { deleted: names[0] })}\n`
        : answer === undefined
          ? `deleted ${names[0]}\n`
          : table([answer].flat() as Row[], verb.columns ?? []),
    );
    return 0;
  };
const text = (value: string | boolean | undefined): string | undefined => (typeof value === "string" ? value : undefined);

function parse(verb: Verb, args: readonly string[]): { names: string[]; flags: Flags } {
  const known = [...commonFlags, ...(verb.flags ?? [])];
  const switches = ["no-namespace-management", "json"];
  const options = Object.fromEntries([...known, "json"].map((name) => [name, { type: switches.includes(name) ? ("boolean" as const) : ("string" as const) }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    if (positionals.length !== (verb.named ? 1 : 0)) throw new SettingsError(`usage: ${verb.usage}`);
    return { names: positionals, flags: values as Flags };
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    const wrong = /'--?([\w-]+)/.exec((error as Error).message)?.[1];
    const near = wrong === undefined || known.includes(wrong) ? undefined : nearest(wrong, known);
    throw new SettingsError(`${(error as Error).message.split(". ")[0]}${near === undefined ? "" : `, do you mean --${near}?`}\nusage: ${verb.usage}`, { cause: error });
  }
}

export const tenantCommand = command(tenantVerbs);
export const accountCommand = command(accountVerbs);
export const keyCommand = command(keyVerbs);
