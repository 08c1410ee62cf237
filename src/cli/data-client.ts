/** Buckets and objects as commands ask for them: S3 requests under SigV4, and the documents that answer. */
import { type Cloud, openCloud } from "../client/cloud.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../lib/xml-reader.ts";
import type { Call, serverFlags } from "./command.ts";
import { UsageError } from "./exits.ts";
import { knownServer, nobodyAsks } from "./known-server.ts";

/** V4 signs a region; a server that is strict about its own is told so by AMPHORA_REGION. */
const regionDefault = "us-east-1";
const documentLimits = { bytesMax: 32 * 1024 * 1024, elementsMax: 40_000 } as const;

/** Runs `ask` with a client for the server that the call names, and closes it. */
export async function withData<T>({ flags, env }: Pick<Call<typeof serverFlags>, "flags" | "env">, ask: (data: Cloud) => Promise<T>): Promise<T> {
  const { endpoint, key } = knownServer({ data: flags.data, endpoint: flags.endpoint, env });
  if (key === undefined) throw nobodyAsks("AMPHORA_ACCESS_KEY_ID and AMPHORA_SECRET_ACCESS_KEY");
  const data = openCloud({ service: "s3", endpoint, region: env.AMPHORA_REGION ?? regionDefault, credentials: key, addressing: "path", retry: { attemptsMax: 4 } });
  try {
    return await ask(data);
  } finally {
    data.close();
  }
}

export type Place = { bucket: string; key: string };
/** `BUCKET/KEY`; the key may be empty. A tenant may stand before the bucket: `europe:photos/cat.jpg`. */
export function placeIn(name: string): Place {
  const slash = name.indexOf("/");
  const bucket = slash < 0 ? name : name.slice(0, slash);
  if (bucket === "") throw new UsageError(`"${name}" names no bucket`);
  return { bucket, key: slash < 0 ? "" : name.slice(slash + 1) };
}
/** The same, with a key. */
export function objectIn(name: string): Place {
  const place = placeIn(name);
  if (place.key === "") throw new UsageError(`"${name}" names a bucket and no object: BUCKET/KEY`);
  return place;
}

export const documentOf = (body: Uint8Array): XmlNode => parseXml(body, documentLimits);

/** Keys in lists are asked for in URL encoding: a key may hold what no XML document can. */
const decoded = (text: string | undefined): string => decodeURIComponent((text ?? "").replaceAll("+", "%20"));
const textOf = (node: XmlNode, name: string): string => xmlChildText(node, name) ?? "";
const unquoted = (etag: string): string => etag.replace(/^"|"$/g, "");

export type ListedObject = { kind: "object"; key: string; size: number; modified: string; etag: string; storageClass: string };
export type ListedPrefix = { kind: "prefix"; prefix: string };
type Listing = Place & { recursive: boolean; signal?: AbortSignal };

/** All under the prefix, page by page, in the order of the keys. Not `recursive`: folders as prefixes. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function* listObjects(data: Cloud, { bucket, key: prefix, recursive, signal }: Listing): AsyncGenerator<(ListedObject | ListedPrefix)[]> {
  for (let token: string | undefined; ; ) {
    const query = { "list-type": "2", "encoding-type": "url", prefix, delimiter: recursive ? undefined : "/", "continuation-token": token };
    const root = documentOf((await data.send({ method: "GET", bucket, query }, { signal })).body);
    const objects = xmlChildren(root, "Contents").map(
      (node): ListedObject => ({
        kind: "object",
        key: decoded(textOf(node, "Key")),
        size: Number(textOf(node, "Size")),
        modified: textOf(node, "LastModified"),
        etag: unquoted(textOf(node, "ETag")),
        storageClass: textOf(node, "StorageClass"),
      }),
    );
    const prefixes = xmlChildren(root, "CommonPrefixes").map((node): ListedPrefix => ({ kind: "prefix", prefix: decoded(textOf(node, "Prefix")) }));
    yield [...prefixes, ...objects];
    token = xmlChildText(root, "NextContinuationToken");
    if (token === undefined) return;
  }
}

export type ListedVersion = { kind: "version" | "marker"; key: string; versionId: string; isLatest: boolean; size: number; modified: string };
/** All versions and delete markers under the prefix, of each key the newest first. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export async function* listVersions(data: Cloud, { bucket, key: prefix, signal }: Omit<Listing, "recursive">): AsyncGenerator<ListedVersion[]> {
  for (let next: { "key-marker"?: string; "version-id-marker"?: string } = {}; ; ) {
    const root = documentOf((await data.send({ method: "GET", bucket, query: { versions: "", "encoding-type": "url", prefix, ...next } }, { signal })).body);
    yield root.children.flatMap((node): ListedVersion[] => {
      if (node.name !== "Version" && node.name !== "DeleteMarker") return [];
      return [
        {
          kind: node.name === "Version" ? "version" : "marker",
          key: decoded(textOf(node, "Key")),
          versionId: textOf(node, "VersionId"),
          isLatest: textOf(node, "IsLatest") === "true",
          size: Number(xmlChildText(node, "Size") ?? 0),
          modified: textOf(node, "LastModified"),
        },
      ];
    });
    if (textOf(root, "IsTruncated") !== "true") return;
    const version = xmlChildText(root, "NextVersionIdMarker");
    next = { "key-marker": decoded(textOf(root, "NextKeyMarker")), ...(version === undefined ? {} : { "version-id-marker": version }) };
  }
}

export type ListedUpload = { key: string; uploadId: string; initiated: string };
/** Unfinished uploads under the prefix. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export async function* listUploads(data: Cloud, { bucket, key: prefix, signal }: Omit<Listing, "recursive">): AsyncGenerator<ListedUpload[]> {
  for (let next: { "key-marker"?: string; "upload-id-marker"?: string } = {}; ; ) {
    const root = documentOf((await data.send({ method: "GET", bucket, query: { uploads: "", "encoding-type": "url", prefix, ...next } }, { signal })).body);
    yield xmlChildren(root, "Upload").map((node) => ({ key: decoded(textOf(node, "Key")), uploadId: textOf(node, "UploadId"), initiated: textOf(node, "Initiated") }));
    if (textOf(root, "IsTruncated") !== "true") return;
    next = { "key-marker": decoded(textOf(root, "NextKeyMarker")), "upload-id-marker": textOf(root, "NextUploadIdMarker") };
  }
}

export async function listBuckets(data: Cloud, signal: AbortSignal): Promise<{ name: string; created: string }[]> {
  const buckets: { name: string; created: string }[] = [];
  for (let token: string | undefined; ; ) {
    const root = documentOf((await data.send({ method: "GET", query: { "continuation-token": token } }, { signal })).body);
    for (const node of xmlChildren(xmlChild(root, "Buckets") ?? root, "Bucket")) buckets.push({ name: textOf(node, "Name"), created: textOf(node, "CreationDate") });
    token = xmlChildText(root, "ContinuationToken");
    if (token === undefined) return buckets;
  }
}

/** `Enabled`, `Suspended`, or `Off`. */
export async function versioningOf(data: Cloud, bucket: string, signal: AbortSignal): Promise<string> {
  const root = documentOf((await data.send({ method: "GET", bucket, query: { versioning: "" } }, { signal })).body);
  return xmlChildText(root, "Status") ?? "Off";
}
