import type { DeleteEntry, DeleteEntryResult } from "../../../core/api.ts";
import { limits } from "../../../core/api.ts";
import { DomainError, type DomainErrors, type ErrorKind } from "../../../core/errors.ts";
import type { ObjectKey, VersionSelector } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { answerFor } from "../../error-table.ts";
import { operation } from "../../operation.ts";
import { documentReply } from "../documents/render.ts";
import { showsVersions, versionText } from "../documents/versions.ts";
import { type S3Call, type S3Settings, s3Limits } from "../flavour.ts";
import { deleteConditionOf } from "../parse/conditions.ts";
import { bypassHeader } from "../parse/lock.ts";
import { only } from "../parse/only.ts";
import { bucketOf, parseVersionId } from "../parse/query.ts";
import { malformedXml } from "../refusals.ts";

/** As the client wrote it; a version id that cannot be one names a version that does not exist. */
type Asked = { key: ObjectKey; versionId: string | undefined; entry: DeleteEntry | undefined };
type Input = { quiet: boolean; asked: Asked[] };

const elementsMax = 10 * limits.deleteEntriesMax;
const names = { size: "Size", time: "LastModifiedTime" };

/** What is not understood might have kept something from being deleted: it is refused, as what stands twice is. */
function askedOf(node: XmlNode): Asked {
  only(node, ["Key", "VersionId", "ETag", names.size, names.time]);
  const condition = (name: string): string | undefined => xmlChildText(node, name)?.trim();
  const key = xmlChildText(node, "Key");
  if (key === undefined || key === "") return malformedXml();
  const asked = { etag: condition("ETag"), size: condition(names.size), time: condition(names.time) };
  const versionId = xmlChildText(node, "VersionId");
  const known = { key: key as ObjectKey, versionId: versionId === "" ? undefined : versionId };
  let version: VersionSelector;
  try {
    version = known.versionId === undefined ? undefined : parseVersionId(known.versionId, "VersionId");
  } catch {
    return { ...known, entry: undefined };
  }
  return { ...known, entry: { key: known.key, version, ...deleteConditionOf(asked, names, version !== undefined) } };
}

/** Up to 1000 keys; each has its own outcome. */
export const DeleteObjects = operation<S3Settings, Input, DeleteEntryResult[]>({
  name: "DeleteObjects",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html",
  route: { method: "POST", target: "bucket", select: ["delete"] },
  access: { action: "s3:DeleteObject", capability: "object.delete" },
  body: { document: s3Limits.deleteBytesMax },
  // Deviation, 2026-11-21: S3 demands Content-MD5 or a checksum; a body that its signature covers is taken without.
  input: (call) => {
    const root = parseXml(call.document, { bytesMax: s3Limits.deleteBytesMax, elementsMax });
    const nodes = xmlChildren(root, "Object");
    if (root.name !== "Delete" || nodes.length === 0 || nodes.length > limits.deleteEntriesMax) return malformedXml();
    only(root, ["Object", "Quiet"], ["Object"]);
    return { quiet: xmlChildText(root, "Quiet")?.trim().toLowerCase() === "true", asked: nodes.map(askedOf) };
  },
  run: (core, { asked }, call) =>
    core.objects.deleteMany(call.context, { ...bucketOf(call), entries: asked.flatMap(({ entry }) => (entry === undefined ? [] : [entry])), ...bypassHeader(call) }),
  reply: (results, call, { quiet, asked }) => {
    let next = 0;
    let xml = "";
    for (const one of asked) {
      const result = one.entry === undefined ? undefined : results[next++];
      if (result === undefined) xml += refusal(call, one, new DomainError("versionMissing", { key: one.key, versionId: one.versionId ?? "" }));
      else if ("error" in result) xml += refusal(call, one, result.error);
      else if (!quiet) xml += deleted(call, one, result.result);
    }
    return documentReply(call, "DeleteResult", xml);
  },
});

function deleted(call: S3Call, { key, versionId }: Asked, { versioning, marker, removed }: Extract<DeleteEntryResult, { result: unknown }>["result"]): string {
  const { flavour } = call.settings;
  const subject = marker ?? (removed?.marker === true ? removed : undefined);
  const named = subject !== undefined && showsVersions(versioning, flavour) ? xmlText("DeleteMarker", true) + xmlText("DeleteMarkerVersionId", versionText(subject, flavour)) : "";
  return xmlElement("Deleted", xmlText("Key", key) + xmlText("VersionId", versionId) + named);
}

function refusal(call: S3Call, { key, versionId }: Asked, error: unknown): string {
  if (!(error instanceof DomainError)) call.log.error("delete.failed", error, { requestId: call.requestId });
  const { code, message } =
    error instanceof DomainError
      ? answerFor(call.settings.errors, error.kind as ErrorKind, error.detail as DomainErrors[ErrorKind], "DeleteObjects")
      : { code: "InternalError", message: "We encountered an internal error. Please try again." };
  return xmlElement("Error", xmlText("Key", key) + xmlText("VersionId", versionId) + xmlText("Code", code) + xmlText("Message", message));
}
