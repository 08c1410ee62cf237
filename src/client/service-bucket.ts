/**
 * The port over a service. OSS, S3 and HCP ask for the same lists and deletions in nearly the same words; where they differ stands in `vendors`.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/deletemultipleobjects
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
import { createHash } from "node:crypto";
import { xmlDocument, xmlElement, xmlText } from "../lib/xml.ts";
import type { BucketPort, Found, ListName, Page, PortOptions, Refused, Why } from "./bucket-port.ts";
import { type Cloud, openCloud } from "./cloud.ts";
import { CloudError, NoSuchBucket } from "./errors.ts";
import { listQuery, readPage, readRefusals } from "./lists.ts";
import type { ServiceName, Target } from "./target.ts";

type Vendor = {
  lists: readonly ListName[];
  /** Sent with deletions when governance is to be passed over. */
  bypass: Readonly<Record<string, string>>;
  /** Codes, or words in messages, with which a lock refuses. */
  lockCodes: readonly string[];
  lockWords: RegExp;
  /** Headers of HEAD that tell of a lock: names of the retention's end and of holds. */
  untilHeaders: readonly string[];
  holdHeaders: readonly string[];
};
const bypass = { "x-amz-bypass-governance-retention": "true" };
const s3Lock = { lockWords: /object lock|retention|legal hold|worm/i, untilHeaders: ["x-amz-object-lock-retain-until-date"], holdHeaders: ["x-amz-object-lock-legal-hold"] };

const vendors: Record<ServiceName, Vendor> = {
  oss: {
    lists: ["versions", "uploads", "channels"],
    bypass: { "x-oss-bypass-governance-retention": "true" },
    lockCodes: ["FileImmutable"],
    lockWords: /immutable|worm|retention|legal hold/i,
    untilHeaders: ["x-oss-object-worm-retain-until-date"],
    holdHeaders: ["x-oss-object-worm-legal-hold"],
  },
  s3: { lists: ["versions", "uploads"], bypass, lockCodes: ["ObjectLocked"], ...s3Lock },
  hcp: {
    lists: ["versions", "uploads"],
    bypass,
    lockCodes: [],
    lockWords: s3Lock.lockWords,
    untilHeaders: ["x-hcp-retention", ...s3Lock.untilHeaders],
    holdHeaders: ["x-hcp-retentionhold", "x-hcp-labelretentionhold", ...s3Lock.holdHeaders],
  },
};

const notServed: ReadonlySet<string> = new Set(["NotImplemented", "MethodNotAllowed", "UnsupportedOperation"]);
const isNotServed = (error: unknown): boolean => error instanceof CloudError && (error.status === 405 || error.status === 501 || notServed.has(error.code ?? ""));
/** It is gone already, which is all that was wanted. */
const gone: ReadonlySet<string> = new Set(["NoSuchKey", "NoSuchVersion", "NoSuchUpload", "NoSuchLiveChannel"]);
/** OSS takes no longer list of deletions; a thousand long keys full of escapes would be one. */
const bodyBytesMax = 1_900_000;
/** What XML 1.0 cannot carry, and what readers of it are known to change. */
const unwritable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/;
const idOf = ({ id }: Found): { versionId?: string } => (id === undefined ? {} : { versionId: id });

export type BucketOptions = {
  /** Delete what only a governance retention keeps, where the keys may. */
  bypassGovernance?: boolean | undefined;
};

