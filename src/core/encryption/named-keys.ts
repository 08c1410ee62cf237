/** Keys that have names: kept wrapped under the master key, in rows of their own. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Bytes, MasterKey, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { decodedOnce } from "../row-cache.ts";
import { transact } from "../transact.ts";
import { onView } from "../view.ts";
import type { EncryptionVerbs, NamedKey } from "./api.ts";
import { sealing } from "./chunks.ts";
import { keyCache } from "./key-cache.ts";
import { derivedKey, unwrapKey, wrapKey } from "./master.ts";

export const namedKeyLimits = { nameCharactersMax: 256, keysMax: 1000 } as const;

type KeyRecord = NamedKey & { wrapped: string };
type AliasRecord = { aliasOf: string };
export type FoundKey = { id: string; bytes: Bytes };

const purposeOf = (id: string): string => `named key\0${id}`;
export const aliasPrefix = "alias/";
const toKey = ({ id, alias, status, createdMs }: KeyRecord): NamedKey => ({ id, ...(alias === undefined ? {} : { alias }), status, createdMs });

export function masterOf(ports: Ports): MasterKey {
  return ports.master ?? fail("notSupported", { what: "encryption without a master key" });
}

const uuid = (hex: string): string => `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
const defaultKeyId = (master: MasterKey): string => uuid(derivedKey(master.bytes, "default key id").toString("hex"));
const derivedOf = (master: MasterKey, id: string): FoundKey => ({ id, bytes: derivedKey(master.bytes, `key by name\0${id}`) });

const decoded = decodedOnce((value) => decodeJson<KeyRecord | AliasRecord>(value));

async function readKey(ports: Ports, name: string): Promise<KeyRecord | undefined> {
  return onView(ports, async (view) => {
    const found = await view.get(tables.encryptionKey.key(name));
    if (found === undefined) return undefined;
    const record = decoded(found);
    if (!("aliasOf" in record)) return record;
    const meant = await view.get(tables.encryptionKey.key(record.aliasOf));
    return meant === undefined ? undefined : (decoded(meant) as KeyRecord);
  });
}
function judgeUse(master: MasterKey, { id, status }: KeyRecord): void {
  if (status !== "disabled") return;
  keyCache(master).forget(id);
  fail("encryptionKeyDisabled", { keyId: id });
}
function bytesOf(master: MasterKey, { id, wrapped }: KeyRecord): FoundKey {
  const bytes = unwrapKey(master.bytes, Buffer.from(wrapped, "base64"), purposeOf(id));
  if (!bytes) throw new Error(`The encryption key ${id} was not wrapped by this master key`);
  return { id, bytes };
}

/** For writing. "" is the store's default key. Throws encryptionKeyMissing, encryptionKeyDisabled. */
export async function keyToWrite(ports: Ports, name: string): Promise<FoundKey> {
  const master = masterOf(ports);
  if (name === "") return derivedOf(master, defaultKeyId(master));
  const record = await readKey(ports, name);
  if (record) {
    judgeUse(master, record);
    return bytesOf(master, record);
  }
  if (name === defaultKeyId(master) || master.anyName === true) return derivedOf(master, name);
  return fail("encryptionKeyMissing", { keyName: name });
}
/** For reading: what was written when any name was a key stays readable. Throws encryptionKeyDisabled; the key is unwrapped when it is called for. */
export async function keyToRead(ports: Ports, id: string): Promise<() => Bytes> {
  const master = masterOf(ports);
  const record = await readKey(ports, id);
  if (record) judgeUse(master, record);
  return () => (record ? bytesOf(master, record) : derivedOf(master, id)).bytes;
}

async function createKey(ports: Ports, context: Context, input: Parameters<EncryptionVerbs["createKey"]>[1]): Promise<NamedKey> {
  authorizeAdmin(context);
  const master = masterOf(ports);
  const { alias } = input;
  const id = input.id ?? uuid(Buffer.from(ports.random.bytes(16)).toString("hex"));
  const refuse = (argument: string, value: string, why: string): never => fail("invalidArgument", { argument, value: value.slice(0, 64), why });
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(id)) refuse("id", id, "1 to 256 letters, digits, - and _");
  if (alias !== undefined && !/^[A-Za-z0-9/_-]{1,256}$/.test(alias)) refuse("alias", alias, "1 to 256 letters, digits, /, - and _");
  const wrapped = wrapKey(ports.random, master.bytes, ports.random.bytes(sealing.keyBytes), purposeOf(id)).toString("base64");
  const record: KeyRecord = { id, ...(alias === undefined ? {} : { alias }), status: "enabled", createdMs: ports.clock.wallMs(), wrapped };
  return transact(ports, context, tables.machine.key("encryption keys"), async (view, change) => {
    const cursor = view.scan({ ...tables.encryptionKey.range(), keysOnly: true });
    const count = (await cursor.next(namedKeyLimits.keysMax * 2)).length;
    cursor.close();
    if (count >= namedKeyLimits.keysMax * 2) refuse("id", id, `there are at most ${namedKeyLimits.keysMax} keys`);
    const rows: [name: string, value: KeyRecord | AliasRecord][] = [
      [id, record],
      ...(alias === undefined ? [] : [[`${aliasPrefix}${alias}`, { aliasOf: id }] as [string, AliasRecord]]),
    ];
    for (const [name, value] of rows) {
      const key = tables.encryptionKey.key(name);
      if ((await view.get(key)) !== undefined) fail("nameTaken", { what: "an encryption key", name });
      change.expect(key, undefined).put(key, encodeJson(value));
    }
    return toKey(record);
  });
}

function listKeys(ports: Ports, context: Context): Promise<NamedKey[]> {
  authorizeAdmin(context);
  return onView(ports, async (view) => {
    const cursor = view.scan(tables.encryptionKey.range());
    const rows = await cursor.next(namedKeyLimits.keysMax * 2);
    cursor.close();
    return rows.flatMap(({ value }) => {
      const record = decodeJson<KeyRecord | AliasRecord>(value);
      return "aliasOf" in record ? [] : [toKey(record)];
    });
  });
}

function setKeyStatus(ports: Ports, context: Context, { id, status }: Parameters<EncryptionVerbs["setKeyStatus"]>[1]): Promise<NamedKey> {
  authorizeAdmin(context);
  return transact(ports, context, tables.machine.key("encryption keys"), async (view, change) => {
    const row = tables.encryptionKey.key(id);
    const value = await view.get(row);
    const record = value && decodeJson<KeyRecord | AliasRecord>(value);
    if (!record || "aliasOf" in record) return fail("encryptionKeyMissing", { keyName: id });
    const changed = { ...record, status };
    if (record.status !== status) change.expect(row, value).put(row, encodeJson(changed));
    return toKey(changed);
  });
}

export const encryptionVerbs = (ports: Ports): Omit<EncryptionVerbs, "changeKey"> => ({
  createKey: (context, input) => createKey(ports, context, input),
  listKeys: (context) => listKeys(ports, context),
  setKeyStatus: (context, input) => setKeyStatus(ports, context, input),
});
