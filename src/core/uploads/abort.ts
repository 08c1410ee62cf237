/** AbortMultipartUpload: the record goes, the parts after it by a job. */
import type { Context, Core } from "../api.ts";
import { counterKey, tables } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { requireUpload, uploadTurn } from "./find.ts";
import { encodeEnded } from "./records.ts";

/** First of Complete and Abort wins: the other finds no record (uploadMissing), and so does every later part. */
export function abortUpload(ports: Ports, context: Context, input: Parameters<Core["uploads"]["abort"]>[1]): Promise<void> {
  return transact(ports, context, uploadTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation } = bucket.state;
    const upload = await requireUpload(view, bucket, input);
    change
      .expect(bucket.stateKey, bucket.stateValue)
      .expect(upload.rowKey, upload.rowValue)
      .remove(upload.rowKey)
      .put(tables.ended.key(upload.record.id), encodeEnded({ generation, unused: "all" }))
      .add(counterKey(generation, "uploads"), -1);
  });
}
