/** AbortMultipartUpload: the record goes, the parts after it by a job. */
import type { Context, Core } from "../api.ts";
import type { Change } from "../change.ts";
import { counterKey, tables } from "../keys.ts";
import type { Generation, UploadId } from "../model.ts";
import type { Entry, Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { requireUpload, uploadTurn } from "./find.ts";
import { encodeEnded } from "./records.ts";

/** First of Complete and Abort wins: the other finds no record (uploadMissing), and so does every later part. */
export function abortUpload(ports: Ports, context: Context, input: Parameters<Core["uploads"]["abort"]>[1]): Promise<void> {
  return transact(ports, context, uploadTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation } = bucket.state;
    const upload = await requireUpload(view, bucket, input);
    change.expect(bucket.stateKey, bucket.stateValue);
    endUpload(change, generation, upload.record.id, { key: upload.rowKey, value: upload.rowValue });
  });
}

/** The upload's row, expected as read, goes; its parts follow (reclaim/ended-uploads.ts). */
export function endUpload(change: Change, generation: Generation, id: UploadId, row: Entry): void {
  change
    .expect(row.key, row.value)
    .remove(row.key)
    .put(tables.ended.key(id), encodeEnded({ generation, unused: "all" }))
    .add(counterKey(generation, "uploads"), -1);
}
