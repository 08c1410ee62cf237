/** For the tests of uploads, reclaim and check: the verbs in few words, over the ports of core/testing.ts. */
import type { CompletePart, Core } from "../api.ts";
import type { UploadId } from "../model.ts";
import type { Batch, Bytes, Ports } from "../ports.ts";
import { asKey, type TestBucket, testBody, testContext } from "../testing.ts";
import { uploadVerbs } from "./uploads.ts";

type Uploads = Core["uploads"];
export const begin = (ports: Ports, bucket: TestBucket, key: string, more: Partial<Parameters<Uploads["create"]>[1]> = {}) =>
  uploadVerbs(ports).create(testContext("upload.write"), { ...bucket, key: asKey(key), headers: {}, metadata: [], acl: "inherit", ...more });

export const sendPart = (ports: Ports, bucket: TestBucket, key: string, uploadId: string, partNumber: number, bytes: Bytes | string) =>
  uploadVerbs(ports).putPart(testContext("upload.write"), { ...bucket, key: asKey(key), uploadId, partNumber, body: testBody(bytes) });

export const sendCopy = (ports: Ports, bucket: TestBucket, key: string, uploadId: string, partNumber: number, source: string, range?: { start: number; end: number }) =>
  uploadVerbs(ports).copyPart(testContext("upload.write"), {
    ...bucket,
    key: asKey(key),
    uploadId,
    partNumber,
    source: { ...bucket, key: asKey(source) },
    sourceAction: "test:read",
    ...(range ? { range } : {}),
  });

export const complete = (
  ports: Ports,
  bucket: TestBucket,
  key: string,
  uploadId: string,
  parts: CompletePart[] | "all" = "all",
  more: Partial<Parameters<Uploads["complete"]>[1]> = {},
) => uploadVerbs(ports).complete(testContext("upload.write"), { ...bucket, key: asKey(key), uploadId, parts, partSizeMinimum: 0, ...more });

export const abort = (ports: Ports, bucket: TestBucket, key: string, uploadId: UploadId | string) =>
  uploadVerbs(ports).abort(testContext("upload.abort"), { ...bucket, key: asKey(key), uploadId });

/** The same store, where `act` happens once, just before the first batch for which `when` holds is committed. */
export function intruding(ports: Ports, when: (batch: Batch) => boolean, act: () => Promise<unknown>): Ports {
  let intruded = false;
  return {
    ...ports,
    metadata: {
      ...ports.metadata,
      async commit(batch) {
        if (!intruded && when(batch)) {
          intruded = true;
          await act();
        }
        return ports.metadata.commit(batch);
      },
    },
  };
}
