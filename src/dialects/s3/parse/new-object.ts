/** What a request says of an object that it makes: in headers, or in the fields of a form, which stand where headers stand. */
import type { ObjectAddress, ObjectAttributes } from "../../../core/api.ts";
import type { LockAsked } from "../../../core/model.ts";
import type { S3Call } from "../flavour.ts";
import { newObjectAcl, type WrittenAcl } from "./acl-request.ts";
import { contentHeaders, storageClass, userMetadata } from "./attributes.ts";
import { encryptionAsked } from "./encryption.ts";
import { lockHeaders } from "./lock.ts";
import { newObjectOf } from "./query.ts";
import { taggingHeader } from "./tagging.ts";

/** As the core takes it but for the ACL, whose grantees are looked up when the operation runs (`withAcl`). */
export type NewObject = ObjectAddress & Omit<ObjectAttributes, "acl"> & { acl: WrittenAcl; lock?: LockAsked };

/** What a copy takes from its request too, and never from its source. The key's length is checked here. */
export function newObjectTarget(call: S3Call): Omit<NewObject, "headers" | "metadata" | "tags"> {
  return { ...newObjectOf(call), ...newObjectAcl(call), ...storageClass(call), ...encryptionAsked(call), ...lockHeaders(call) };
}

export function newObject(call: S3Call): NewObject {
  return { ...newObjectTarget(call), headers: contentHeaders(call), metadata: userMetadata(call), ...taggingHeader(call) };
}
