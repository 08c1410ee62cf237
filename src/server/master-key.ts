/**
 * The master key: from the settings, else `<data>/master-key`, which the first start makes. A store knows which key it was begun with (a row of the
 * machine): with another, or none, the server does not start, and a key that is missing is never replaced.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { SettingsError } from "../config/values.ts";
import { masterKeyOf } from "../core/encryption/master.ts";
import { tables } from "../core/keys.ts";
import type { Bytes, Log, MasterKey, MetadataStore, Random } from "../core/ports.ts";
import { fromBase64 } from "../lib/bytes.ts";
import { writeSecretFile } from "./secret-file.ts";

export const masterKeyFile = "master-key";
const keyBytes = 32;
const row = tables.machine.key("masterKey");

/** 64 hex digits, or base64 of 32 bytes. */
export function parseMasterKey(text: string): Bytes | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, "hex");
  const bytes = fromBase64(trimmed);
  return bytes?.length === keyBytes ? bytes : undefined;
}

/** @throws SettingsError when there is no key, or not the one this store was begun with */
export async function prepareMasterKey(options: { data: string; given: string; metadata: MetadataStore; random: Random; log: Log }): Promise<MasterKey> {
  const { data, given, metadata, random, log } = options;
  const expected = await begunWith(metadata);
  const path = join(data, masterKeyFile);
  const read = given === "" ? readFile(path, log) : given;
  if (read === undefined && expected !== undefined) {
    throw new SettingsError(
      `${path} is missing, and what this store holds may be encrypted under it (key ${expected}). Put it back, or give it as AMPHORA_MASTER_KEY; no other is made in its place`,
    );
  }
  const bytes = read === undefined ? random.bytes(keyBytes) : parseMasterKey(read);
  if (bytes === undefined) throw new SettingsError(`${given === "" ? path : "AMPHORA_MASTER_KEY"}: a master key is 32 bytes, in base64 or as 64 hex digits`);
  const key = masterKeyOf(bytes);
  if (expected !== undefined && key.id !== expected)
    throw new SettingsError(`${given === "" ? path : "AMPHORA_MASTER_KEY"} is not the master key this store was begun with (${expected}, not ${key.id})`);
  if (read === undefined) {
    writeSecretFile(path, `${Buffer.from(bytes).toString("base64")}\n`);
    log.info("masterKey.made", { path, id: key.id, advice: "keep a copy apart from the data: without it what is encrypted is lost" });
  }
  if (expected === undefined) {
    const outcome = await metadata.commit({ expect: [{ key: row, is: undefined }], put: [{ key: row, value: Buffer.from(key.id, "utf8") }], remove: [], add: [] });
    if (!outcome.committed) throw new Error("another process named the store's master key at the same time");
  }
  return key;
}

async function begunWith(metadata: MetadataStore): Promise<string | undefined> {
  const snapshot = await metadata.snapshot();
  try {
    const value = await snapshot.get(row);
    return value && Buffer.from(value).toString("utf8");
  } finally {
    snapshot.close();
  }
}

function readFile(path: string, log: Log): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return undefined;
  if ((status.mode & 0o077) !== 0) log.warn("masterKey.readable", { path, advice: "chmod 600" });
  return readFileSync(path, "utf8");
}
