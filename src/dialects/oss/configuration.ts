/** Configuration documents: the writer's dialect gets its own text back, others a rendering of the model. */
import type { ConfigDocument, DocumentKind, DocumentModels } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import type { Reply } from "../wire.ts";
import { document } from "./replies.ts";

const writer = "oss";

/** What is kept of a document that was just parsed. */
export const written = <K extends DocumentKind>(model: DocumentModels[K], raw: Bytes): ConfigDocument<K> => ({ model, writer, raw: Buffer.from(raw).toString("utf8") });

/** Written here: its text is given back as it came. */
export const isOwnText = (kept: ConfigDocument): boolean => kept.writer === writer && kept.raw !== "";

export function configurationReply<K extends DocumentKind>(kept: ConfigDocument<K>, root: string, content: (model: DocumentModels[K]) => string): Reply {
  if (!isOwnText(kept)) return document(root, content(kept.model));
  return { status: 200, headers: ["Content-Type", "application/xml"], body: kept.raw };
}
