import type { VersionResult } from "../../../core/api.ts";
import type { CustomerKey } from "../../../core/encryption/api.ts";
import type { Version, VersionSelector } from "../../../core/model.ts";
import { httpDate } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { documentReply } from "../documents/render.ts";
import { versionHeader } from "../documents/versions.ts";
import { checksumContent } from "../documents/written.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { storageClassName } from "../parse/attributes.ts";
import { checksumElement } from "../parse/checksums.ts";
import { customerKey } from "../parse/encryption.ts";
import { objectOf, versionOf } from "../parse/query.ts";
import { versionMeant } from "../parse/reading.ts";
import { invalidArgument } from "../refusals.ts";

const known = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];
const header = "x-amz-object-attributes";
const partsMax = 1000;

type Input = { version: VersionSelector; wanted: string[]; maxParts: number; after: number; customerKey?: CustomerKey };

function wantedOf(call: S3Call): string[] {
  const text = call.request.headers[header] ?? "";
  const names = text.split(",").map((name) => name.trim());
  return names.every((name) => known.includes(name)) ? names : invalidArgument(header, text, "Invalid attribute name specified.");
}

function numberHeader(call: S3Call, name: string, fallback: number): number {
  const text = call.request.headers[name];
  if (text === undefined) return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : invalidArgument(name, text, `Provided ${name} not an integer or within integer range`);
}

/** What is known of an object without its bytes. */
export const GetObjectAttributes = operation<S3Settings, Input, VersionResult>({
  name: "GetObjectAttributes",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html",
  route: { method: "GET", target: "object", select: ["attributes"] },
  access: { action: "s3:GetObjectAttributes", capability: "object.read" },
  input: (call) => ({
    version: versionOf(call),
    wanted: wantedOf(call),
    maxParts: Math.min(numberHeader(call, "x-amz-max-parts", partsMax), partsMax),
    after: numberHeader(call, "x-amz-part-number-marker", 0),
    ...customerKey(call),
  }),
  run: async (core, { version, customerKey: key }, call) =>
    core.objects.head(call.context, { ...objectOf(call), version: await versionMeant(core, call, version), ...(key === undefined ? {} : { customerKey: key }) }),
  reply: (found, call, input) => {
    const { version } = found;
    const pieces: Record<string, () => string> = {
      ETag: () => xmlText("ETag", version.etag),
      Checksum: () => (version.checksum === undefined ? "" : xmlElement("Checksum", checksumContent(version.checksum))),
      ObjectParts: () => objectParts(version, input),
      StorageClass: () => xmlText("StorageClass", storageClassName(version.storageClass)),
      ObjectSize: () => xmlText("ObjectSize", version.size),
    };
    const content = known.filter((name) => input.wanted.includes(name)).map((name) => pieces[name]?.() ?? "");
    return documentReply(call, "GetObjectAttributesResponse", content.join(""), ["last-modified", httpDate(version.modifiedMs), ...versionHeader(found, call.settings.flavour)]);
  },
});

function objectParts({ parts, checksum }: Version, { maxParts, after }: Input): string {
  if (parts === undefined || parts.length === 0) return "";
  const rest = parts.filter(({ number }) => number > after);
  const page = rest.slice(0, maxParts);
  const listed = page.map((part) =>
    xmlElement(
      "Part",
      xmlText("PartNumber", part.number) + xmlText("Size", part.size) + (checksum === undefined ? "" : xmlText(checksumElement(checksum.algorithm), part.checksum)),
    ),
  );
  return xmlElement(
    "ObjectParts",
    xmlText("PartsCount", parts.length) +
      xmlText("PartNumberMarker", after) +
      xmlText("NextPartNumberMarker", page.at(-1)?.number ?? after) +
      xmlText("MaxParts", maxParts) +
      xmlText("IsTruncated", rest.length > page.length) +
      listed.join(""),
  );
}
