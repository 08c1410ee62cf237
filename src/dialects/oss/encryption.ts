/** How an object, or what comes into a bucket, is encrypted, in OSS's words: https://www.alibabacloud.com/help/en/oss/user-guide/server-side-encryption-8 */
import type { EncryptionShown } from "../../core/encryption/api.ts";
import { isCipherHere } from "../../core/encryption/chunks.ts";
import type { BucketEncryption } from "../../core/model.ts";
import { xmlText } from "../../lib/xml.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, refuse, unservedHeader } from "./answers.ts";

const method = "x-oss-server-side-encryption";
const keyId = "x-oss-server-side-encryption-key-id";
const dataCipher = "x-oss-server-side-data-encryption";
export const encryptionHeaderNames = [method, keyId, dataCipher] as const;
const keyNameCharactersMax = 2048;

/** Whether this runtime's ciphers have it. */
const sm4IsHere = isCipherHere("sm4");

type Said = { method: string | undefined; keyName: string | undefined; cipher: string | undefined };

/**
 * AES256 and SM4: the store's key; KMS: one with a name, or the store's default one, and SM4 for what it keeps if so asked. SM4 is refused by name where
 * the runtime was built without it. `called`: what they are called where they stand.
 */
export function encryptionAsked({ method: how, keyName, cipher }: Said, called: Record<keyof Said, string>): BucketEncryption {
  if (how !== "AES256" && how !== "KMS" && how !== "SM4") {
    return refuse({
      status: 400,
      code: "InvalidEncryptionAlgorithmError",
      message: "The Encryption Algorithm should be AES256, SM4 or KMS.",
      elements: [["ArgumentValue", how ?? ""]],
    });
  }
  if (keyName !== undefined && (how !== "KMS" || keyName.length > keyNameCharactersMax))
    return invalidArgument(called.keyName, keyName.slice(0, 64), `${called.keyName} is only valid with ${called.method}: KMS.`);
  // Beside another method it says nothing, as at the vendor.
  if (how === "KMS" && cipher !== undefined && cipher !== "SM4" && cipher !== "AES256")
    return invalidArgument(called.cipher, cipher.slice(0, 64), `${called.cipher} is SM4 or AES256.`);
  if (!sm4IsHere && (how === "SM4" || (how === "KMS" && cipher === "SM4"))) return unservedHeader(how === "SM4" ? called.method : called.cipher);
  if (how === "KMS") return { mode: "key", keyName: keyName ?? "", ...(cipher === "SM4" ? { cipher: "sm4" } : {}) };
  return how === "AES256" ? { mode: "store" } : { mode: "store", cipher: "sm4" };
}

const called = { method, keyName: keyId, cipher: dataCipher };
export function encryptionHeader({ request: { headers } }: { request: WireRequest }): { encryption?: BucketEncryption } {
  const said = { method: headers[method], keyName: headers[keyId], cipher: headers[dataCipher] };
  if (said.method !== undefined) return { encryption: encryptionAsked(said, called) };
  return said.keyName === undefined ? {} : invalidArgument(keyId, said.keyName.slice(0, 64), `${keyId} is only valid with ${method}: KMS.`);
}

/** Of what was said when it was begun: a part of an upload. */
export function refuseEncryption({ request: { headers } }: { request: WireRequest }): void {
  for (const name of encryptionHeaderNames) {
    const value = headers[name];
    if (value !== undefined) invalidArgument(name, value.slice(0, 64), `${name} is not valid for this operation: the upload says how it is encrypted.`);
  }
}

export function encryptionShown(encryption: EncryptionShown | undefined): string[] {
  if (encryption === undefined || encryption.mode === "customer") return [];
  const isSm4 = encryption.cipher === "sm4";
  if (encryption.mode === "store") return [method, isSm4 ? "SM4" : "AES256"];
  return [method, "KMS", keyId, encryption.keyId ?? "", ...(isSm4 ? [dataCipher, "SM4"] : [])];
}

/** Of a bucket; undefined: its objects are not encrypted unless they ask. */
export function encryptionElements(model: BucketEncryption | undefined): string {
  if (model === undefined) return xmlText("SSEAlgorithm", "None");
  const isSm4 = model.cipher === "sm4";
  if (model.mode === "store") return xmlText("SSEAlgorithm", isSm4 ? "SM4" : "AES256");
  return xmlText("SSEAlgorithm", "KMS") + xmlText("KMSMasterKeyID", model.keyName === "" ? undefined : model.keyName) + xmlText("KMSDataEncryption", isSm4 ? "SM4" : undefined);
}
