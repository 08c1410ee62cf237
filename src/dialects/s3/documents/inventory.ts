/** `InventoryConfiguration` and its reports: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html */
import { type Inventory, type InventoryField, inventoryLimits } from "../../../core/inventory/model.ts";
import type { BucketEncryption, BucketName, NamedDocument } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { type Column, inventoryForm } from "../../inventory-text.ts";
import { storageClassName } from "../parse/attributes.ts";
import { invalidArgument, invalidRequest, malformedXml, notImplemented, untold as untoldDocument } from "../refusals.ts";

const untold = (what: string): never => untoldDocument("inventory", what);
const column = (name: string, value: Column["value"]): Column => ({ name, value: (row) => (row.version.kind === "marker" ? undefined : value(row)) });

const statusOf = { store: () => "SSE-S3", key: (layers: unknown) => (layers === 2 ? "DSSE-KMS" : "SSE-KMS"), customer: () => "SSE-C" } as const;
const columns = {
  size: column("Size", ({ version }) => version.size),
  modified: { name: "LastModifiedDate", value: ({ version }) => isoTime(version.modifiedMs) },
  storageClass: column("StorageClass", ({ version }) => storageClassName(version.storageClass)),
  etag: column("ETag", ({ version }) => version.etag),
  multipart: column("IsMultipartUploaded", ({ version }) => version.form === "multipart"),
  // Nothing is replicated and nothing changes its tier by itself: empty, as S3 has it for such objects.
  replication: column("ReplicationStatus", () => undefined),
  tier: column("IntelligentTieringAccessTier", () => undefined),
  encryption: column("EncryptionStatus", ({ version: { encryption } }) => (encryption ? statusOf[encryption.mode](encryption.layers) : "NOT-SSE")),
  lockUntil: column("ObjectLockRetainUntilDate", ({ version: { retention } }) => retention && isoTime(retention.untilMs)),
  lockMode: column("ObjectLockMode", ({ version: { retention } }) => retention?.mode.toUpperCase()),
  legalHold: column("ObjectLockLegalHoldStatus", ({ version: { legalHold } }) => (legalHold === undefined ? undefined : legalHold ? "ON" : "OFF")),
  perBucketKey: column("BucketKeyStatus", ({ version: { encryption } }) => (encryption?.mode === "key" ? (encryption.perBucket ? "ENABLED" : "DISABLED") : undefined)),
  checksum: column("ChecksumAlgorithm", ({ version: { checksum } }) => checksum?.algorithm.toUpperCase()),
  owner: { name: "ObjectOwner", value: ({ owner }) => owner?.canonicalId },
} satisfies Partial<Record<InventoryField, Column>>;

export const s3InventoryForm = inventoryForm({
  columns,
  truth: String,
  versionText: ({ isNull, sequence }) => (isNull ? "null" : String(sequence)),
  /** `YYYY-MM-DD-HH-MM` */
  links: (ms) => new Date(ms).toISOString().slice(0, 16).replace(/[T:]/g, "-"),
  manifest: ({ bucket, inventory, startedMs }, files, schema) => ({
    sourceBucket: bucket,
    destinationBucket: `arn:aws:s3:::${inventory.target.bucket}`,
    version: "2016-11-30",
    creationTimestamp: String(startedMs),
    fileFormat: "CSV",
    fileSchema: schema,
    files: files.map(({ key, size, md5 }) => ({ key, size, MD5checksum: md5 })),
  }),
  link: (bucket, key) => `s3://${bucket}/${key}`,
});

const fieldNames = new Map(Object.entries(columns).map(([field, { name }]) => [name, field as InventoryField]));
const bucketArn = "arn:aws:s3:::";

