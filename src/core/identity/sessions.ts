/**
 * Temporary keys. A token holds all that is known of its key (the secret, whose it is, until when, what it may do at most), sealed under a key made of
 * the master key: nothing is stored for it and nothing has to be swept (docs/decisions/0023). What it stands on is looked up each time: the key it was
 * issued with, the user, the role. Whoever takes one of these away ends all that was issued on it.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { lruCache } from "../../lib/lru.ts";
import type { Policy } from "../access/policy/model.ts";
import { derivedKey, unwrapKey, wrapKey } from "../encryption/master.ts";
import { tables } from "../keys.ts";
import type { AccountId, Caller, Role, Session } from "../model.ts";
import type { MasterKey, Ports } from "../ports.ts";
import { decodeJson } from "../records.ts";
import { onView, type View } from "../view.ts";
import { decodeAccessKey } from "./rows.ts";

export const sessionLimits = { secondsMin: 900, tokenBytesMax: 16 * 1024, openedMax: 2_000 } as const;

/** `by`: the key that was signed with when it was issued. */
export type SealedSession = {
  id: string;
  secret: string;
  account: AccountId;
  user?: string;
  role?: { name: string; id: string; session: string };
  by: string;
  issuedMs: number;
  expiresMs: number;
  policy?: Policy;
};

const purpose = "session token 1";
const sealingKeys = new WeakMap<MasterKey, Buffer>();
function sealingKey({ master }: Ports): Buffer {
  if (master === undefined) throw new Error("Sessions need a master key");
  let key = sealingKeys.get(master);
  if (key === undefined) sealingKeys.set(master, (key = derivedKey(master.bytes, "session tokens")));
  return key;
}

/** Base64. */
export const sealSession = (ports: Ports, session: SealedSession): string =>
  wrapKey(ports.random, sealingKey(ports), deflateRawSync(JSON.stringify(session)), purpose).toString("base64");

/** Of this process: a token is opened once, and the policy it carries stays one object. */
const opened = new WeakMap<MasterKey, ReturnType<typeof lruCache<string, SealedSession>>>();

function openSealed(ports: Ports, token: string): SealedSession | undefined {
  const master = ports.master as MasterKey;
  let cache = opened.get(master);
  if (cache === undefined) opened.set(master, (cache = lruCache<string, SealedSession>(sessionLimits.openedMax)));
  const known = cache.get(token);
  if (known !== undefined) return known;
  if (token.length > (sessionLimits.tokenBytesMax * 4) / 3) return undefined;
  const bytes = unwrapKey(sealingKey(ports), Buffer.from(token, "base64"), purpose);
  if (bytes === undefined) return undefined;
  const session = JSON.parse(inflateRawSync(bytes, { maxOutputLength: 16 * sessionLimits.tokenBytesMax }).toString("utf8")) as SealedSession;
  cache.set(token, session);
  return session;
}

/** `invalid`: not sealed by this store, or what it stands on is gone. */
export type OpenedSession =
  | { outcome: "invalid" }
  | { outcome: "expired"; expiresMs: number }
  | { outcome: "good"; id: string; secret: string; by: string; caller: Exclude<Caller, { kind: "anonymous" }> };

export async function openSession(ports: Ports, token: string): Promise<OpenedSession> {
  const sealed = ports.master === undefined ? undefined : openSealed(ports, token);
  if (sealed === undefined) return { outcome: "invalid" };
  if (ports.clock.wallMs() >= sealed.expiresMs) return { outcome: "expired", expiresMs: sealed.expiresMs };
  const caller = await onView(ports, (view) => callerOf(view, sealed));
  return caller === undefined ? { outcome: "invalid" } : { outcome: "good", id: sealed.id, secret: sealed.secret, by: sealed.by, caller };
}

async function callerOf(view: View, sealed: SealedSession): Promise<Exclude<Caller, { kind: "anonymous" }> | undefined> {
  const key = await view.get(tables.accessKey.key(sealed.by));
  if (key === undefined || decodeAccessKey(key).status !== "active") return undefined;
  const account = await view.account(sealed.account);
  if (account === undefined) return undefined;
  const { id: accessKeyId, expiresMs, policy } = sealed;
  const session: Session = { expiresMs, ...(policy === undefined ? {} : { policy }) };
  if (sealed.role !== undefined) {
    const row = await view.get(tables.holder.key(sealed.account, "role", sealed.role.name));
    const role = row && decodeJson<Role>(row);
    if (role === undefined || role.id !== sealed.role.id || (role.endedMs ?? 0) >= sealed.issuedMs) return undefined;
    return { kind: "role", account, role: role.name, accessKeyId, session: { ...session, roleId: role.id, name: sealed.role.session } };
  }
  if (sealed.user === undefined) return { kind: "account", account, accessKeyId, session };
  return (await view.get(tables.user.key(sealed.account, sealed.user))) === undefined ? undefined : { kind: "user", account, user: sealed.user, accessKeyId, session };
}
