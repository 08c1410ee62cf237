/** What a write answers about the version it made. */

import type { VersionResult } from "../../../core/api.ts";
import type { ChecksumValue } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import type { S3Call } from "../flavour.ts";
import { checksumElement, checksumHeader, checksumTypeName } from "../parse/checksums.ts";
import { expirationHeader } from "./due.ts";
import { writtenEncryption } from "./encryption.ts";
import { writtenVersionHeader } from "./versions.ts";

export const checksumHeaders = (checksum: ChecksumValue | undefined): string[] =>
  checksum === undefined ? [] : [checksumHeader(checksum.algorithm), checksum.value, "x-amz-checksum-type", checksumTypeName(checksum.type)];

export const checksumContent = (checksum: ChecksumValue | undefined): string =>
  checksum === undefined ? "" : xmlText(checksumElement(checksum.algorithm), checksum.value) + xmlText("ChecksumType", checksumTypeName(checksum.type));

export const writtenHeaders = (call: S3Call, result: VersionResult): string[] => [
  "etag",
  `"${result.version.etag}"`,
  ...checksumHeaders(result.version.checksum),
  ...writtenVersionHeader(result, call.settings.flavour),
  ...writtenEncryption(call, result.version.encryption),
  ...expirationHeader(result.expiration),
];
