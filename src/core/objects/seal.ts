/** Ends the appending to an object. https://help.aliyun.com/zh/oss/developer-reference/sealappendobject */
import type { Context, Core, VersionResult } from "../api.ts";
import { fail } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { Chain } from "../versions/chain.ts";
import { objectTurn } from "./find.ts";

/** Throws bucketMissing, accessDenied, keyMissing, notAppendable, appendOffset. */
export async function sealObject(ports: Ports, context: Context, input: Parameters<Core["objects"]["seal"]>[1]): Promise<VersionResult> {
  const { key } = input;
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const chain = await Chain.load(view, bucket.state.generation, key);
    const { head } = chain;
    if (head === undefined || head.kind === "marker") return fail("keyMissing", { key });
    if (head.kind !== "appendable") return fail("notAppendable", { key });
    if (head.size !== input.size) return fail("appendOffset", { key, offset: input.size, size: head.size });
    const before = await chain.whole(head);
    if (before.sealedMs !== undefined) return { version: before, versioning: bucket.state.versioning };
    change.expect(bucket.stateKey, bucket.stateValue);
    const version = { ...before, sealedMs: ports.clock.wallMs() };
    await chain.replace(version);
    await chain.writeTo(change);
    return { version, versioning: bucket.state.versioning };
  });
}
