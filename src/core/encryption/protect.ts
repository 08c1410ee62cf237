/** From what a request says of encryption to keys, and back from what a record says to the key that opens it. */
import { createSecretKey, type KeyObject } from "node:crypto";
import type { BucketAddress } from "../api.ts";
import { fail } from "../errors.ts";
import type { BucketEncryption, Encryption, Version } from "../model.ts";
import { readContent } from "../objects/content.ts";
import { type ByteSource, type Bytes, type MasterKey, type Ports, StoreCorrupt } from "../ports.ts";
import { onView } from "../view.ts";
import type { CustomerKey, EncryptionAsked, EncryptionSettled } from "./api.ts";
import { needsBucket, settleAsked } from "./asked.ts";
import { type CipherKey, locate, openStream, type Stream, sealedLength, sealing, sealStream, streamKey } from "./chunks.ts";
import { keyCache } from "./key-cache.ts";
import { unwrapKey, wrapKey } from "./master.ts";
import { keyToRead, keyToWrite, masterOf } from "./named-keys.ts";

/** An object's own key, and that of the layer around it where there are two. */
export type DataKeys = { dataKey: CipherKey; outerKey?: CipherKey };
/** Those keys and how they are kept. */
export type Protection = DataKeys & { kept: Omit<Encryption, "streams"> };
/** One body's way into the store: what `storeBody` needs of it. `id` in base64, for the record. `length`: of what is stored, by that of the plain bytes. */
export type Seal = { id: string; source(plain: ByteSource, length: number | undefined): ByteSource; length(plain: number): number };

type Kept = Omit<Encryption, "streams">;
/** How many bytes are stored of so many plain ones. */
export const storedLength = ({ outer }: Pick<Encryption, "outer">, plain: number): number => (outer === undefined ? sealedLength(plain) : sealedLength(sealedLength(plain)));

/** What keeps the key is said again when it is opened: nothing of it can be exchanged in the record. */
const purposeOf = ({ mode, keyId, context, customer }: Omit<Kept, "wrapped">, layer: "object" | "outer" = "object"): string =>
  `${layer}\0${JSON.stringify([mode, keyId ?? "", context ?? "", customer ?? ""])}`;

async function keep(ports: Ports, asked: EncryptionSettled, dataKey: Bytes, outerKey: Bytes | undefined): Promise<Kept> {
  const wrapped = (wrapping: Bytes, how: Omit<Kept, "wrapped">): Kept => ({
    ...how,
    wrapped: wrapKey(ports.random, wrapping, dataKey, purposeOf(how)).toString("base64"),
    ...(outerKey ? { layers: 2, outer: wrapKey(ports.random, masterOf(ports).bytes, outerKey, purposeOf(how, "outer")).toString("base64") } : {}),
  });
  const cipher = asked.mode === "customer" || asked.cipher === undefined ? {} : { cipher: asked.cipher };
  switch (asked.mode) {
    case "store":
      return wrapped(masterOf(ports).bytes, { mode: "store", ...cipher });
    case "customer":
      return wrapped(asked.key.bytes, { mode: "customer", customer: asked.key.md5 });
    case "key": {
      const { keyName, perBucket } = asked;
      const context = "context" in asked ? asked.context : undefined;
      const { id, bytes } = await keyToWrite(ports, keyName);
      return wrapped(bytes, { mode: "key", keyId: id, keyName, ...(perBucket ? { perBucket } : {}), ...(context === undefined ? {} : { context }), ...cipher });
    }
  }
}

const layersOf = (asked: EncryptionSettled): number => (asked.mode === "key" && asked.layers) || 1;

/** New keys, kept as asked. Throws encryptionKeyMissing, encryptionKeyDisabled. */
export async function newProtection(ports: Ports, asked: EncryptionSettled): Promise<Protection> {
  const dataKey = ports.random.bytes(sealing.keyBytes);
  const outerKey = layersOf(asked) === 2 ? ports.random.bytes(sealing.keyBytes) : undefined;
  return { kept: await keep(ports, asked, dataKey, outerKey), dataKey, ...(outerKey ? { outerKey } : {}) };
}

/** What a bucket does with what is written without a word about encryption. */
export const defaultEncryption = (ports: Ports, address: BucketAddress): Promise<BucketEncryption | undefined> =>
  onView(ports, async (view) => (await view.findBucket(address))?.state.encryption);

/** Of a write into a bucket: as asked, else as the bucket has it; `undefined`: as it is. Throws also customerKeyBlocked. */
export async function protectionFor(ports: Ports, input: BucketAddress & { encryption?: EncryptionAsked }): Promise<Protection | undefined> {
  const asked = settleAsked(input.encryption, needsBucket(input.encryption) ? await defaultEncryption(ports, input) : undefined);
  return asked && newProtection(ports, asked);
}

export function sealFor(ports: Ports, { dataKey, outerKey, kept }: Protection): Seal {
  const id = ports.random.bytes(sealing.idBytes);
  const { cipher } = kept;
  const sealed = (plain: ByteSource, length: number | undefined): ByteSource =>
    sealStream(plain, { key: streamKey(dataKey, id, cipher), id, length, ...(cipher === undefined ? {} : { cipher }) });
  return {
    id: Buffer.from(id).toString("base64"),
    source: (plain, length) =>
      outerKey ? sealStream(sealed(plain, length), { key: streamKey(outerKey, id), id, length: length === undefined ? undefined : sealedLength(length) }) : sealed(plain, length),
    length: (plain) => storedLength(kept, plain),
  };
}

