/** S3's refusals that no rule of the core stands for: how a request is written. Each throws a VendorError. */
import { VendorError } from "../error-table.ts";

type Elements = [name: string, value: string][];
function refuse(status: number, code: string, message: string, elements: Elements = []): never {
  throw new VendorError({ status, code, message, elements });
}

export const invalidArgument = (name: string, value: string, message: string): never =>
  refuse(400, "InvalidArgument", message, [
    ["ArgumentName", name],
    ["ArgumentValue", value],
  ]);
export const invalidRequest = (message: string): never => refuse(400, "InvalidRequest", message);
export const malformedXml = (): never => refuse(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
export const malformedAcl = (): never => refuse(400, "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema");
export const unexpectedContent = (): never => refuse(400, "UnexpectedContent", "This request does not support content");
export const missingAcl = (): never => refuse(400, "MissingSecurityHeader", "Your request was missing a required header", [["MissingHeaderName", "x-amz-acl"]]);
export const invalidDigest = (value: string): never => refuse(400, "InvalidDigest", "The Content-MD5 you specified was invalid.", [["Content-MD5", value]]);
export const missingContentLength = (): never => refuse(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
export const invalidBucketName = (name: string): never => refuse(400, "InvalidBucketName", "The specified bucket is not valid.", [["BucketName", name]]);
export const keyTooLong = (size: number, limit: number): never =>
  refuse(400, "KeyTooLongError", "Your key is too long", [
    ["Size", String(size)],
    ["MaxSizeAllowed", String(limit)],
  ]);
export const metadataTooLarge = (size: number, limit: number): never =>
  refuse(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", [
    ["Size", String(size)],
    ["MaxSizeAllowed", String(limit)],
  ]);
export const invalidStorageClass = (name: string): never => refuse(400, "InvalidStorageClass", "The storage class you specified is not valid", [["StorageClassRequested", name]]);
export const invalidRedirect = (message: string): never => refuse(400, "InvalidRedirectLocation", message);
export const noObjectLock = (): never => refuse(404, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration");
/** A header that S3 knows and we do not act upon: refused rather than ignored. */
export const headerNotImplemented = (header: string): never =>
  refuse(501, "NotImplemented", "A header you provided implies functionality that is not implemented", [["Header", header]]);
export const notImplemented = (what: string): never => refuse(501, "NotImplemented", `${what} is not implemented`);
export const invalidEncryptionAlgorithm = (algorithm: string): never =>
  refuse(400, "InvalidEncryptionAlgorithmError", "The encryption request you specified is not valid. The valid value is AES256.", [
    ["ArgumentName", "x-amz-server-side-encryption-customer-algorithm"],
    ["ArgumentValue", algorithm],
  ]);
export const invalidUri = (uri: string): never => refuse(400, "InvalidURI", "Couldn't parse the specified URI.", [["URI", uri]]);
export const unresolvableEmail = (): never => refuse(400, "UnresolvableGrantByEmailAddress", "The e-mail address you provided does not match any account on record.");
export const invalidTag = (name: string, message: string): never => refuse(400, "InvalidTag", message, [["TagKey", name]]);
export const accessDenied = (message = "Access Denied"): never => refuse(403, "AccessDenied", message);
/** What another dialect said, which this one's grammar cannot: it is in force, and is not told as something else (decision 0015). */
export const untold = (document: string, what: string): never =>
  refuse(501, "NotImplemented", `The bucket's ${document} was written through another API and says what this one cannot: ${what}. It is in force.`);
