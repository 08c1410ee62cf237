/** Whose an access key is, for every dialect: a lasting key, or a temporary one with its token. */
import type { Core } from "../core/api.ts";
import type { Caller } from "../core/model.ts";
import type { Clock } from "../core/ports.ts";
import { AuthFailure } from "./signing-failure.ts";

/** `lasting`: the key that stands behind it; the same one where it is no temporary key. */
export type KeyHolder = { secret: string; caller: Exclude<Caller, { kind: "anonymous" }>; lasting: string };

/** What the ids of temporary keys begin with: of either vendor's form, which one gets by the way one asked. */
export const temporaryPrefixes = { oss: "STS.", s3: "ASIA" } as const;
const isTemporary = (accessKeyId: string): boolean => accessKeyId.startsWith(temporaryPrefixes.oss) || accessKeyId.startsWith(temporaryPrefixes.s3);

function holderOf(found: Awaited<ReturnType<Core["identity"]["accessKey"]>>, accessKeyId: string): KeyHolder | undefined {
  if (!found) {
    if (isTemporary(accessKeyId)) throw new AuthFailure("tokenMissing", { accessKeyId });
    return undefined;
  }
  if (found.key.status !== "active") throw new AuthFailure("inactiveKey", { accessKeyId });
  const { account, key } = found;
  const caller = key.user === undefined ? ({ kind: "account", account, accessKeyId } as const) : ({ kind: "user", account, user: key.user, accessKeyId } as const);
  return { secret: key.secret, caller, lasting: accessKeyId };
}

/** Looked up afresh for every request. Undefined: nobody's. Throws AuthFailure inactiveKey, tokenMissing, tokenInvalid, tokenForeign, tokenExpired. */
export function keyHolder(core: Core, clock: Clock, accessKeyId: string, token: string | undefined): Promise<KeyHolder | undefined> {
  return token === undefined ? core.identity.accessKey(accessKeyId).then((found) => holderOf(found, accessKeyId)) : temporaryHolder(core, clock, accessKeyId, token);
}

async function temporaryHolder(core: Core, clock: Clock, accessKeyId: string, token: string): Promise<KeyHolder> {
  const opened = await core.identity.session(token);
  switch (opened.outcome) {
    case "invalid":
      throw new AuthFailure("tokenInvalid", { token });
    case "expired":
      throw new AuthFailure("tokenExpired", { token, expiresMs: opened.expiresMs, serverMs: clock.wallMs() });
    case "good":
      if (opened.id !== accessKeyId) throw new AuthFailure("tokenForeign", { accessKeyId, token });
      return { secret: opened.secret, caller: opened.caller, lasting: opened.by };
  }
}
