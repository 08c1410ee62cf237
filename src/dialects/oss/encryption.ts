/** How an object is encrypted, in OSS's headers: https://www.alibabacloud.com/help/en/oss/user-guide/server-side-encryption-8 */

import type { EncryptionAsked, EncryptionShown } from "../../core/encryption/api.ts";
import { isCipherHere } from "../../core/encryption/chunks.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, refuse, unservedHeader } from "./answers.ts";

const method = "x-oss-server-side-encryption";
const keyId = "x-oss-server-side-encryption-key-id";
const dataCipher = "x-oss-server-side-data-encryption";
export const encryptionHeaderNames = [method, keyId, dataCipher] as const;
const keyNameCharactersMax = 2048;

/** Whether this runtime's ciphers have it. */
const sm4IsHere = isCipherHere("sm4");

/**
 * AES256 and SM4: the store's key; KMS: one with a name, or the store's default one, and `x-oss-server-side-data-encryption: SM4` for what it keeps.
 * SM4 is refused by name where the runtime was built without it.
 */
export function encryptionHeader({ request: { headers } }: { request: WireRequest }): { encryption?: EncryptionAsked } {
  const how = headers[method];
  const keyName = headers[keyId];
  if (keyName !== undefined && (how !== "KMS" || keyName.length > keyNameCharactersMax))
    return invalidArgument(keyId, keyName.slice(0, 64), `${keyId} is only valid with ${method}: KMS.`);
  const cipherName = headers[dataCipher];
  if (cipherName !== undefined && (how !== "KMS" || (cipherName !== "SM4" && cipherName !== "AES256")))
    return invalidArgument(dataCipher, cipherName.slice(0, 64), `${dataCipher} is SM4 or AES256, and only valid with ${method}: KMS.`);
  if (!sm4IsHere && (how === "SM4" || cipherName === "SM4")) return unservedHeader(how === "SM4" ? method : dataCipher);
  switch (how) {
    case undefined:
      return {};
    case "AES256":
      return { encryption: { mode: "store" } };
    case "KMS":
      return { encryption: { mode: "key", keyName: keyName ?? "", ...(cipherName === "SM4" ? { cipher: "sm4" } : {}) } };
    case "SM4":
      return { encryption: { mode: "store", cipher: "sm4" } };
    default:
      return refuse({
        status: 400,
        code: "InvalidEncryptionAlgorithmError",
        message: "The Encryption Algorithm should be AES256, SM4 or KMS.",
        elements: [["ArgumentValue", how]],
      });
  }
}

export function encryptionShown(encryption: EncryptionShown | undefined): string[] {
  if (encryption === undefined || encryption.mode === "customer") return [];
  const isSm4 = encryption.cipher === "sm4";
  if (encryption.mode === "store") return [method, isSm4 ? "SM4" : "AES256"];
  return [method, "KMS", keyId, encryption.keyId ?? "", ...(isSm4 ? [dataCipher, "SM4"] : [])];
}