export function openBucket(target: Target, bucket: string, options: BucketOptions = {}): BucketPort {
  const cloud = openCloud(target);
  const vendor = vendors[target.service];
  const headers = options.bypassGovernance ? vendor.bypass : {};
  /** What a service turned out not to have is not asked for again. */
  const lacks = { versions: false, many: false };

  const whyOf = ({ code, message }: { code: string; message: string }): Why =>
    vendor.lockCodes.includes(code) || vendor.lockWords.test(message) ? { why: "locked" } : { why: /Denied|Forbidden/.test(code) ? "denied" : "failed" };

  async function remove(found: Found, port: PortOptions): Promise<Refused | undefined> {
    const { kind, key, id } = found;
    const query: Record<string, string> = kind === "uploads" ? { uploadId: id ?? "" } : kind === "channels" ? { live: "" } : idOf(found);
    try {
      await cloud.send({ method: "DELETE", bucket, key, query, headers: kind === "uploads" || kind === "channels" ? {} : headers }, port);
      return undefined;
    } catch (error) {
      if (!(error instanceof CloudError) || error instanceof NoSuchBucket || error.status === undefined) throw error;
      if (gone.has(error.code ?? "")) return undefined;
      const said = { code: error.code ?? String(error.status), message: error.message };
      return { ...found, ...said, ...whyOf(said) };
    }
  }
  const removeEach = async (batch: readonly Found[], port: PortOptions): Promise<Refused[]> => {
    const refused: Refused[] = [];
    for (const found of batch) {
      const one = await remove(found, port);
      if (one) refused.push(one);
    }
    return refused;
  };

  async function removeWritable(batch: readonly Found[], port: PortOptions): Promise<Refused[]> {
    const objects = batch.map((found) => xmlElement("Object", xmlText("Key", found.key) + xmlText("VersionId", found.id))).join("");
    const body = Buffer.from(xmlDocument("Delete", xmlText("Quiet", true) + objects), "utf8");
    if (body.length > bodyBytesMax && batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      return [...(await removeWritable(batch.slice(0, half), port)), ...(await removeWritable(batch.slice(half), port))];
    }
    const md5 = createHash("md5").update(body).digest("base64");
    const query = { delete: "", ...(target.service === "oss" ? { "encoding-type": "url" } : {}) };
    const answer = await cloud.send({ method: "POST", bucket, query, headers: { ...headers, "content-md5": md5, "content-type": "application/xml" }, body }, port);
    const asked = new Map(batch.map((found) => [`${found.key}\0${found.id ?? ""}`, found]));
    return readRefusals(answer.body).flatMap(({ key, id, code, message }) => {
      if (gone.has(code)) return [];
      // services may leave the version out
      const found = asked.get(`${key}\0${id ?? ""}`) ?? batch.find((one) => one.key === key) ?? { kind: "current", key, bytes: 0 };
      return [{ ...found, code, message, ...whyOf({ code, message }) }];
    });
  }

  return {
    lists: vendor.lists,
    async list(name, prefix, after, port): Promise<Page> {
      const get = async (form: ListName | "objects"): Promise<Page> =>
        readPage(form, (await cloud.send({ method: "GET", bucket, query: listQuery(form, prefix, after) }, port)).body, { bucket, prefix });
      if (name === "versions" && lacks.versions) return get("objects");
      try {
        return await get(name);
      } catch (error) {
        if (!isNotServed(error) || after !== undefined) throw error;
        // a service without uploads or channels has none; one without versions has objects
        if (name !== "versions") return { found: [] };
        lacks.versions = true;
        return get("objects");
      }
    },
    async removeMany(batch, port) {
      if (lacks.many) return removeEach(batch, port);
      const writable = batch.filter(({ key }) => !unwritable.test(key));
      const others = await removeEach(
        batch.filter(({ key }) => unwritable.test(key)),
        port,
      );
      if (writable.length === 0) return others;
      try {
        return [...others, ...(await removeWritable(writable, port))];
      } catch (error) {
        if (!isNotServed(error)) throw error;
        lacks.many = true;
        return [...others, ...(await removeEach(writable, port))];
      }
    },
    remove,
    explain: (refused, port) => explained(cloud, bucket, vendor, refused, port),
    async removeBucket(port) {
      let retried = false;
      const onRetry: PortOptions["onRetry"] = (why) => {
        retried = true;
        port.onRetry?.(why);
      };
      await cloud.send({ method: "DELETE", bucket }, { ...port, onRetry }).catch((error: unknown) => {
        // an attempt whose answer was lost had deleted it
        if (!(retried && error instanceof NoSuchBucket)) throw error;
      });
    },
    close: () => cloud.close(),
  };
}

/** Services refuse a locked version with the words they have for everything: its own headers tell. */
async function explained(cloud: Cloud, bucket: string, vendor: Vendor, refused: Refused, { signal }: PortOptions): Promise<Refused> {
  if (refused.kind === "uploads" || refused.kind === "channels" || refused.kind === "markers") return refused;
  const answer = await cloud.sendOnce({ method: "HEAD", bucket, key: refused.key, query: idOf(refused) }, signal).catch(() => undefined);
  if (answer === undefined || answer.status >= 300) return refused;
  const value = (name: string): string => String(answer.headers[name] ?? "");
  const until = vendor.untilHeaders.map((name) => Date.parse(value(name))).find((ms) => ms > Date.now());
  const isHeld = vendor.holdHeaders.some((name) => /^(on|true)$/i.test(value(name)));
  if (until === undefined && !isHeld) return refused;
  return { ...refused, why: "locked", ...(until === undefined ? {} : { untilMs: until }) };
}
