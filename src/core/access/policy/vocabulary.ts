/**
 * Actions as policies see them: the vendor's name without its prefix; where the vendors call one thing by two names, one of them.
 * Facts are named here too: `caller.*`, `request.*`, `list.*`, `object.*` as dialects supply them (dialects/request-facts.ts).
 */
import type { Capability } from "../../api.ts";

const synonyms: Record<string, string> = {
  listobjects: "ListBucket",
  listobjectsv2: "ListBucket",
  listobjectversions: "ListBucketVersions",
  listbuckets: "ListAllMyBuckets",
  putbucket: "CreateBucket",
  listparts: "ListMultipartUploadParts",
  listmultipartuploads: "ListBucketMultipartUploads",
  deletebucketcors: "PutBucketCORS",
  deletebuckettagging: "PutBucketTagging",
};

const known = new Map<string, string>();
const knownMax = 1000;
/** `vendor:PutThing` -> `PutThing`. */
export function neutralAction(action: string): string {
  let found = known.get(action);
  if (found === undefined) {
    const name = action.slice(action.indexOf(":") + 1);
    found = synonyms[name.toLowerCase()] ?? name;
    if (known.size < knownMax) known.set(action, found);
  }
  return found;
}

/** The action of a request that names a version is another one. */
export const versionedAction = (action: string): string => (action.includes("Version") ? action : action.replace("Object", "ObjectVersion"));

const capabilities: Record<string, Capability> = {
  getobject: "object.read",
  getobjectattributes: "object.read",
  getobjectacl: "object.readAcl",
  putobjectacl: "object.writeAcl",
  getobjecttagging: "object.readTags",
  putobjecttagging: "object.writeTags",
  deleteobjecttagging: "object.writeTags",
  putobject: "object.write",
  deleteobject: "object.delete",
  abortmultipartupload: "upload.abort",
  listmultipartuploadparts: "upload.read",
  listbucket: "bucket.list",
  listbucketversions: "bucket.list",
  listbucketmultipartuploads: "bucket.list",
  getbucketacl: "bucket.readAcl",
  putbucketacl: "bucket.writeAcl",
  listallmybuckets: "service.listBuckets",
  createbucket: "service.createBucket",
};
/** What an action needs where no policy speaks. */
export const capabilityOf = (action: string): Capability => capabilities[neutralAction(action).toLowerCase().replace("objectversion", "object")] ?? "bucket.own";

/** The bucket's owner keeps these, whatever its policy denies. */
const ofPolicy = new Set(["getbucketpolicy", "putbucketpolicy", "deletebucketpolicy", "getbucketpolicystatus"]);
export const isAboutPolicy = (action: string): boolean => ofPolicy.has(action.toLowerCase());
