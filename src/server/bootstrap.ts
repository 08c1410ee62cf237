/** What every start makes sure of: the root account and its key, the identities of the file, the buckets of the settings. */
import { readFileSync } from "node:fs";
import { parseBucketSpecs } from "../config/bucket-specs.ts";
import type { Settings } from "../config/settings.ts";
import { SettingsError } from "../config/values.ts";
import type { Context, Core, Identities } from "../core/api.ts";
import { isDomainError } from "../core/errors.ts";
import type { Account, BucketName, TenantName } from "../core/model.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import { readIdentities } from "../dialects/admin/identities-file.ts";
import { VendorError } from "../dialects/error-table.ts";
import { newAdminToken, newRootKey, type RootCredentials, readCredentials, writeCredentials } from "./credentials.ts";

export const rootAccountName = "root";
const defaultTenant = "default" as TenantName;

/** `made`: this start made the root key, and shows it this once. */
export type PreparedCredentials = { credentials: RootCredentials; made: boolean };
export type BootstrapOptions = { core: Core; settings: Settings; clock: Clock; log: Log; credentials: RootCredentials };

/** @throws SettingsError for an identities file or a bucket that cannot be had */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  await ensureRoot(options);
  const root = await options.core.identity.accountBy("name", defaultTenant, rootAccountName);
  if (!root) throw new Error("the root account was made and cannot be found");
  await applyIdentities(options);
  await ensureBuckets(options, root, options.credentials.accessKeyId);
}

/** The root key of the settings, else of the file, else a new one; on disk when it returns, and not yet in force (that is `bootstrap`'s). */
export function prepareCredentials(settings: Settings, random: Random, log: Log): PreparedCredentials {
  const known = readCredentials(settings.data, log);
  const given = settings.rootAccessKey === "" ? undefined : { accessKeyId: settings.rootAccessKey, secretAccessKey: settings.rootSecretKey };
  const key = given ?? (known ? { accessKeyId: known.accessKeyId, secretAccessKey: known.secretAccessKey } : newRootKey(random));
  const credentials: RootCredentials = { ...key, adminToken: known?.adminToken ?? newAdminToken(random), ...(known?.endpoint === undefined ? {} : { endpoint: known.endpoint }) };
  // the file first: a key that is in force and written down nowhere would lock its owner out
  if (!known || known.accessKeyId !== key.accessKeyId || known.secretAccessKey !== key.secretAccessKey) writeCredentials(settings.data, credentials);
  return { credentials, made: !known && !given };
}

async function ensureRoot({ core, clock, log, credentials: { accessKeyId, secretAccessKey } }: BootstrapOptions): Promise<void> {
  await core.identity.apply({
    tenants: [{ name: defaultTenant }],
    accounts: [{ tenant: defaultTenant, name: rootAccountName, displayName: rootAccountName, root: true, keys: [{ accessKeyId, secretAccessKey }] }],
  });
  await revokeOldRootKeys(core, clock, accessKeyId, log);
}

/** A root key that was replaced (by the environment, or after its file was removed) opens nothing any more. */
async function revokeOldRootKeys(core: Core, clock: Clock, accessKeyId: string, log: Log): Promise<void> {
  const root = await core.identity.accountBy("name", defaultTenant, rootAccountName);
  if (!root) return;
  const context = rootContext(root, accessKeyId, clock, "amphora:ListKeys");
  for (const key of await core.identity.listKeys(context, root.id)) {
    if (key.id === accessKeyId || key.user !== undefined) continue;
    await core.identity.deleteKey(context, key.id);
    log.info("root.keyReplaced", { accessKeyId: key.id });
  }
}

async function applyIdentities({ core, settings, log }: BootstrapOptions): Promise<void> {
  if (settings.identities === "") return;
  let identities: Identities;
  try {
    identities = readIdentities(readFileSync(settings.identities, "utf8"));
  } catch (error) {
    const why = error instanceof VendorError ? error.answer.message : (error as Error).message;
    throw new SettingsError(`--identities: ${settings.identities}: ${why}`, { cause: error });
  }
  try {
    const { created, changed } = await core.identity.apply(identities);
    log.info("identities.applied", { created, changed });
  } catch (error) {
    if (!isDomainError(error)) throw error;
    throw new SettingsError(`--identities: ${settings.identities}: ${error.kind} ${JSON.stringify(error.detail)}`, { cause: error });
  }
}

async function ensureBuckets({ core, settings, clock }: BootstrapOptions, root: Account, accessKeyId: string): Promise<void> {
  for (const { name, acl } of parseBucketSpecs(settings.buckets)) {
    const context: Context = { ...rootContext(root, accessKeyId, clock, "amphora:CreateBucket"), capability: "service.createBucket" };
    try {
      await core.buckets.create(context, {
        tenant: defaultTenant,
        bucket: name as BucketName,
        ...(acl === undefined ? {} : { acl }),
        storageClass: "standard",
        redundancy: "local",
        region: "",
        overwrite: "allowed",
        ifOwned: "keep",
      });
    } catch (error) {
      if (!isDomainError(error)) throw error;
      throw new SettingsError(`--buckets: ${name}: ${error.kind === "bucketTaken" ? "another account has this bucket" : error.kind}`, { cause: error });
    }
  }
}

const startDeadlineMs = 30_000;
function rootContext(account: Account, accessKeyId: string, clock: Clock, action: string): Context {
  return {
    caller: { kind: "account", account, accessKeyId },
    capability: "admin",
    action,
    signal: new AbortController().signal,
    deadlineMs: clock.monotonicMs() + startDeadlineMs,
  };
}
