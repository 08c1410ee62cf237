/** Buckets and objects as commands ask for them: S3 requests under SigV4, and the documents that answer. */
import type { Cursor, Found } from "../client/bucket-port.ts";
import { type Cloud, openCloud } from "../client/cloud.ts";
import { listQuery, readAnswer, readPage } from "../client/lists.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../lib/xml-reader.ts";
import type { Call, serverFlags } from "./command.ts";
import { UsageError } from "./exits.ts";
import { knownServer, nobodyAsks } from "./known-server.ts";
import { timeText } from "./table.ts";

/** V4 signs a region; a server that is strict about its own is told so by AMPHORA_REGION. */
const regionDefault = "us-east-1";

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
    const root = readAnswer((await data.send({ method: "GET", bucket, query }, { signal })).body, "ListBucketResult");
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

/** `kind`: as of a purge; a key's `current` version, older ones, delete markers. */
export type ListedVersion = { kind: "current" | "noncurrent" | "markers"; key: string; versionId: string; size: number; modified: string };
/** All versions and delete markers under the prefix, of each key the newest first. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export async function* listVersions(data: Cloud, where: Omit<Listing, "recursive">): AsyncGenerator<ListedVersion[]> {
  for await (const page of pagesOf(data, "versions", where))
    yield page.map(({ kind, key, id = "null", bytes, modifiedMs }) => ({ kind: kind as ListedVersion["kind"], key, versionId: id, size: bytes, modified: timeOf(modifiedMs) }));
}

export type ListedUpload = { key: string; uploadId: string; initiated: string };
/** Unfinished uploads under the prefix. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export async function* listUploads(data: Cloud, where: Omit<Listing, "recursive">): AsyncGenerator<ListedUpload[]> {
  for await (const page of pagesOf(data, "uploads", where)) yield page.map(({ key, id = "", modifiedMs }) => ({ key, uploadId: id, initiated: timeOf(modifiedMs) }));
}

const timeOf = (ms: number | undefined): string => (ms === undefined ? "-" : timeText(ms));

async function* pagesOf(data: Cloud, list: "versions" | "uploads", { bucket, key: prefix, signal }: Omit<Listing, "recursive">): AsyncGenerator<Found[]> {
  // an answer names no tenant
  const named = bucket.slice(bucket.indexOf(":") + 1);
  for (let after: Cursor | undefined; ; ) {
    const { body } = await data.send({ method: "GET", bucket, query: listQuery(list, prefix, after) }, { signal });
    const { found, next } = readPage(list, body, { bucket: named, prefix });
    yield found;
    if (next === undefined) return;
    after = next;
  }
}

export async function listBuckets(data: Cloud, signal: AbortSignal): Promise<{ name: string; created: string }[]> {
  const buckets: { name: string; created: string }[] = [];
  for (let token: string | undefined; ; ) {
    const root = readAnswer((await data.send({ method: "GET", query: { "continuation-token": token } }, { signal })).body, "ListAllMyBucketsResult");
    for (const node of xmlChildren(xmlChild(root, "Buckets") ?? root, "Bucket")) buckets.push({ name: textOf(node, "Name"), created: textOf(node, "CreationDate") });
    token = xmlChildText(root, "ContinuationToken");
    if (token === undefined) return buckets;
  }
}

/** `Enabled`, `Suspended`, or `Off`. */
export async function versioningOf(data: Cloud, bucket: string, signal: AbortSignal): Promise<string> {
  const root = readAnswer((await data.send({ method: "GET", bucket, query: { versioning: "" } }, { signal })).body, "VersioningConfiguration");
  return xmlChildText(root, "Status") ?? "Off";
}
