/** What may be made through this dialect. Reading, listing and deleting accept every name there is, whichever dialect made it. */
import { refuse } from "./answers.ts";

/** 3 to 63 of a-z, 0-9 and hyphens, no hyphen at either end: narrower than S3's. https://help.aliyun.com/zh/oss/user-guide/bucket-naming-conventions */
export function isBucketName(name: string): boolean {
  return name.length >= 3 && name.length <= 63 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name);
}

export const invalidBucketName = (bucket: string) => ({
  status: 400,
  code: "InvalidBucketName",
  message: "The specified bucket is not valid.",
  elements: [["BucketName", bucket]] as [string, string][],
});

export const objectNameBytesMax = 1023;

/** 1 to 1023 bytes of UTF-8 that do not begin with a slash or a backslash. */
export function checkObjectName(key: string): void {
  if (key[0] !== "/" && key[0] !== "\\" && Buffer.byteLength(key) <= objectNameBytesMax) return;
  refuse({ status: 400, code: "InvalidObjectName", message: "The specified object is not valid.", elements: [["ObjectName", key]] });
}
