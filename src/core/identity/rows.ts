/** The rows of identities, written and read for all verbs here. Secrets stand in them as they are: HMAC needs them. They are never logged. */
import { createHash } from "node:crypto";
import { successor } from "../../lib/bytes.ts";
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { AccessKey, Account, AccountId, Tenant, TenantName, User } from "../model.ts";
import type { Bytes, Entry, KeyRange, Ports } from "../ports.ts";
import { decodeAccount, decodeJson, encodeAccount, encodeJson } from "../records.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import { identityLimits } from "./validate.ts";

export const defaultTenant = "default" as TenantName;

export const encodeTenant = (tenant: Tenant): Bytes => encodeJson(tenant);
export const decodeTenant = (value: Bytes): Tenant => decodeJson<Tenant>(value);
export const encodeUser = (user: User): Bytes => encodeJson(user);
export const decodeUser = (value: Bytes): User => decodeJson<User>(value);
export const encodeAccessKey = (key: AccessKey): Bytes => encodeJson(key);
export const decodeAccessKey = (value: Bytes): AccessKey => decodeJson<AccessKey>(value);
export type HcpUserRow = { account: AccountId; passwordMd5: string };
export const encodeHcpUser = (row: HcpUserRow): Bytes => encodeJson(row);
export const decodeHcpUser = (value: Bytes): HcpUserRow => decodeJson<HcpUserRow>(value);
export const encodeAccountRef = (id: AccountId): Bytes => encodeJson(id);
export const decodeAccountRef = (value: Bytes): AccountId => decodeJson<AccountId>(value);

/** HCP's secret key: lower-case hex MD5 of the password (facts: Hitachi "Generating an authorization token"). */
export const passwordMd5 = (password: string): string => createHash("md5").update(password, "utf8").digest("hex");

/** Fields that name one account of a tenant. Empty values name nobody. */
export const uniqueFields = ["canonicalId", "uid", "accountId", "email", "name"] as const;

/** Runs one change of identities: for the root account only, one at a time per process when they meet. */
export function change<T>(ports: Ports, context: Context, attempt: (view: View, change: Change) => Promise<T>): Promise<T> {
  authorizeAdmin(context);
  return changeUnasked(ports, context, attempt);
}
/** As `change`, for the program itself (first start, `--identities`). */
export const changeUnasked = <T>(ports: Ports, context: Pick<Context, "deadlineMs" | "signal">, attempt: (view: View, change: Change) => Promise<T>): Promise<T> =>
  transact(ports, context, tables.machine.key("identity"), attempt);

const pageRows = 1000;
/** All rows of a range, page by page, each page in a snapshot of its own; at most `identityLimits.listedMax`. */
export async function listRows(ports: Ports, range: KeyRange): Promise<Entry[]> {
  const rows: Entry[] = [];
  for (let from = range.from; rows.length < identityLimits.listedMax; ) {
    const page = await onView(ports, async (view) => {
      const cursor = view.scan({ from, to: range.to });
      const entries = await cursor.next(pageRows);
      cursor.close();
      return entries;
    });
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < pageRows) break;
    from = successor(last.key);
  }
  return rows;
}

/** How many rows a range has, counted no further than `max`. */
export async function countRows(view: View, range: KeyRange, max: number): Promise<number> {
  const cursor = view.scan({ ...range, keysOnly: true });
  const { length } = await cursor.next(max);
  cursor.close();
  return length;
}

export async function requireTenant(view: View, change: Change, name: string): Promise<void> {
  const key = tables.tenant.key(name as TenantName);
  const value = await view.get(key);
  if (value === undefined) fail("invalidArgument", { argument: "tenant", value: name, why: "there is no such tenant" });
  change.expect(key, value);
}

/** The account as read, which the change then expects. */
export async function requireAccount(view: View, change: Change, id: AccountId): Promise<Account> {
  const key = tables.account.key(id);
  const value = await view.get(key);
  if (value === undefined) fail("accountMissing", { name: id });
  change.expect(key, value);
  return decodeAccount(value);
}

/** Puts the account with the next epoch: what workers cached about it is void. */
export const touchAccount = (change: Change, account: Account): void => {
  change.put(tables.account.key(account.id), encodeAccount({ ...account, epoch: account.epoch + 1 }));
};

/** The rows that find an account by its unique fields: those of `before` go, those of `after` come (nameTaken when they are another's). */
export async function moveFieldRows(view: View, change: Change, before: Account | undefined, after: Account | undefined): Promise<void> {
  for (const field of uniqueFields) {
    const [old, new_] = [before?.[field] ?? "", after?.[field] ?? ""];
    if (before && after && old === new_ && before.tenant === after.tenant) continue;
    if (before && old !== "") {
      const key = tables.accountBy.key(field, before.tenant, old);
      change.expect(key, await view.get(key)).remove(key);
    }
    if (after && new_ !== "") {
      const key = tables.accountBy.key(field, after.tenant, new_);
      const held = await view.get(key);
      if (held !== undefined && decodeAccountRef(held) !== after.id) fail("nameTaken", { what: field, name: new_ });
      change.expect(key, held).put(key, encodeAccountRef(after.id));
    }
  }
}
