import type { Account, AccountId } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";

/** `<Owner>` (or `<Initiator>`) with canonical id and display name. Objects nobody signed for belong to nobody. */
export function ownerElement(account: Account | undefined, name = "Owner"): string {
  const id = account?.canonicalId ?? anonymousCanonicalId;
  return xmlElement(name, xmlText("ID", id) + xmlText("DisplayName", account?.displayName ?? ""));
}
/** What S3 shows for anonymous writers. */
const anonymousCanonicalId = "65a011a29cdf8ec533ec3d1ccaae921c";

export const ownerIn = (owners: ReadonlyMap<AccountId, Account>, id: AccountId, name = "Owner"): string => ownerElement(owners.get(id), name);
