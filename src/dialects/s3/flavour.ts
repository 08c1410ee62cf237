/**
 * Where services that speak S3 differ, as data. The operations read these fields; which service it is they never ask. S3 itself is here, HCP is
 * hcp/flavour.ts.
 */

import type { DefaultEncryption, DefaultOwnership } from "../../config/settings.ts";
import type { UploadedBy } from "../../core/api.ts";
import type { ChecksumAlgorithm } from "../../core/model.ts";
import type { ErrorTable } from "../error-table.ts";
import type { Call } from "../operation.ts";

export type Flavour = {
  name: "s3" | "hcp";
  /** "sequenceOrNull": versions made without versioning are called `null`; "sequence": every version has its number. */
  versionIds: "sequenceOrNull" | "sequence";
  versionOrder: "newestFirst" | "oldestFirst";
  /** What a `versionId` means while versioning is not enabled. */
  versionIdUnlessEnabled: "honoured" | "ignored";
  /** In which states of versioning answers carry version ids. */
  versionHeaders: "enabledOrSuspended" | "enabled";
  /** Creating a bucket that one has: "sameAclOnly" is quiet only if nothing would change. */
  createOwned: "sameAclOnly" | "keep";
  openUploads: "end" | "refuse";
  /** Who may send the parts of an upload, and complete it. */
  uploadedBy: UploadedBy;
  /** Of buckets made here, while versioning is off. */
  newBucketOverwrite: "allowed" | "refused";
  /** Who owns what is written into buckets made here: as the server is set up, or nothing is said. */
  newBucketOwnership: "setting" | "none";
  /** How new buckets encrypt: as the server is set up, or not at all. */
  newBucketEncryption: "setting" | "none";
  /** max-uploads, max-parts over 1000. */
  pageOverMax: "clamp" | "refuse";
  copyOntoItself: "refuse" | "allow";
  /** How a refused CompleteMultipartUpload is told: by its status, or as a document under 200. */
  completeRefusal: "status" | "document";
  /** An x-amz-acl that is no canned ACL. */
  unknownAcl: "invalid" | "notImplemented";
  partBytesMin: number;
  keyBytesMax: number;
  /** Of what comes without a checksum. */
  defaultChecksum: ChecksumAlgorithm | undefined;
  /** Names and values of user metadata together. */
  metadataBytesMax: number;
  /** Are the names of buckets the same whatever their case? */
  bucketCase: "told" | "folded";
  /** Does `tenant:bucket` in a path, or as the source of a copy, name another tenant's bucket? */
  tenantPrefix: boolean;
  /** How text beyond ASCII stands in an answer's metadata: as it was sent, or so that it is read by what reads headers (documents/metadata.ts). */
  metadataText: "sent" | "readable";
  /** May a new bucket be called so? */
  bucketName(name: string): boolean;
  /** What may stand before the bucket in the path of a request so authorized, and is dropped; empty: nothing. */
  pathPrefix(authorization: string | undefined): string;
  xmlType: string;
  /** Documents with line breaks when `x-hcp-pretty-print: true` asks for them. */
  prettyPrint: boolean;
  /** Which elements besides Code, Message, RequestId and HostId an error document may have. */
  errorElements(code: string): "all" | readonly string[];
  /** Where those elements stand. */
  errorDetail: "beforeIds" | "afterIds";
  requestId(): string;
  /** HostId of errors, x-amz-id-2. */
  hostId(requestId: string): string;
  /** Of every answer, names and values in turn. */
  headers: readonly string[];
};

/** The dialect's own settings, as operations see them. */
export type S3Settings = {
  region: string;
  publicUrl: string;
  defaultOwnership: DefaultOwnership;
  defaultEncryption: DefaultEncryption;
  encryptionKeys: "listed" | "any";
  /** Are deletes heard that take what is in the way with them? */
  forceDelete: boolean;
  /** Names of the receivers that notifications can go to. */
  webhooks: ReadonlySet<string>;
  flavour: Flavour;
  errors: ErrorTable;
};
export type S3Call = Call<S3Settings>;

export const s3Limits = {
  partBytesMin: 5 * 1024 ** 2,
  keyBytesMax: 1024,
  metadataBytesMax: 2048,
  documentBytesMax: 1024 * 1024,
  completeBytesMax: 4 * 1024 * 1024,
  deleteBytesMax: 4 * 1024 * 1024,
} as const;

const isAddress = (name: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
const reserved = [/^xn--/, /^sthree-/, /^amzn-s3-demo-/, /-s3alias$/, /--ol-s3$/, /\.mrap$/, /--x-s3$/, /--table-s3$/];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isS3BucketName(name: string): boolean {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return false;
  return !name.includes("..") && !isAddress(name) && !reserved.some((pattern) => pattern.test(name));
}

const idCharacters = 16;
const idsPerDraw = 64;

/** Many at a time: turning bytes into text costs more by the call than by the byte. */
function requestIds(random: (count: number) => Uint8Array): () => string {
  let drawn = "";
  let at = 0;
  return () => {
    if (at === drawn.length) {
      drawn = Buffer.from(random((idCharacters / 2) * idsPerDraw))
        .toString("hex")
        .toUpperCase();
      at = 0;
    }
    at += idCharacters;
    return drawn.slice(at - idCharacters, at);
  };
}

/** 16 upper-case hex digits and a longer opaque text, as S3 writes them. `random` gives bytes. */
export function s3Flavour(random: (count: number) => Uint8Array): Flavour {
  return {
    name: "s3",
    versionIds: "sequenceOrNull",
    versionOrder: "newestFirst",
    versionIdUnlessEnabled: "honoured",
    versionHeaders: "enabledOrSuspended",
    createOwned: "sameAclOnly",
    openUploads: "end",
    uploadedBy: {},
    newBucketOverwrite: "allowed",
    newBucketOwnership: "setting",
    newBucketEncryption: "setting",
    pageOverMax: "clamp",
    copyOntoItself: "refuse",
    completeRefusal: "status",
    unknownAcl: "invalid",
    partBytesMin: s3Limits.partBytesMin,
    keyBytesMax: s3Limits.keyBytesMax,
    metadataBytesMax: s3Limits.metadataBytesMax,
    defaultChecksum: "crc64nvme",
    bucketCase: "told",
    tenantPrefix: true,
    metadataText: "readable",
    bucketName: isS3BucketName,
    pathPrefix: () => "",
    xmlType: "application/xml",
    prettyPrint: false,
    errorElements: () => "all",
    errorDetail: "beforeIds",
    requestId: requestIds(random),
    hostId: (requestId) => btoa(`amphora/${requestId}`),
    headers: ["server", "AmazonS3"],
  };
}
