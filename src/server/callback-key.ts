/** The key that callbacks are signed with: `<data>/callback-key`, made by the first start, readable by its owner only. Its public half is served under `/-/`. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { SettingsError } from "../config/values.ts";
import type { Log } from "../core/ports.ts";
import { writeSecretFile } from "./secret-file.ts";

export const callbackKeyFile = "callback-key";
/** Where the public half is, on hosts that name no bucket. */
export const callbackKeyPath = "/-/callback-key.pem";
const bitsOfKey = 2048;

/** On disk when it resolves. @throws SettingsError when the file holds no RSA key */
export async function prepareCallbackKey(data: string, log: Log): Promise<void> {
  const path = join(data, callbackKeyFile);
  const status = statSync(path, { throwIfNoEntry: false });
  if (status) {
    if ((status.mode & 0o077) !== 0) log.warn("callbackKey.readable", { path, advice: "chmod 600" });
    readKey(path);
    return;
  }
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: bitsOfKey });
  writeSecretFile(path, privateKey.export({ type: "pkcs8", format: "pem" }) as string);
}

function readKey(path: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SettingsError(`${path} holds no private key that can be read`, { cause: error });
  }
  if (key.asymmetricKeyType !== "rsa") throw new SettingsError(`${path}: callbacks are signed with an RSA key`);
  return key;
}

export type CallbackKey = {
  publicPem(): string;
  /** Of RSA with MD5, as receivers of this vendor's callbacks verify it; in base64. */
  sign(bytes: Uint8Array): Promise<string>;
};

/** Read when it is first needed, in each thread. */
export function openCallbackKey(data: string): CallbackKey {
  let key: KeyObject | undefined;
  const loaded = (): KeyObject => {
    key ??= readKey(join(data, callbackKeyFile));
    return key;
  };
  return callbackKeyOf(loaded);
}

export function callbackKeyOf(key: () => KeyObject): CallbackKey {
  const signed = promisify<string, Uint8Array, KeyObject, Buffer>(sign);
  return {
    publicPem: () => createPublicKey(key()).export({ type: "spki", format: "pem" }) as string,
    sign: async (bytes) => (await signed("RSA-MD5", bytes, key())).toString("base64"),
  };
}
