/**
 * Versions of archive classes cannot be read until they are restored, which takes a while and holds for some days.
 * https://help.aliyun.com/zh/oss/developer-reference/restoreobject
 */
import type { Context, Core, ObjectAddress, VersionResult } from "../api.ts";
import { fail } from "../errors.ts";
import type { Restored, StorageClass, Version, VersionSelector } from "../model.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { findVersion, objectTurn } from "./find.ts";

const archives: ReadonlySet<StorageClass> = new Set<StorageClass>(["archive", "coldArchive", "deepColdArchive"]);
const dayMs = 86_400_000;

type Archived = Pick<Version, "storageClass" | "restored">;

/** "ongoing": it will be readable. "none" of what is no archive's, too. */
export function restoreState({ restored }: Archived, nowMs: number): "none" | "ongoing" | "restored" {
  if (restored === undefined || nowMs >= restored.untilMs) return "none";
  return nowMs < restored.readyMs ? "ongoing" : "restored";
}

export const isArchived = (storageClass: StorageClass): boolean => archives.has(storageClass);

/** Throws objectArchived for what must be restored before it is read. */
export function judgeArchived(version: Version, nowMs: number): void {
  if (isArchived(version.storageClass) && restoreState(version, nowMs) !== "restored") fail("objectArchived", { key: version.key, storageClass: version.storageClass });
}

type Editing = ObjectAddress & { version?: VersionSelector };

async function edit(
  ports: Ports,
  context: Context,
  input: Editing,
  restoredAs: (version: Version, nowMs: number) => Restored | undefined,
): Promise<VersionResult & { before: Version }> {
  return await transact(ports, context, objectTurn(input), async (view, change) => {
    const { bucket, chain, version: before } = await findVersion(view, context, input, input.version);
    if (!isArchived(before.storageClass)) fail("notArchived", { key: input.key });
    const { restored: _restored, ...kept } = before;
    const restored = restoredAs(before, ports.clock.wallMs());
    const version: Version = restored === undefined ? kept : { ...kept, restored };
    change.expect(bucket.stateKey, bucket.stateValue);
    await chain.replace(version);
    await chain.writeTo(change);
    return { version, before, versioning: bucket.state.versioning };
  });
}

/** Begins a restore, or makes one that is there last longer (`again`). Throws what `findVersion` throws, notArchived, restoreOngoing. */
export async function restoreObject(ports: Ports, context: Context, input: Parameters<Core["objects"]["restore"]>[1]): Promise<VersionResult & { again: boolean }> {
  const { before, ...result } = await edit(ports, context, input, (version, nowMs) => {
    const state = restoreState(version, nowMs);
    if (state === "ongoing") fail("restoreOngoing", { key: input.key });
    const readyMs = state === "restored" ? (version.restored as Restored).readyMs : nowMs + input.delayMs;
    return { readyMs, untilMs: Math.max(nowMs, readyMs) + input.days * dayMs };
  });
  return { ...result, again: restoreState(before, ports.clock.wallMs()) === "restored" };
}

/** Ends a restore before its days are over. Throws as `restoreObject`. */
export async function cleanRestored(ports: Ports, context: Context, input: Editing): Promise<VersionResult> {
  const { before: _before, ...result } = await edit(ports, context, input, (version, nowMs) =>
    restoreState(version, nowMs) === "ongoing" ? fail("restoreOngoing", { key: input.key }) : undefined,
  );
  return result;
}
