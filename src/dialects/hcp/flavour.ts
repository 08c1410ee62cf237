/** Hitachi Content Platform's S3, as what differs from S3: https://docs.hitachivantara.com (HCP 9.7, MK-95HCPH002). */
import type { Flavour } from "../s3/flavour.ts";

export const hcpLimits = {
  /** Parts but the last. */
  partBytesMin: 1024 ** 2,
  keyBytesMax: 4095,
  metadataBytesMax: 2048,
} as const;

/** Letters, digits and hyphens; never told apart by case, and kept in lower case here. */
const isHcpBucketName = (name: string): boolean => /^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/.test(name) && !name.startsWith("xn--");

/** As HCP sends them with every answer. */
const securityHeaders = [
  "x-content-type-options",
  "nosniff",
  "x-dns-prefetch-control",
  "off",
  "x-download-options",
  "noopen",
  "x-frame-options",
  "SAMEORIGIN",
  "x-xss-protection",
  "1; mode=block",
  "content-security-policy",
  "default-src 'self'",
  "vary",
  "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
];

/** `domain`: what HostId is made of; node 1 stands for all of us. */
export function hcpFlavour(domain: string, wallMs: () => number): Flavour {
  return {
    name: "hcp",
    versionIds: "sequence",
    versionOrder: "oldestFirst",
    versionIdUnlessEnabled: "ignored",
    versionHeaders: "enabled",
    createOwned: "keep",
    openUploads: "refuse",
    uploadedBy: { by: "initiator" },
    // Users' first complaint about HCP is that it is otherwise; "refused" is a setting of the bucket.
    newBucketOverwrite: "allowed",
    newBucketOwnership: "none",
    newBucketEncryption: "none",
    pageOverMax: "refuse",
    copyOntoItself: "allow",
    completeRefusal: "document",
    unknownAcl: "notImplemented",
    partBytesMin: hcpLimits.partBytesMin,
    keyBytesMax: hcpLimits.keyBytesMax,
    metadataBytesMax: hcpLimits.metadataBytesMax,
    defaultChecksum: undefined,
    bucketCase: "folded",
    tenantPrefix: false,
    metadataText: "sent",
    bucketName: isHcpBucketName,
    // With AWS signatures `hs3` is a bucket like any other.
    pathPrefix: (authorization) => (authorization?.trimStart().startsWith("HCP ") ? "/hs3" : ""),
    xmlType: "application/xml;charset=UTF-8",
    prettyPrint: true,
    errorElements: (code) => (code === "NoSuchBucket" ? ["BucketName"] : code === "NoSuchKey" ? ["Key"] : []),
    errorDetail: "afterIds",
    requestId: () => String(wallMs()),
    hostId: () => Buffer.from(`${domain}:1`).toString("base64"),
    headers: ["server", "HCP V9.7.0.0", ...securityHeaders],
  };
}
