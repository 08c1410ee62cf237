/** How an object is encrypted, in headers; how a bucket's new ones are, in a document. */
import type { EncryptionShown } from "../../../core/encryption/api.ts";
import type { BucketEncryption } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import type { S3Call } from "../flavour.ts";

/** Keys belong to the store, not to one of its accounts. */
const keyAccount = "000000000000";
/** Where any name is a key, it is told as it was given; else as S3 tells it, by its ARN. */
function keyText({ settings }: S3Call, { keyId = "", keyName = "" }: EncryptionShown): string {
  return settings.encryptionKeys === "any" && keyName !== "" ? keyName : `arn:aws:kms:${settings.region}:${keyAccount}:key/${keyId}`;
}

const header = "x-amz-server-side-encryption";
export function encryptionHeaders(call: S3Call, encryption: EncryptionShown | undefined): string[] {
  switch (encryption?.mode) {
    case undefined:
      return [];
    case "store":
      // Deviation, 2026-11-28: OSS writers may have chosen SM4, for which S3 has no word: whose key it is, is told right.
      return [header, "AES256"];
    case "key":
      return [
        header,
        encryption.layers === 2 ? "aws:kms:dsse" : "aws:kms",
        `${header}-aws-kms-key-id`,
        keyText(call, encryption),
        ...(encryption.perBucket ? [`${header}-bucket-key-enabled`, "true"] : []),
      ];
    case "customer":
      return [`${header}-customer-algorithm`, "AES256", `${header}-customer-key-md5`, encryption.customer ?? ""];
  }
}
/** Of a write, which tells the context too; a read never does. */
export function writtenEncryption(call: S3Call, encryption: EncryptionShown | undefined): string[] {
  const headers = encryptionHeaders(call, encryption);
  if (encryption?.context !== undefined) headers.push(`${header}-context`, encryption.context);
  return headers;
}

export const encryptionContent = (model: BucketEncryption): string =>
  xmlElement(
    "Rule",
    xmlElement(
      "ApplyServerSideEncryptionByDefault",
      model.mode === "store"
        ? xmlText("SSEAlgorithm", "AES256")
        : xmlText("SSEAlgorithm", model.layers === 2 ? "aws:kms:dsse" : "aws:kms") + xmlText("KMSMasterKeyID", model.keyName === "" ? undefined : model.keyName),
    ) +
      (model.refusesCustomerKeys ? xmlElement("BlockedEncryptionTypes", xmlText("EncryptionType", "SSE-C")) : "") +
      xmlText("BucketKeyEnabled", model.mode === "key" && model.perBucket === true),
  );
