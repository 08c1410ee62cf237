/** Binds every verb to the ports. */
import { checkAccess } from "./access/check.ts";
import { explain } from "./access/explain.ts";
import { annotationVerbs } from "./annotations/annotations.ts";
import type { Core } from "./api.ts";
import { binVerbs } from "./bin/verbs.ts";
import { bucketBlockers } from "./buckets/blockers.ts";
import { bucketCors } from "./buckets/cors.ts";
import { createBucket } from "./buckets/create.ts";
import { deleteBucket } from "./buckets/delete.ts";
import { editDocument, getDocument } from "./buckets/documents.ts";
import { judgeReferer } from "./buckets/judge-referer.ts";
import { listBuckets } from "./buckets/list.ts";
import { namedDocumentVerbs } from "./buckets/named-documents.ts";
import { bucketUsage, getBucket } from "./buckets/read.ts";
import { setBucketAcl, setBucketOwnership, setBucketVersioning, setPublicAccess } from "./buckets/state.ts";
import { bucketWebsite } from "./buckets/website.ts";
import { channelVerbs } from "./channels/channels.ts";
import { changeKey } from "./encryption/change-key.ts";
import { encryptionVerbs } from "./encryption/named-keys.ts";
import { hostVerbs } from "./hosts/hosts.ts";
import { identityVerbs } from "./identity/identity.ts";
import { jobVerbs } from "./jobs/job-verbs.ts";
import { listObjects } from "./listing/objects.ts";
import { listVersions } from "./listing/versions.ts";
import { loggingVerbs } from "./logging/verbs.ts";
import { objectAcl, setObjectAcl } from "./objects/acl.ts";
import { appendObject } from "./objects/append.ts";
import { copyObject } from "./objects/copy.ts";
import { deleteObject } from "./objects/delete.ts";
import { deleteMany } from "./objects/delete-many.ts";
import { objectEntry, putLink } from "./objects/links.ts";
import { putObject } from "./objects/put.ts";
import { headObject, openObject } from "./objects/read.ts";
import { renameObject } from "./objects/rename.ts";
import { cleanRestored, restoreObject } from "./objects/restore.ts";
import { sealObject } from "./objects/seal.ts";
import { setObjectTags } from "./objects/tags.ts";
import { pointVerbs } from "./points/points.ts";
import type { Ports } from "./ports.ts";
import { purgeVerbs } from "./purge/verbs.ts";
import { indexRows } from "./query/index-rows.ts";
import { queryObject } from "./query/query-object.ts";
import { objectLock, setBucketLock, setLegalHold, setRetention } from "./retention/verbs.ts";
import { bucketRetentionVerbs } from "./retention/whole-bucket.ts";
import { askReclaim } from "./space/reclaim-now.ts";
import { spaceReport } from "./space/report.ts";
import { listUploads } from "./uploads/list-uploads.ts";
import { uploadVerbs } from "./uploads/uploads.ts";

/** `slot`: see `Ports`. */
export function createCore(base: Ports, options: { slot?: number } = {}): Core {
  const ports: Ports = options.slot === undefined ? base : { ...base, slot: options.slot };
  return {
    access: { check: (context, address) => checkAccess(ports, context, address), explain: (context, input) => explain(ports, context, input) },
    buckets: {
      list: (context, input) => listBuckets(ports, context, input),
      create: (context, input) => createBucket(ports, context, input),
      delete: (context, input) => deleteBucket(ports, context, input),
      get: (context, input) => getBucket(ports, context, input),
      usage: (context, input) => bucketUsage(ports, context, input),
      blockers: (context, input) => bucketBlockers(ports, context, input),
      setAcl: (context, input) => setBucketAcl(ports, context, input),
      setOwnership: (context, input) => setBucketOwnership(ports, context, input),
      setPublicAccess: (context, input) => setPublicAccess(ports, context, input),
      setVersioning: (context, input) => setBucketVersioning(ports, context, input),
      setLock: (context, input) => setBucketLock(ports, context, input),
      retention: bucketRetentionVerbs(ports),
    },
    objects: {
      put: (context, input) => putObject(ports, context, input),
      append: (context, input) => appendObject(ports, context, input),
      rename: (context, input) => renameObject(ports, context, input),
      head: (context, input) => headObject(ports, context, input),
      open: (context, input) => openObject(ports, context, input),
      delete: (context, input) => deleteObject(ports, context, input),
      seal: (context, input) => sealObject(ports, context, input),
      restore: (context, input) => restoreObject(ports, context, input),
      cleanRestored: (context, input) => cleanRestored(ports, context, input),
      putLink: (context, input) => putLink(ports, context, input),
      entry: (context, input) => objectEntry(ports, context, input),
      deleteMany: (context, input) => deleteMany(ports, context, input),
      copy: (context, input) => copyObject(ports, context, input),
      acl: (context, input) => objectAcl(ports, context, input),
      setAcl: (context, input) => setObjectAcl(ports, context, input),
      lock: (context, input) => objectLock(ports, context, input),
      setRetention: (context, input) => setRetention(ports, context, input),
      setLegalHold: (context, input) => setLegalHold(ports, context, input),
      setTags: (context, input) => setObjectTags(ports, context, input),
    },
    annotations: annotationVerbs(ports),
    documents: {
      named: namedDocumentVerbs(ports),
      get: (context, input) => getDocument(ports, context, input),
      put: (context, input) => editDocument(ports, context, input, () => input.document),
      remove: (context, input) => editDocument(ports, context, input, () => undefined),
      edit: (context, input, edit) => editDocument(ports, context, input, edit),
      cors: (address) => bucketCors(ports, address),
      judgeReferer: (address, referer) => judgeReferer(ports, address, referer),
      website: (address) => bucketWebsite(ports, address),
    },
    encryption: { ...encryptionVerbs(ports), changeKey: (context, input) => changeKey(ports, context, input) },
    listing: {
      objects: (context, input) => listObjects(ports, context, input),
      versions: (context, input) => listVersions(ports, context, input),
      uploads: (context, input) => listUploads(ports, context, input),
    },
    uploads: uploadVerbs(ports),
    identity: identityVerbs(ports),
    hosts: hostVerbs(ports),
    points: pointVerbs(ports),
    jobs: jobVerbs(ports),
    logging: loggingVerbs(ports),
    channels: channelVerbs(ports),
    bin: binVerbs(ports),
    purge: purgeVerbs(ports),
    space: { report: (context) => spaceReport(ports, context), reclaimNow: (context, input) => askReclaim(ports, context, input) },
    query: { run: (context, input) => queryObject(ports, context, input), indexRows: (context, input) => indexRows(ports, context, input) },
  };
}
