/** `InventoryConfiguration`: https://www.alibabacloud.com/help/en/oss/developer-reference/putbucketinventory */
import { type Inventory, type InventoryField, type InventoryFilter, inventoryLimits } from "../../core/inventory/model.ts";
import type { BucketEncryption, BucketName } from "../../core/model.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../lib/xml-reader.ts";
import { invalidArgument, malformedXml, refuse, untold } from "./answers.ts";
import { readDocument } from "./documents.ts";
import { parseStorageClass, storageClassText } from "./headers.ts";
import { inventoryColumns } from "./inventory-form.ts";

export const inventoryRoot = "InventoryConfiguration";
export const inventoryDocumentLimits = { bytesMax: 16 * 1024, idCharactersMax: 64 } as const;
const bucketArn = "acs:oss:::";
const sizeMax = 48.8 * 1024 ** 4;
const secondsMax = 253_402_271_999;
const known = ["Id", "IsEnabled", "Filter", "Destination", "Schedule", "IncludedObjectVersions", "OptionalFields"];

const fieldNames = new Map(Object.entries(inventoryColumns).map(([field, { name }]) => [name, field as InventoryField]));
const notServed = (what: string): never =>
  refuse({ status: 501, code: "NotImplemented", message: `This server does not make inventories with ${what}.`, elements: [["Operation", "PutBucketInventory"]] });

/** What is said of the destination's account and role is kept with the text; the server writes by the owner's right. */
export function parseInventory(bytes: Uint8Array): { id: string; inventory: Inventory } {
  const root = readDocument(bytes, inventoryRoot, { bytesMax: inventoryDocumentLimits.bytesMax });
  for (const { name } of root.children) {
    if (name === "IncrementalInventory") return notServed("increments");
    if (!known.includes(name)) return malformedXml(`${name} is unknown.`);
  }
  const destination =
    xmlChild(xmlChild(root, "Destination") ?? malformedXml("Destination is missing."), "OSSBucketDestination") ?? malformedXml("OSSBucketDestination is missing.");
  const inventory: Inventory = {
    enabled: truth(root, "IsEnabled"),
    versions: oneOf(root, "IncludedObjectVersions", { All: "all", Current: "current" }),
    every: frequency(root),
    filter: filterOf(xmlChild(root, "Filter")),
    fields: fieldsOf(root),
    target: targetOf(destination),
  };
  return { id: text(root, "Id"), inventory };
}

const text = (node: XmlNode, name: string): string => xmlChildText(node, name)?.trim() || malformedXml(`${name} is missing.`);
function oneOf<T>(node: XmlNode, name: string, words: Readonly<Record<string, T>>): T {
  const word = text(node, name);
  return Object.hasOwn(words, word) ? (words[word] as T) : malformedXml(`${name} is ${Object.keys(words).join(" or ")}.`);
}
function truth(node: XmlNode, name: string): boolean {
  const word = text(node, name).toLowerCase();
  return word === "true" || word === "false" ? word === "true" : malformedXml(`${name} is true or false.`);
}
function frequency(root: XmlNode): Inventory["every"] {
  const schedule = xmlChild(root, "Schedule") ?? malformedXml("Schedule is missing.");
  const word = text(schedule, "Frequency");
  if (word === "Monthly" || word === "Once") return notServed(`the frequency ${word}`);
  return oneOf(schedule, "Frequency", { Daily: "day", Weekly: "week" });
}
function fieldsOf(root: XmlNode): InventoryField[] {
  const node = xmlChild(root, "OptionalFields");
  const names = node ? xmlChildren(node, "Field").map((field) => field.text.trim()) : [];
  return [...new Set(names)].map((name) => (name === "TransitionTime" ? notServed("TransitionTime") : (fieldNames.get(name) ?? malformedXml(`The field ${name} is unknown.`))));
}
function number(node: XmlNode, name: string, most: number): number | undefined {
  const word = xmlChildText(node, name)?.trim();
  if (word === undefined) return undefined;
  return /^\d{1,15}$/.test(word) && Number(word) <= most ? Number(word) : invalidArgument(name, word.slice(0, 32), `${name} is a number from 0 to ${most}.`);
}
function filterOf(node: XmlNode | undefined): InventoryFilter {
  if (!node) return {};
  const prefix = xmlChildText(node, "Prefix");
  const from = number(node, "LastModifyBeginTimeStamp", secondsMax);
  const to = number(node, "LastModifyEndTimeStamp", secondsMax);
  const sizeFrom = number(node, "LowerSizeBound", sizeMax);
  const sizeTo = number(node, "UpperSizeBound", sizeMax);
  if ((from ?? 0) > (to ?? secondsMax)) invalidArgument("LastModifyEndTimeStamp", String(to), "The end is before the beginning.");
  if ((sizeFrom ?? 0) > (sizeTo ?? sizeMax)) invalidArgument("UpperSizeBound", String(sizeTo), "The upper bound is below the lower one.");
  const classes = xmlChildText(node, "StorageClass")?.trim() ?? "All";
  return {
    ...(prefix === undefined || prefix === "" ? {} : { prefix: bounded("Prefix", prefix) }),
    ...(from === undefined ? {} : { modifiedFromMs: from * 1000 }),
    ...(to === undefined ? {} : { modifiedToMs: to * 1000 + 999 }),
    ...(sizeFrom === undefined ? {} : { sizeFrom }),
    ...(sizeTo === undefined ? {} : { sizeTo }),
    ...(classes === "All" ? {} : { storageClasses: classes.split(",").map((word) => parseStorageClass("StorageClass", word.trim())) }),
  };
}
const bounded = (name: string, prefix: string): string =>
  prefix.length <= inventoryLimits.prefixCharactersMax && !/^[/\\]/.test(prefix) ? prefix : invalidArgument(name, prefix.slice(0, 64), `The ${name} is not valid.`);

