/** UpdateObjectEncryption of S3: the named key that keeps a version's own key becomes another; no byte and nothing else of it changes. */
import type { Context, VersionResult } from "../api.ts";
import { fail } from "../errors.ts";
import { findVersion, objectTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { judgeRemoval } from "../retention/judge.ts";
import { transact } from "../transact.ts";
import type { EncryptionVerbs } from "./api.ts";
import { rekeep } from "./protect.ts";

/** Throws what `findVersion` throws, encryptionFixed (none, a customer's, or two layers), versionLocked, encryptionKeyMissing, encryptionKeyDisabled. */
export async function changeKey(ports: Ports, context: Context, input: Parameters<EncryptionVerbs["changeKey"]>[1]): Promise<VersionResult> {
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const { bucket, chain, version: found } = await findVersion(view, context, input, input.version);
    const before = await chain.whole(found);
    const { encryption } = before;
    if (!encryption || encryption.mode === "customer" || encryption.outer !== undefined)
      return fail("encryptionFixed", { kept: encryption === undefined ? "plain" : encryption.mode === "customer" ? "customer" : "twice" });
    judgeRemoval(before, { bypass: false, nowMs: await retentionNowMs(view) });
    change.expect(bucket.stateKey, bucket.stateValue);
    const { keyName, perBucket } = input;
    const { cipher } = encryption;
    const asked = { mode: "key", keyName, perBucket, ...(cipher === undefined ? {} : { cipher }) } as const;
    const version = { ...before, encryption: await rekeep(ports, encryption, undefined, asked) };
    await chain.replace(version);
    await chain.writeTo(change);
    return { version, versioning: bucket.state.versioning };
  });
}
