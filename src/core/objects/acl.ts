/** The ACL of one version. */
import { settleAcl } from "../access/acl.ts";
import { judgeAcl } from "../access/ownership.ts";
import type { Context, Core, VersionResult } from "../api.ts";
import { emitChanged } from "../events/emit.ts";
import type { Account, BucketAcl } from "../model.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { onView } from "../view.ts";
import { findVersion, objectTurn } from "./find.ts";

export async function objectAcl(
  ports: Ports,
  context: Context,
  input: Parameters<Core["objects"]["acl"]>[1],
): Promise<VersionResult & { bucketAcl: BucketAcl; owner: Account; bucketOwner: Account }> {
  return await onView(ports, async (view) => {
    const { bucket, version } = await findVersion(view, context, input, input.version);
    const { state } = bucket;
    const bucketOwner = await view.owner(state.owner);
    const answer = { versioning: state.versioning, bucketAcl: state.acl, bucketOwner };
    // Where no ACLs count, what was set before shows as what holds.
    if (state.ownership === "bucketOwnerOnly") return { ...answer, version: { ...version, acl: "private", owner: state.owner }, owner: bucketOwner };
    return { ...answer, version, owner: await view.owner(version.owner) };
  });
}

/** Changes nothing else of the version. Throws what `findVersion` throws. */
export async function setObjectAcl(ports: Ports, context: Context, input: Parameters<Core["objects"]["setAcl"]>[1]): Promise<VersionResult> {
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const { bucket, chain, version: before } = await findVersion(view, context, input, input.version);
    judgeAcl(bucket.state, input.acl);
    change.expect(bucket.stateKey, bucket.stateValue);
    const version = { ...before, acl: settleAcl(input.acl, before.owner, bucket.state.owner) };
    await chain.replace(version);
    await chain.writeTo(change);
    await emitChanged(view, change, bucket, context, { kind: "acl.put", version, newest: chain.head?.sequence });
    return { version, versioning: bucket.state.versioning };
  });
}
