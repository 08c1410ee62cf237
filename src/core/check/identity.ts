/** The rows that find accounts, users and keys agree with what they find. */

import { decodeAccessKey, decodeAccountRef, decodeHcpUser, decodeUser, uniqueFields } from "../identity/rows.ts";
import { tables } from "../keys.ts";
import type { Account, AccountId } from "../model.ts";
import type { Ports } from "../ports.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { decodeAccount } from "../records.ts";
import { onView } from "../view.ts";
import type { Report } from "./problem.ts";

export async function checkIdentity(ports: Ports, report: Report): Promise<void> {
  const accounts = new Map<AccountId, Account>();
  for await (const { key, value } of rowsOf(ports, tables.account.range())) accounts.set(tables.account.read(key)[0], decodeAccount(value));
  for (const account of accounts.values()) {
    for (const field of uniqueFields) {
      if (account[field] === "") continue;
      const row = await onView(ports, (view) => view.get(tables.accountBy.key(field, account.tenant, account[field])));
      if (!row || decodeAccountRef(row) !== account.id) report("identityRowWrong", `account ${account.name}`, `it is not found by its ${field}`);
    }
  }
  for await (const { key, value } of rowsOf(ports, tables.accountBy.range())) {
    const [field, tenant, text] = tables.accountBy.read(key);
    if (!accounts.has(decodeAccountRef(value))) report("identityRowWrong", `${field} ${tenant}/${text}`, "it finds an account that is not there");
  }
  for await (const { key, value } of rowsOf(ports, tables.hcpUser.range())) {
    if (!accounts.has(decodeHcpUser(value).account)) report("identityRowWrong", `HCP user ${tables.hcpUser.read(key).join("/")}`, "its account is not there");
  }
  for await (const { key } of rowsOf(ports, tables.holder.range())) {
    const [account, kind, name] = tables.holder.read(key);
    if (!accounts.has(account)) report("identityRowWrong", `${kind} ${name}`, "its account is not there");
  }
  for await (const { key, value } of rowsOf(ports, tables.user.range())) {
    const [account, name] = tables.user.read(key);
    for (const group of decodeUser(value).groups ?? []) {
      const row = await onView(ports, (view) => view.get(tables.holder.key(account, "group", group)));
      if (row === undefined) report("identityRowWrong", `user ${name}`, `its group ${group} is not there`);
    }
  }
  for await (const { key, value } of rowsOf(ports, tables.accessKey.range())) {
    const [id] = tables.accessKey.read(key);
    const { account, user } = decodeAccessKey(value);
    if (!accounts.has(account)) report("identityRowWrong", `access key ${id}`, "its account is not there");
    const [listed, owner] = await onView(ports, async (view) => [
      await view.get(tables.keyOfAccount.key(account, id)),
      user === undefined || (await view.get(tables.user.key(account, user))),
    ]);
    if (!listed) report("identityRowWrong", `access key ${id}`, "its account's list does not have it");
    if (!owner) report("identityRowWrong", `access key ${id}`, "its user is not there");
  }
}
