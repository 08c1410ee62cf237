/** Configuration documents: the writer's dialect gets its own text back, others a rendering of the model. */
import type { ConfigDocument, DocumentKind, DocumentModels } from "../../../core/model.ts";
import { VendorError } from "../../error-table.ts";
import type { Reply } from "../../wire.ts";
import type { S3Call } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";
import { documentReply } from "./render.ts";

/** What is kept of a document that was just parsed. */
export const written = <K extends DocumentKind>(call: S3Call, model: DocumentModels[K]): ConfigDocument<K> => ({
  model,
  writer: call.settings.flavour.name,
  raw: Buffer.from(call.document).toString("utf8"),
});

export type Missing = { code: string; message: string };
export function missing(call: S3Call, { code, message }: Missing): never {
  throw new VendorError({ status: 404, code, message, elements: [["BucketName", bucketOf(call).bucket]] });
}

export function configurationReply<K extends DocumentKind>(
  call: S3Call,
  document: ConfigDocument<K> | undefined,
  { root, content, absent }: { root: string; content: (model: DocumentModels[K]) => string; absent: Missing },
): Reply {
  return document === undefined ? missing(call, absent) : documentAsKept(call, document, root, content);
}

/** The same, of a document that is there. */
export function documentAsKept<K extends DocumentKind>(call: S3Call, document: ConfigDocument<K>, root: string, content: (model: DocumentModels[K]) => string): Reply {
  const { flavour } = call.settings;
  if (document.writer !== flavour.name || document.raw === "") return documentReply(call, root, content(document.model));
  return { status: 200, headers: ["content-type", flavour.xmlType], body: document.raw };
}
