import { type DeleteEntryResult, limits } from "../../../core/api.ts";
import { isDomainError } from "../../../core/errors.ts";
import type { ObjectKey } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { type XmlNode, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { malformedXml } from "../answers.ts";
import { deleteDocumentBytesMax, readDocument } from "../documents.ts";
import { ossAnswer } from "../errors.ts";
import { encodingElement, type Naming, namingOf } from "../listing.ts";
import { bypassHeader } from "../object-worm.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { encodingParameter, parseVersionId } from "../parameters.ts";
import { document, empty, versionText } from "../replies.ts";

function entryOf(node: XmlNode) {
  const key = xmlChildText(node, "Key");
  if (key === undefined || key === "") return malformedXml("An Object has no Key.");
  const versionId = xmlChildText(node, "VersionId");
  return { key: key as ObjectKey, ...(versionId ? { version: parseVersionId("VersionId", versionId.trim()) } : {}) };
}

/** What was there and is gone, and what was not there, are both deleted; what was refused is named with its reason. */
function resultElement(entry: DeleteEntryResult, naming: Naming): string {
  const key = xmlText("Key", naming(entry.key));
  const asked = entry.version === undefined ? "" : xmlText("VersionId", entry.version);
  if ("error" in entry) {
    if (!isDomainError(entry.error)) throw entry.error;
    const answer = ossAnswer(entry.error.kind, entry.error.detail, "DeleteMultipleObjects");
    return xmlElement("Error", key + asked + xmlText("Code", answer.code) + xmlText("Message", answer.message));
  }
  const { removed, marker } = entry.result;
  if (marker) return xmlElement("Deleted", key + xmlText("DeleteMarker", true) + xmlText("DeleteMarkerVersionId", versionText(marker)));
  const removedMarker = removed?.marker ? xmlText("DeleteMarker", true) + xmlText("DeleteMarkerVersionId", versionText(removed)) : "";
  return xmlElement("Deleted", key + asked + removedMarker);
}

export const DeleteMultipleObjects = ossOperation({
  name: "DeleteMultipleObjects",
  docs: page("deletemultipleobjects"),
  route: { method: "POST", target: "bucket", select: ["delete"] },
  access: { action: "oss:DeleteObject", capability: "object.delete" },
  body: { document: deleteDocumentBytesMax },
  input: (call) => {
    const root = readDocument(call.document, "Delete", { bytesMax: deleteDocumentBytesMax });
    const objects = xmlChildren(root, "Object");
    if (objects.length === 0 || objects.length > limits.deleteEntriesMax) return malformedXml(`There must be 1 to ${limits.deleteEntriesMax} Object elements.`);
    const quiet = xmlChildText(root, "Quiet")?.trim().toLowerCase() === "true";
    return { ...bucketOf(call), entries: objects.map(entryOf), ...bypassHeader(call), quiet, encoded: encodingParameter(call) };
  },
  run: (core, { quiet: _quiet, encoded: _encoded, ...input }, { context }) => core.objects.deleteMany(context, input),
  reply: (results, _call, { quiet, encoded }) => {
    const naming = namingOf(encoded);
    const shown = quiet ? results.filter((entry) => "error" in entry) : results;
    if (quiet && shown.length === 0) return empty(200);
    return document("DeleteResult", encodingElement(encoded) + shown.map((entry) => resultElement(entry, naming)).join(""));
  },
});