function targetOf(node: XmlNode): Inventory["target"] {
  oneOf(node, "Format", { CSV: true });
  const bucket = text(node, "Bucket");
  if (!bucket.startsWith(bucketArn) || bucket.length === bucketArn.length) return invalidArgument("Bucket", bucket.slice(0, 96), `The destination is named ${bucketArn}BUCKET.`);
  const account = xmlChildText(node, "AccountId")?.trim() ?? "";
  if (!/^\d{0,32}$/.test(account)) invalidArgument("AccountId", account.slice(0, 32), "The account id is not valid.");
  const role = xmlChildText(node, "RoleArn")?.trim() ?? "";
  if (role !== "" && !/^acs:ram::\d+:role\/[\w.@/-]+$/.test(role)) invalidArgument("RoleArn", role.slice(0, 96), "The role is not valid.");
  const encryption = encryptionOf(xmlChild(node, "Encryption"));
  return { bucket: bucket.slice(bucketArn.length) as BucketName, prefix: bounded("Prefix", xmlChildText(node, "Prefix") ?? ""), ...(encryption ? { encryption } : {}) };
}
function encryptionOf(node: XmlNode | undefined): BucketEncryption | undefined {
  const [how, ...others] = node?.children ?? [];
  if (how === undefined) return undefined;
  if (others.length > 0) return malformedXml("Encryption is SSE-KMS or SSE-OSS.");
  if (how.name === "SSE-OSS") return { mode: "store" };
  return how.name === "SSE-KMS" ? { mode: "key", keyName: text(how, "KeyId") } : malformedXml("Encryption is SSE-KMS or SSE-OSS.");
}

/** Of what another dialect wrote. */
export function inventoryContent(id: string, { enabled, versions, every, filter, fields, target }: Inventory): string {
  const names = fields.map((field) => (field in inventoryColumns ? inventoryColumns[field as keyof typeof inventoryColumns].name : untold("inventory", `the field ${field}`)));
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.floor(ms / 1000));
  const { encryption } = target;
  const sealed = encryption && (encryption.mode === "store" ? xmlElement("SSE-OSS", "") : xmlElement("SSE-KMS", xmlText("KeyId", encryption.keyName)));
  const filterText =
    xmlText("Prefix", filter.prefix) +
    xmlText("LastModifyBeginTimeStamp", seconds(filter.modifiedFromMs)) +
    xmlText("LastModifyEndTimeStamp", seconds(filter.modifiedToMs)) +
    xmlText("LowerSizeBound", filter.sizeFrom) +
    xmlText("UpperSizeBound", filter.sizeTo) +
    xmlText("StorageClass", filter.storageClasses?.map(storageClassText).join(","));
  return (
    xmlText("Id", id) +
    xmlText("IsEnabled", enabled) +
    xmlElement(
      "Destination",
      xmlElement(
        "OSSBucketDestination",
        xmlText("Format", "CSV") +
          xmlText("Bucket", `${bucketArn}${target.bucket}`) +
          xmlText("Prefix", target.prefix === "" ? undefined : target.prefix) +
          (sealed ? xmlElement("Encryption", sealed) : ""),
      ),
    ) +
    xmlElement("Schedule", xmlText("Frequency", every === "day" ? "Daily" : "Weekly")) +
    (filterText === "" ? "" : xmlElement("Filter", filterText)) +
    xmlText("IncludedObjectVersions", versions === "all" ? "All" : "Current") +
    xmlElement("OptionalFields", names.map((name) => xmlText("Field", name)).join(""))
  );
}
