/** Has a soft-deleted object back. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context, VersionResult } from "../api.ts";
import { fail } from "../errors.ts";
import { emitCreated } from "../events/emit.ts";
import { boundReason, whoAsks } from "../jobs/verbs.ts";
import { tables } from "../keys.ts";
import { parseObjectKey } from "../names.ts";
import { objectTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { Chain } from "../versions/chain.ts";
import { putOnChain } from "../versions/put-version.ts";
import type { BinVerbs } from "./api.ts";
import { binOf, takeBack } from "./rows.ts";

/**
 * Everything as it was but its sequence and its date, which are new: whoever has seen what stood there since is told that it changed. Throws bucketMissing,
 * accessDenied, invalidArgument, versionMissing, nameTaken, versionLocked (what stands there is held by the bucket's retention).
 */
export async function restoreBinned(ports: Ports, context: Context, input: Parameters<BinVerbs["restore"]>[1]): Promise<VersionResult> {
  authorizeAdmin(context);
  const reason = boundReason(input.reason);
  const { sequence, replace = false } = input;
  const key = parseObjectKey(input.key);
  const missing = (): never => fail("versionMissing", { key, versionId: String(sequence) });
  if (!Number.isSafeInteger(sequence) || sequence < 0) return missing();
  const result = await transact(ports, context, objectTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { state } = bucket;
    const rowKey = tables.binned.key(state.generation, key, sequence);
    const value = await view.get(rowKey);
    if (value === undefined) return missing();
    const chain = await Chain.load(view, state.generation, key);
    // Where versioning was switched on since, what stands there becomes an older version; a null one would be replaced.
    const there = [chain.head, state.versioning === "enabled" ? undefined : await chain.find("null")];
    if (!replace && there.some((version) => version !== undefined && version.kind !== "marker")) fail("nameTaken", { what: "object", name: key });
    const { sequence: _sequence, isNull: _isNull, annotations, ...kept } = (await takeBack(view, change, state.generation, { key: rowKey, value })).version;
    change.expect(bucket.stateKey, bucket.stateValue);
    const version = await putOnChain(view, bucket, chain, { ...kept, modifiedMs: ports.clock.wallMs() }, undefined, { inPlace: true, annotations });
    await chain.writeTo(change, binOf(state, ports));
    await emitCreated(view, change, bucket, context, "put", version);
    return { version, versioning: state.versioning };
  });
  ports.log.info("audit", { what: "object.restored", tenant: input.tenant, bucket: input.bucket, key, sequence, by: whoAsks(context), reason });
  return result;
}
