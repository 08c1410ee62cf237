/** Deletes what lists give, a thousand at a time, some requests at once. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
import { batchMax } from "../client/bucket-port.ts";
import type { Cloud } from "../client/cloud.ts";
import { readRefusals } from "../client/lists.ts";
import { xmlDocument, xmlElement, xmlText } from "../lib/xml.ts";

export type Doomed = { key: string; versionId?: string };
export type NotDeleted = Doomed & { code: string; message: string };

export const deleteLimits = { keysAtOnce: batchMax, requestsAtOnce: 4 } as const;

/** `each`: told what one request came to. Throws what a whole request came to when it was refused. */
export async function deleteKeys(
  data: Cloud,
  bucket: string,
  pages: AsyncIterable<readonly Doomed[]>,
  { headers = {}, signal, each }: { headers?: Record<string, string>; signal?: AbortSignal; each(done: number, failed: readonly NotDeleted[]): void },
): Promise<void> {
  const running = new Set<Promise<void>>();
  const one = async (batch: readonly Doomed[]): Promise<void> => {
    const failed = await deleteBatch(data, bucket, batch, headers, signal);
    each(batch.length - failed.length, failed);
  };
  for await (const batch of batchesOf(pages)) {
    const begun = one(batch);
    const counted = begun.finally(() => running.delete(counted));
    running.add(counted);
    // whoever waits below hears of it
    counted.catch(() => {});
    if (running.size >= deleteLimits.requestsAtOnce) await Promise.race(running);
  }
  await Promise.all(running);
}

async function* batchesOf(pages: AsyncIterable<readonly Doomed[]>): AsyncGenerator<Doomed[]> {
  let batch: Doomed[] = [];
  for await (const page of pages)
    for (const each of page) {
      batch.push(each);
      if (batch.length < deleteLimits.keysAtOnce) continue;
      yield batch;
      batch = [];
    }
  if (batch.length > 0) yield batch;
}

async function deleteBatch(data: Cloud, bucket: string, batch: readonly Doomed[], headers: Record<string, string>, signal: AbortSignal | undefined): Promise<NotDeleted[]> {
  const objects = batch.map(({ key, versionId }) => xmlElement("Object", `${xmlText("Key", key)}${xmlText("VersionId", versionId)}`));
  const body = xmlDocument("Delete", `${xmlText("Quiet", true)}${objects.join("")}`);
  const { body: answer } = await data.send({ method: "POST", bucket, query: { delete: "" }, headers, body }, { signal });
  return readRefusals(answer).map(({ id, ...refused }) => ({ ...refused, ...(id === undefined ? {} : { versionId: id }) }));
}
