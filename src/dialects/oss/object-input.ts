/** What the operations that make an object read from a request. */
import type { ObjectAddress, ObjectAttributes, WriteCondition } from "../../core/api.ts";
import type { LockAsked } from "../../core/model.ts";
import type { Address } from "../operation.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, refuse } from "./answers.ts";
import { encryptionHeader, encryptionHeaderNames } from "./encryption.ts";
import { contentHeaders, newObjectAcl, overwriteCondition, refuseUnservedHeaders, refuseWriteConditions, storageClassHeader, userMetadata } from "./headers.ts";
import { checkObjectName } from "./names.ts";
import { lockHeaderNames, lockHeaders } from "./object-worm.ts";
import { objectOf } from "./oss-operation.ts";
import { taggingHeader } from "./tagging.ts";

type Made = { request: WireRequest; address: Address };

/** Where and with what an object is to be made: its name is checked here and nowhere else. `served`: headers that this operation acts upon besides. */
export function newObject(call: Made, served: readonly string[] = []): ObjectAddress & ObjectAttributes & { condition?: WriteCondition } {
  refuseUnservedHeaders(call, ["x-oss-tagging", ...encryptionHeaderNames, ...served]);
  refuseWriteConditions(call, served);
  const address = objectOf(call);
  checkObjectName(address.key);
  return {
    ...address,
    headers: contentHeaders(call),
    metadata: userMetadata(call),
    ...newObjectAcl(call),
    ...storageClassHeader(call),
    ...taggingHeader(call),
    ...overwriteCondition(call),
    ...encryptionHeader(call),
  };
}

/** The same, of operations that may hold what they make. */
export const newLockable = (call: Made, served: readonly string[] = []): ReturnType<typeof newObject> & { lock?: LockAsked } => ({
  ...newObject(call, [...lockHeaderNames, ...served]),
  ...lockHeaders(call),
});

/** Of an append behind what is there: attributes were given by the first one, and are not looked at. */
export function grownObject(call: Made): ObjectAddress & ObjectAttributes {
  refuseUnservedHeaders(call, ["x-oss-tagging", ...encryptionHeaderNames]);
  refuseWriteConditions(call);
  return { ...objectOf(call), headers: {}, metadata: [], acl: "inherit" };
}

/** A body needs its length, or to come chunked. */
export function requireLength({ request }: Made): void {
  if (request.contentLength === 0 && request.headers["content-length"] === undefined) {
    refuse({ status: 411, code: "MissingContentLength", message: "You must provide the Content-Length HTTP header." });
  }
}

/** COPY (by default) keeps the source's headers and metadata, REPLACE takes the request's. */
export function replacesMetadata({ request }: Made): boolean {
  const value = request.headers["x-oss-metadata-directive"];
  if (value === undefined || value.toUpperCase() === "COPY") return false;
  if (value.toUpperCase() !== "REPLACE") invalidArgument("x-oss-metadata-directive", value, "The metadata directive must be COPY or REPLACE.");
  return true;
}