/** The MD5 says what the plain bytes are: where somebody else's key hides them, the ETag is drawn instead, once and for all. */
export const etagOf = (ports: Ports, kept: Pick<Encryption, "mode"> | undefined, md5: string): string =>
  kept === undefined || kept.mode === "store" ? md5 : Buffer.from(ports.random.bytes(16)).toString("hex");

/** May the caller see what is kept so? Throws customerKeyMissing, customerKeyUnused (there is none to be used), customerKeyWrong. */
export function judgeCustomerKey(kept: Kept | undefined, key: CustomerKey | undefined): void {
  if (kept?.mode !== "customer") {
    if (key) fail("customerKeyUnused", {});
    return;
  }
  if (!key) fail("customerKeyMissing", {});
  if (!unwrapKey(key.bytes, Buffer.from(kept.wrapped, "base64"), purposeOf({ ...kept, customer: key.md5 }))) fail("customerKeyWrong", {});
}

/** The keys of what is kept so. Throws as `judgeCustomerKey`, and encryptionKeyDisabled. */
export async function unlock(ports: Ports, kept: Kept, customer: CustomerKey | undefined): Promise<UnlockedKeys> {
  judgeCustomerKey(kept, customer);
  if (kept.mode === "customer") return { dataKey: opened(kept, (customer as CustomerKey).bytes) };
  const master = masterOf(ports);
  // Whether a named key may be used is asked every time.
  const wrapping = kept.mode === "key" ? await keyToRead(ports, kept.keyId ?? "") : () => master.bytes;
  const dataKey = openedOnce(master, kept, wrapping, "object");
  return kept.outer === undefined ? { dataKey } : { dataKey, outerKey: openedOnce(master, { ...kept, wrapped: kept.outer }, () => master.bytes, "outer") };
}

type UnlockedKeys = { dataKey: KeyObject; outerKey?: KeyObject };

function openedOnce(master: MasterKey, kept: Kept, wrapping: () => Bytes, layer: "object" | "outer"): KeyObject {
  const cache = keyCache(master);
  const known = cache.find(kept);
  if (known) return known;
  const key = opened(kept, wrapping(), layer);
  cache.keep(kept, key);
  return key;
}

function opened(kept: Kept, wrapping: Bytes, layer?: "object" | "outer"): KeyObject {
  const bytes = unwrapKey(wrapping, Buffer.from(kept.wrapped, "base64"), purposeOf(kept, layer));
  if (!bytes) throw new StoreCorrupt("The key of an encrypted object cannot be unwrapped: another master key, or a changed record");
  const dataKey = createSecretKey(bytes);
  bytes.fill(0);
  return dataKey;
}

/** Would the same key keep both? Then one may share the other's bytes; a customer's key never shares with the store's. */
export async function keptAlike(ports: Ports, kept: Encryption | undefined, asked: EncryptionSettled | undefined): Promise<boolean> {
  if (!kept || !asked) return kept === asked;
  if (kept.mode !== asked.mode || (kept.outer === undefined ? 1 : 2) !== layersOf(asked)) return false;
  if (asked.mode === "customer") return kept.customer === asked.key.md5;
  if (kept.cipher !== asked.cipher) return false;
  return asked.mode === "store" || (await keyToWrite(ports, asked.keyName)).id === kept.keyId;
}
/** The same key, kept anew: the bytes stay as they are. */
export async function rekeep(ports: Ports, kept: Encryption, customer: CustomerKey | undefined, asked: EncryptionSettled): Promise<Encryption> {
  const { dataKey, outerKey } = await unlock(ports, kept, customer);
  return { ...(await keep(ports, asked, dataKey.export(), outerKey?.export())), streams: kept.streams };
}

/** What of a version, or of anything else that has bytes, says how to read them. */
type Sealed = Pick<Version, "encryption" | "form" | "parts" | "size" | "content">;

function streamsOf({ encryption, form, parts, size }: Pick<Version, "encryption" | "form" | "parts" | "size">): Stream[] {
  const ids = Buffer.from(encryption?.streams ?? "", "base64");
  const sizes = form === "multipart" && parts ? parts.map((part) => part.size) : [size];
  if (ids.length !== sizes.length * sealing.idBytes) throw new StoreCorrupt("An encrypted object does not have a stream for each of its parts");
  return sizes.map((length, n) => ({ id: ids.subarray(n * sealing.idBytes, (n + 1) * sealing.idBytes), size: length }));
}

/** As `readContent`, of a version that is encrypted: the plain bytes. */
export function readSealed(ports: Ports, version: Sealed, { dataKey, outerKey }: DataKeys, range: { start: number; end: number }, finished: () => void): ByteSource {
  const streams = streamsOf(version);
  const located = locate(streams, range);
  const around =
    outerKey &&
    locate(
      streams.map(({ id, size }): Stream => ({ id, size: sealedLength(size) })),
      located,
    );
  const stored = readContent(ports, version.content, around ?? located, finished);
  return openStream(outerKey && around ? openStream(stored, around, outerKey) : stored, located, dataKey, version.encryption?.cipher);
}

/** The plain bytes of a version, encrypted or not. Throws as `unlock`, and then `finished` was not called. */
export async function readPlain(
  ports: Ports,
  version: Sealed,
  customer: CustomerKey | undefined,
  range: { start: number; end: number },
  finished: () => void,
): Promise<ByteSource> {
  if (!version.encryption) return readContent(ports, version.content, range, finished);
  return readSealed(ports, version, await unlock(ports, version.encryption, customer), range, finished);
}
