/** `<data>/root-credentials.json`: the root key and the admin token, for the owner of the folder and the command line. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Log, Random } from "../core/ports.ts";
import { writeSecretFile } from "./secret-file.ts";

export type RootCredentials = { accessKeyId: string; secretAccessKey: string; adminToken: string /** Where the running (or last) server listened. */; endpoint?: string };

export const credentialsFile = "root-credentials.json";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const mixedAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Evenly distributed: bytes beyond the largest multiple of the alphabet are drawn again. */
function randomText(random: Random, length: number, letters: string): string {
  const evenBelow = 256 - (256 % letters.length);
  let text = "";
  while (text.length < length) {
    for (const byte of random.bytes(length)) if (byte < evenBelow && text.length < length) text += letters[byte % letters.length];
  }
  return text;
}

export const newRootKey = (random: Random): { accessKeyId: string; secretAccessKey: string } => ({
  accessKeyId: `AK${randomText(random, 18, alphabet)}`,
  secretAccessKey: randomText(random, 40, mixedAlphabet),
});
export const newAdminToken = (random: Random): string => randomText(random, 48, mixedAlphabet);

/** undefined: there is none yet. Throws when the file is damaged: a new key is not made silently beside an old one. */
export function readCredentials(folder: string, log?: Log): RootCredentials | undefined {
  const path = join(folder, credentialsFile);
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return undefined;
  if ((status.mode & 0o077) !== 0) log?.warn("credentials.readable", { path, advice: "chmod 600" });
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<RootCredentials>;
    const { accessKeyId, secretAccessKey, adminToken, endpoint } = value;
    if (typeof accessKeyId === "string" && typeof secretAccessKey === "string" && typeof adminToken === "string" && adminToken.length >= 32) {
      return { accessKeyId, secretAccessKey, adminToken, ...(typeof endpoint === "string" ? { endpoint } : {}) };
    }
  } catch (error) {
    throw new Error(`${path} cannot be read; put it right, or remove it to have a new root key made`, { cause: error });
  }
  throw new Error(`${path} is damaged; put it right, or remove it to have a new root key made`);
}

/** Whole or not at all, and on the disk when it returns. */
export function writeCredentials(folder: string, credentials: RootCredentials): void {
  writeSecretFile(join(folder, credentialsFile), `${JSON.stringify(credentials, undefined, 2)}\n`);
}
