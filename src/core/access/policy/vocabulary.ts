/**
 * Actions as policies see them: the vendor's name without its prefix; where the vendors call one thing by two names, one of them.
 * Facts are named here too: `caller.*`, `request.*`, `list.*`, `object.*` as dialects supply them (dialects/request-facts.ts).
 */
import type { Capability } from "../../api.ts";
import type { Pattern } from "./model.ts";
import { compileWildcard, fits, isLiteral, type Wildcard } from "./wildcard.ts";

const synonyms: Record<string, string> = {
  listobjects: "ListBucket",
  listobjectsv2: "ListBucket",
  listobjectversions: "ListBucketVersions",
  listbuckets: "ListAllMyBuckets",
  putbucket: "CreateBucket",
  listparts: "ListMultipartUploadParts",
  listmultipartuploads: "ListBucketMultipartUploads",
  putbucketlifecycle: "PutLifecycleConfiguration",
  deletebucketlifecycle: "DeleteLifecycleConfiguration",
  getbucketlifecycle: "GetLifecycleConfiguration",
  putbucketencryption: "PutEncryptionConfiguration",
  deletebucketencryption: "DeleteEncryptionConfiguration",
  getbucketencryption: "GetEncryptionConfiguration",
  putbucketinventory: "PutInventoryConfiguration",
  deletebucketinventory: "DeleteInventoryConfiguration",
  getbucketinventory: "GetInventoryConfiguration",
  putbuckettransferacceleration: "PutAccelerateConfiguration",
  getbuckettransferacceleration: "GetAccelerateConfiguration",
};

/** Taking these away is an action of its own to one vendor, and the same as putting them to another (`Policy.tellsDeletes`). In lower case. */
const putsToo: Record<string, string> = {
  deletebucketcors: "putbucketcors",
  deletebuckettagging: "putbuckettagging",
  deletelifecycleconfiguration: "putlifecycleconfiguration",
  deleteencryptionconfiguration: "putencryptionconfiguration",
  deleteinventoryconfiguration: "putinventoryconfiguration",
  deletebucketpublicaccessblock: "putbucketpublicaccessblock",
};
/** What an action is called, in lower case, where a policy has no name for taking something away. */
export const coarseAction = (action: string): string => putsToo[action.toLowerCase()] ?? action.toLowerCase();

const known = new Map<string, string>();
const knownMax = 1000;
/** `vendor:PutThing` -> `PutThing`; other vendors' words for what has a name are replaced by that. */
export function neutralAction(action: string): string {
  let found = known.get(action);
  if (found === undefined) {
    const name = action.slice(action.indexOf(":") + 1);
    found = synonyms[name.toLowerCase()] ?? name;
    if (known.size < knownMax) known.set(action, found);
  }
  return found;
}

/** Patterns for what a pattern of a vendor's names means: where it fits a name that stands for another one here, that one too. */
export function neutralPatterns(pattern: Pattern): Pattern[] {
  if (isLiteral(pattern)) return [[neutralAction(`:${pattern.join("")}`)]];
  const wildcard = compileWildcard(pattern, undefined, true) as Wildcard;
  const others = new Set<string>();
  for (const [name, meant] of Object.entries(synonyms)) if (fits(wildcard, name) && !fits(wildcard, meant.toLowerCase())) others.add(meant);
  return [pattern, ...[...others].map((name): Pattern => [name])];
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
  getobjectannotation: "object.readTags",
  listobjectannotations: "object.readTags",
  putobjectannotation: "object.writeTags",
  deleteobjectannotation: "object.writeTags",
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