function fieldsOf(node: XmlNode | undefined): InventoryField[] {
  const names = node ? xmlChildren(node, "Field").map(({ text }) => text.trim()) : [];
  const known = ["ObjectAccessControlList", "LifecycleExpirationDate"];
  return [...new Set(names)].map((name) => fieldNames.get(name) ?? (known.includes(name) ? notImplemented(`The inventory field ${name}`) : malformedXml()));
}
function encryptionOf(node: XmlNode | undefined): BucketEncryption | undefined {
  const [how, ...others] = node?.children ?? [];
  if (how === undefined) return undefined;
  if (others.length > 0) return malformedXml();
  if (how.name === "SSE-S3") return { mode: "store" };
  return how.name === "SSE-KMS" ? { mode: "key", keyName: xmlChildText(how, "KeyId")?.trim() || malformedXml() } : malformedXml();
}

/** Of a document whose shape was judged before. Throws InvalidS3DestinationBucket and the like when it is put. */
export function inventoryOf(root: XmlNode): Inventory {
  const destination = xmlChild(xmlChild(root, "Destination") ?? malformedXml(), "S3BucketDestination") ?? malformedXml();
  const format = xmlChildText(destination, "Format")?.trim();
  if (format !== "CSV") return notImplemented(`The inventory format ${format}`);
  const arn = xmlChildText(destination, "Bucket")?.trim() ?? "";
  if (!arn.startsWith(bucketArn) || arn.length === bucketArn.length) return invalidRequest("The destination bucket ARN is not valid.");
  const prefix = xmlChildText(destination, "Prefix") ?? "";
  if (prefix.length > inventoryLimits.prefixCharactersMax) return invalidArgument("Prefix", prefix.slice(0, 64), "The prefix is too long");
  const encryption = encryptionOf(xmlChild(destination, "Encryption"));
  const under = xmlChildText(xmlChild(root, "Filter") ?? { name: "", text: "", children: [] }, "Prefix") ?? "";
  if (under.length > inventoryLimits.prefixCharactersMax) return invalidArgument("Prefix", under.slice(0, 64), "The prefix is too long");
  return {
    enabled: xmlChildText(root, "IsEnabled")?.trim() === "true",
    versions: xmlChildText(root, "IncludedObjectVersions")?.trim() === "All" ? "all" : "current",
    every: xmlChildText(xmlChild(root, "Schedule") ?? malformedXml(), "Frequency")?.trim() === "Weekly" ? "week" : "day",
    filter: under === "" ? {} : { prefix: under },
    fields: fieldsOf(xmlChild(root, "OptionalFields")),
    target: { bucket: arn.slice(bucketArn.length) as BucketName, prefix, ...(encryption ? { encryption } : {}) },
  };
}

/** Of what another dialect wrote. */
export function inventoryContent({ id, inventory }: NamedDocument): string {
  const { enabled, versions, every, filter, fields, target } = inventory ?? untold("a configuration without a model");
  const { prefix, ...others } = filter;
  if (Object.keys(others).length > 0) return untold("a filter by time, size or class");
  const names = fields.map((field) => (field in columns ? columns[field as keyof typeof columns].name : untold(`the field ${field}`)));
  const { encryption } = target;
  const sealed = encryption && (encryption.mode === "store" ? xmlElement("SSE-S3", "") : xmlElement("SSE-KMS", xmlText("KeyId", encryption.keyName)));
  return (
    xmlElement(
      "Destination",
      xmlElement(
        "S3BucketDestination",
        xmlText("Bucket", `${bucketArn}${target.bucket}`) +
          xmlText("Format", "CSV") +
          xmlText("Prefix", target.prefix === "" ? undefined : target.prefix) +
          (sealed ? xmlElement("Encryption", sealed) : ""),
      ),
    ) +
    xmlText("IsEnabled", enabled) +
    (prefix === undefined ? "" : xmlElement("Filter", xmlText("Prefix", prefix))) +
    xmlText("Id", id) +
    xmlText("IncludedObjectVersions", versions === "all" ? "All" : "Current") +
    xmlElement("OptionalFields", names.map((name) => xmlText("Field", name)).join("")) +
    xmlElement("Schedule", xmlText("Frequency", every === "day" ? "Daily" : "Weekly"))
  );
}
