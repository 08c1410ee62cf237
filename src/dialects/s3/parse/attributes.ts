/** What a writer says about an object: content headers, user metadata, storage class. */
import type { ContentHeaders, Metadata, StorageClass } from "../../../core/model.ts";
import type { S3Call } from "../flavour.ts";
import { headerNotImplemented, invalidRedirect, invalidStorageClass, metadataTooLarge } from "../refusals.ts";

/** Without `aws-chunked`, which is how the body came and not what it is. */
function contentEncoding(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const kept = text
    .split(",")
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "" && piece.toLowerCase() !== "aws-chunked");
  return kept.length === 0 ? undefined : kept.join(", ");
}

export function contentHeaders(call: S3Call): ContentHeaders {
  const { headers } = call.request;
  const found: [keyof ContentHeaders, string | undefined][] = [
    ["contentType", headers["content-type"]],
    ["cacheControl", headers["cache-control"]],
    ["contentDisposition", headers["content-disposition"]],
    ["contentEncoding", contentEncoding(headers["content-encoding"])],
    ["contentLanguage", headers["content-language"]],
    ["expires", headers.expires],
  ];
  const kept: ContentHeaders = {};
  for (const [name, value] of found) if (value !== undefined && value !== "") kept[name] = value;
  const redirect = websiteRedirect(call);
  if (redirect !== undefined) kept.websiteRedirect = redirect;
  return kept;
}

const redirectCharactersMax = 2048;

/** Where the bucket's website sends who asks for the object: a path in it, or another site. */
export function websiteRedirect(call: S3Call): string | undefined {
  const text = call.request.headers["x-amz-website-redirect-location"];
  if (text === undefined) return undefined;
  if (text.length > redirectCharactersMax) return invalidRedirect(`The length of website redirect location cannot exceed ${redirectCharactersMax} characters.`);
  if (text === "") return invalidRedirect("The website redirect location must be non-empty.");
  // Header text only: a form or a query can say more than a header.
  if (!/^(\/|https?:\/\/)[\x20-\x7e\x80-\xff]*$/.test(text)) return invalidRedirect("The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
  return text;
}

const metadataPrefix = "x-amz-meta-";

/** In the order sent, names in lower case as S3 gives them back; several lines of one name are joined by commas. */
export function userMetadata(call: S3Call): Metadata {
  const { headers, rawHeaders } = call.request;
  const { metadataBytesMax } = call.settings.flavour;
  const metadata: Metadata = [];
  const seen = new Set<string>();
  let size = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (!name.startsWith(metadataPrefix) || seen.has(name)) continue;
    seen.add(name);
    const value = headers[name] ?? "";
    // Header text holds one byte a character.
    size += name.length - metadataPrefix.length + value.length;
    metadata.push([name.slice(metadataPrefix.length), value]);
  }
  if (size > metadataBytesMax) metadataTooLarge(size, metadataBytesMax);
  return metadata;
}

const classNames: Record<StorageClass, string> = {
  standard: "STANDARD",
  reduced: "REDUCED_REDUNDANCY",
  infrequent: "STANDARD_IA",
  infrequentOneZone: "ONEZONE_IA",
  intelligent: "INTELLIGENT_TIERING",
  archiveInstant: "GLACIER_IR",
  archive: "GLACIER",
  // OSS has one class more between these two.
  coldArchive: "GLACIER",
  deepColdArchive: "DEEP_ARCHIVE",
};
export const storageClassName = (storageClass: StorageClass): string => classNames[storageClass];

const classes = new Map<string, StorageClass>([
  ["STANDARD", "standard"],
  ["REDUCED_REDUNDANCY", "reduced"],
  ["STANDARD_IA", "infrequent"],
  ["ONEZONE_IA", "infrequentOneZone"],
  ["INTELLIGENT_TIERING", "intelligent"],
  ["GLACIER_IR", "archiveInstant"],
]);
/** Their objects must be restored before they are read, which is not served yet: refused rather than kept readable. */
const unservedClasses = ["GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP"];

export function storageClass(call: S3Call): { storageClass?: StorageClass } {
  const text = call.request.headers["x-amz-storage-class"];
  if (text === undefined) return {};
  const found = classes.get(text);
  if (found !== undefined) return { storageClass: found };
  return unservedClasses.includes(text) ? headerNotImplemented("x-amz-storage-class") : invalidStorageClass(text);
}
