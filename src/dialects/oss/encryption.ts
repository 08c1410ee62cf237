/** How an object is encrypted, in OSS's headers: https://www.alibabacloud.com/help/en/oss/user-guide/server-side-encryption-8 */
import type { EncryptionAsked, EncryptionShown } from "../../core/encryption/api.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, refuse, unservedHeader } from "./answers.ts";

const method = "x-oss-server-side-encryption";
const keyId = "x-oss-server-side-encryption-key-id";
export const encryptionHeaderNames = [method, keyId] as const;
const keyNameCharactersMax = 2048;

/** AES256: the store's key; KMS: one with a name, or the store's default one. SM4 is refused by name. */
export function encryptionHeader({ request: { headers } }: { request: WireRequest }): { encryption?: EncryptionAsked } {
  const how = headers[method];
  const keyName = headers[keyId];
  if (keyName !== undefined && (how !== "KMS" || keyName.length > keyNameCharactersMax))
    return invalidArgument(keyId, keyName.slice(0, 64), `${keyId} is only valid with ${method}: KMS.`);
  switch (how) {
    case undefined:
      return {};
    case "AES256":
      return { encryption: { mode: "store" } };
    case "KMS":
      return { encryption: { mode: "key", keyName: keyName ?? "" } };
    case "SM4":
      return unservedHeader(method);
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
  return encryption.mode === "store" ? [method, "AES256"] : [method, "KMS", keyId, encryption.keyId ?? ""];
}
