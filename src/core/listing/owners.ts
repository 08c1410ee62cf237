/** The accounts that own what a page lists. */
import type { ListedItem } from "../api.ts";
import type { Account, AccountId } from "../model.ts";
import type { Ports } from "../ports.ts";
import { onView } from "../view.ts";

export async function ownersOf(ports: Ports, items: readonly ListedItem[]): Promise<Map<AccountId, Account>> {
  const ids = new Set<AccountId>();
  for (const item of items) if ("version" in item) ids.add(item.version.owner);
  const owners = new Map<AccountId, Account>();
  if (ids.size === 0) return owners;
  await onView(ports, async (view) => {
    for (const id of ids) owners.set(id, await view.owner(id));
  });
  return owners;
}
