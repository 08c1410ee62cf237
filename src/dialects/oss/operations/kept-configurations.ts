/** Configurations that are judged, kept and told. Most change nothing else here: there is no network, archive or count of accesses of ours behind them. */
import type { ConfigDocument, DocumentKind, DocumentModels } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { chosenLimits } from "../../chosen.ts";
import type { AnyOperation } from "../../operation.ts";
import { invalidArgument, malformedXml, refuse } from "../answers.ts";
import { readDocument } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { document, empty } from "../replies.ts";
import { isResourceGroup, resourceGroupOf } from "../resource-group.ts";
import type { OssSettings } from "../settings.ts";

type Family<K extends DocumentKind> = {
  /** As in `PutBucketHttpsConfig`. */
  name: string;
  kind: K;
  select: string;
  root: string;
  parse(root: XmlNode): DocumentModels[K];
  content(model: DocumentModels[K]): string;
  /** What is told of a bucket that was never told anything, or the error that says so. */
  unset: DocumentModels[K] | { code: string; message: string };
  /** Something is done about it. */
  isActed?: true;
};

/** The model is what is told: what was said twice, or in capitals, reads as it is meant. */
function family<K extends DocumentKind>({ name, kind, select, root, parse, content, unset, isActed }: Family<K>): AnyOperation<OssSettings>[] {
  const declared = (verb: "Put" | "Get") =>
    ({
      name: `${verb}Bucket${name}`,
      docs: page(`${verb}bucket${name}`.toLowerCase()),
      route: { method: verb === "Put" ? "PUT" : "GET", target: "bucket", select: [select] },
      access: { action: `oss:${verb}Bucket${name}`, capability: "bucket.own" },
      ...(isActed ? {} : { isInert: true as const }),
    }) as const;
  return [
    ossOperation({
      ...declared("Put"),
      body: { document: chosenLimits.bytesMax },
      input: (call) => ({ ...bucketOf(call), kind, document: { model: parse(readDocument(call.document, root)), writer: "", raw: "" } as ConfigDocument<K> }),
      run: (core, input, { context }) => core.documents.put(context, input),
      reply: () => empty(200),
    }),
    ossOperation({
      ...declared("Get"),
      input: (call) => ({ ...bucketOf(call), kind }),
      run: (core, input, { context }) => core.documents.get(context, input),
      reply: (kept: ConfigDocument<K> | undefined, _call, { bucket }) => {
        if (kept !== undefined) return document(root, content(kept.model));
        if (isMissing(unset)) return refuse({ status: 404, ...unset, elements: [["BucketName", bucket]] });
        return document(root, content(unset));
      },
    }),
  ];
}
const isMissing = (unset: object): unset is { code: string; message: string } => "code" in unset;

function truth(node: XmlNode, name: string): boolean {
  const text = xmlChildText(node, name)?.trim().toLowerCase();
  return text === "true" || text === "false" ? text === "true" : malformedXml(`${name} is true or false.`);
}

const tlsVersions = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
function tlsOf(root: XmlNode): DocumentModels["tls"] {
  const node = xmlChild(root, "TLS") ?? malformedXml("TLS is missing.");
  const isOn = truth(node, "Enable");
  const versions = [...new Set(xmlChildren(node, "TLSVersion").map(({ text }) => text.trim()))];
  for (const version of versions) if (!tlsVersions.includes(version)) malformedXml(`TLSVersion is one of ${tlsVersions.join(", ")}.`);
  if (isOn && versions.length === 0) return malformedXml("TLSVersion is missing.");
  return { versions: isOn ? versions : [] };
}

/** Of connections over TLS: those of other versions are refused. Plain HTTP is not its matter. */
export const httpsConfig = family({
  name: "HttpsConfig",
  kind: "tls",
  select: "httpsConfig",
  root: "HttpsConfiguration",
  parse: tlsOf,
  content: ({ versions }) => xmlElement("TLS", xmlText("Enable", versions.length > 0) + versions.map((version) => xmlText("TLSVersion", version)).join("")),
  unset: { versions: [] },
  isActed: true,
});

export const archiveDirectRead = family({
  name: "ArchiveDirectRead",
  kind: "archiveRead",
  select: "bucketArchiveDirectRead",
  root: "ArchiveDirectReadConfiguration",
  parse: (root) => ({ enabled: truth(root, "Enabled") }),
  content: ({ enabled }) => xmlText("Enabled", enabled),
  unset: { code: "NoSuchArchiveDirectReadConfiguration", message: "The archive direct read configuration does not exist." },
});

export const accessMonitor = family({
  name: "AccessMonitor",
  kind: "accessMonitor",
  select: "accessmonitor",
  root: "AccessMonitorConfiguration",
  parse(root) {
    const status = xmlChildText(root, "Status")?.trim();
    return status === "Enabled" || status === "Disabled" ? { enabled: status === "Enabled" } : malformedXml("Status is Enabled or Disabled.");
  },
  content: ({ enabled }) => xmlText("Status", enabled ? "Enabled" : "Disabled"),
  unset: { enabled: false },
});

/** The same as S3's acceleration. */
export const transferAcceleration = family({
  name: "TransferAcceleration",
  kind: "acceleration",
  select: "transferAcceleration",
  root: "TransferAccelerationConfiguration",
  parse: (root) => ({ status: truth(root, "Enabled") ? "enabled" : "suspended" }),
  content: ({ status }) => xmlText("Enabled", status === "enabled"),
  unset: { code: "NoSuchTransferAccelerationConfiguration", message: "The transfer acceleration configuration does not exist." },
});

const gibibyte = 1024 ** 3;
/** In gigabytes; -1: as much as there is room for. Writes beyond it are refused. */
export const storageCapacity = family({
  name: "StorageCapacity",
  kind: "capacity",
  select: "qos",
  root: "BucketUserQos",
  parse(root) {
    const text = xmlChildText(root, "StorageCapacity")?.trim() ?? malformedXml("StorageCapacity is missing.");
    if (text === "-1") return {};
    return /^\d{1,6}$/.test(text)
      ? { bytes: Number(text) * gibibyte }
      : invalidArgument("StorageCapacity", text.slice(0, 32), "The storage capacity is -1, or gigabytes from 0 on.");
  },
  content: ({ bytes }) => xmlText("StorageCapacity", bytes === undefined ? -1 : Math.round(bytes / gibibyte)),
  unset: {},
  isActed: true,
});

/** Groups are the caller's own names: any that looks like one is taken. An empty one is the default. */
export const resourceGroup = family({
  name: "ResourceGroup",
  kind: "resourceGroup",
  select: "resourceGroup",
  root: "BucketResourceGroupConfiguration",
  parse(root) {
    const id = xmlChildText(root, "ResourceGroupId")?.trim() ?? malformedXml("ResourceGroupId is missing.");
    if (id !== "" && !isResourceGroup(id))
      return refuse({
        status: 400,
        code: "ResourceGroupIdPreCheckError",
        message: "The resource group id is not valid.",
        ec: "0039-00000003",
        elements: [["ResourceGroupId", id.slice(0, 64)]],
      });
    return { id: id === resourceGroupOf("") ? "" : id };
  },
  content: ({ id }) => xmlText("ResourceGroupId", resourceGroupOf(id)),
  unset: { id: "" },
});
