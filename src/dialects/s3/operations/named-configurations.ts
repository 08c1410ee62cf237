/**
 * Configurations of which a bucket has up to 1000, each under its id: kept, listed, told and removed as the vendor does. Inventories are made
 * (core/inventory); nothing is analysed, measured or tiered. One maker for the four families.
 */
import type { NamedDocument, NamedKind } from "../../../core/model.ts";
import { type AnyOperation, operation } from "../../operation.ts";
import { missing } from "../documents/configuration.ts";
import { inventoryContent, inventoryOf } from "../documents/inventory.ts";
import { type Acted, namedAfter, namedDocumentLimits, namedId, namedListContent, namedReply, parseNamed, type Shapes } from "../documents/named.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

const absent = { code: "NoSuchConfiguration", message: "The specified configuration does not exist." };
const listedMax = 100;

/** `acted`: what there is to be made of the document, and what it is told as where another dialect wrote it. */
type Family = { noun: string; kind: NamedKind; select: string; listRoot: string; shapes: Shapes; acted?: Acted };

function family({ noun, kind, select, listRoot, shapes, acted }: Family): AnyOperation<S3Settings>[] {
  const root = `${noun}Configuration`;
  const declared = (verb: "Get" | "Put" | "Delete" | "List", method: "GET" | "PUT" | "DELETE") => {
    const name = `${verb}Bucket${root}${verb === "List" ? "s" : ""}`;
    return {
      name,
      docs: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_${name}.html`,
      route: { method, target: "bucket", select: [select], ...(verb === "Get" ? { parameter: "id" } : {}) },
      access: { action: `s3:${method === "GET" ? "Get" : "Put"}${root}`, capability: "bucket.own" },
      ...(acted ? {} : { isInert: true as const }),
    } as const;
  };
  return [
    operation<S3Settings, string, NamedDocument | undefined>({
      ...declared("Get", "GET"),
      input: namedId,
      run: (core, id, call) => core.documents.named.get(call.context, { ...bucketOf(call), kind, id }),
      reply: (document, call) => (document === undefined ? missing(call, absent) : namedReply(call, root, document, acted)),
    }),
    operation<S3Settings, string | undefined, { documents: NamedDocument[]; isTruncated: boolean }>({
      ...declared("List", "GET"),
      input: namedAfter,
      run: (core, after, call) => core.documents.named.list(call.context, { ...bucketOf(call), kind, after, max: listedMax }),
      reply: (page, call) => documentReply(call, listRoot, namedListContent(call, page, root, acted)),
    }),
    operation<S3Settings, NamedDocument, void>({
      ...declared("Put", "PUT"),
      body: { document: namedDocumentLimits.bytesMax },
      input: (call) => parseNamed(call, root, shapes, acted),
      run: (core, document, call) => core.documents.named.put(call.context, { ...bucketOf(call), kind, document }),
      reply: () => emptyReply(200),
    }),
    operation<S3Settings, string, boolean>({
      ...declared("Delete", "DELETE"),
      input: namedId,
      run: (core, id, call) => core.documents.named.remove(call.context, { ...bucketOf(call), kind, id }),
      reply: (removed, call) => (removed ? emptyReply(204) : missing(call, absent)),
    }),
  ];
}

const needed = true;

export const analytics = family({
  noun: "Analytics",
  kind: "analytics",
  select: "analytics",
  listRoot: "ListBucketAnalyticsConfigurationResult",
  shapes: {
    Filter: {},
    StorageClassAnalysis: { needed, children: { DataExport: { children: { OutputSchemaVersion: { needed, text: /^V_1$/ }, Destination: { needed } } } } },
  },
});

export const inventory = family({
  noun: "Inventory",
  kind: "inventory",
  select: "inventory",
  listRoot: "ListInventoryConfigurationsResult",
  acted: { modelOf: (root) => ({ inventory: inventoryOf(root) }), content: inventoryContent },
  shapes: {
    Destination: {
      needed,
      children: {
        S3BucketDestination: { needed, children: { AccountId: {}, Bucket: { needed, text: /./ }, Format: { needed, text: /^(?:CSV|ORC|Parquet)$/ }, Prefix: {}, Encryption: {} } },
      },
    },
    IsEnabled: { needed, text: /^(?:true|false)$/ },
    Filter: { children: { Prefix: { needed } } },
    IncludedObjectVersions: { needed, text: /^(?:All|Current)$/ },
    OptionalFields: { children: { Field: { many: true, text: /^\w+$/ } } },
    Schedule: { needed, children: { Frequency: { needed, text: /^(?:Daily|Weekly)$/ } } },
  },
});

export const metrics = family({ noun: "Metrics", kind: "metrics", select: "metrics", listRoot: "ListMetricsConfigurationsResult", shapes: { Filter: {} } });

export const intelligentTiering = family({
  noun: "IntelligentTiering",
  kind: "tiering",
  select: "intelligent-tiering",
  listRoot: "ListBucketIntelligentTieringConfigurationsOutput",
  shapes: {
    Filter: {},
    Status: { needed, text: /^(?:Enabled|Disabled)$/ },
    Tiering: { needed, many: true, children: { AccessTier: { needed, text: /^(?:ARCHIVE_ACCESS|DEEP_ARCHIVE_ACCESS)$/ }, Days: { needed, text: /^[1-9]\d{0,2}$/ } } },
  },
});
