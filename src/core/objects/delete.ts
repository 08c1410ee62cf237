/** Deletes by name or by version id. */
import type { Context, Core, DeleteResult } from "../api.ts";
import { binOf } from "../bin/rows.ts";
import { emitRemoved } from "../events/emit.ts";
import type { Ports } from "../ports.ts";
import { removalOf } from "../retention/request.ts";
import { transact } from "../transact.ts";
import { Chain } from "../versions/chain.ts";
import { deleteOnChain, judgeDelete } from "../versions/delete-version.ts";
import { objectTurn, writerOf } from "./find.ts";

/** What is not there is no error. Throws bucketMissing, accessDenied, versionLocked, overloaded, and what `judgeDelete` throws. */
export async function deleteObject(ports: Ports, context: Context, input: Parameters<Core["objects"]["delete"]>[1]): Promise<DeleteResult> {
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    change.expect(bucket.stateKey, bucket.stateValue);
    const chain = await Chain.load(view, bucket.state.generation, input.key);
    await judgeDelete(view, context, bucket.state, chain, input.version, input.condition);
    const newest = chain.head?.sequence;
    const removal = await removalOf(view, context, bucket.state, input);
    const result = await deleteOnChain(ports, bucket.state, chain, input.version, writerOf(context, bucket.state), removal);
    await chain.writeTo(change, binOf(bucket.state, ports));
    await emitRemoved(view, change, bucket, context, { key: input.key, result, newest });
    return result;
  });
}
