/** Which versions a report tells of. Pure. */
import type { ListedVersion } from "../api.ts";
import type { Inventory } from "./model.ts";

/** `isHead`: the newest of its key. A delete marker has neither size nor class: a filter that asks for these is not about it. */
export function isReported({ versions, filter }: Inventory, listed: ListedVersion, isHead: boolean): boolean {
  const { prefix = "", modifiedFromMs = 0, modifiedToMs = Number.POSITIVE_INFINITY, sizeFrom, sizeTo, storageClasses } = filter;
  const isMarker = listed.kind === "marker";
  if (versions === "current" && (!isHead || isMarker)) return false;
  if (!listed.key.startsWith(prefix) || listed.modifiedMs < modifiedFromMs || listed.modifiedMs > modifiedToMs) return false;
  if (sizeFrom === undefined && sizeTo === undefined && storageClasses === undefined) return true;
  if (isMarker || listed.size < (sizeFrom ?? 0) || listed.size > (sizeTo ?? Number.POSITIVE_INFINITY)) return false;
  return storageClasses === undefined || storageClasses.includes(listed.storageClass);
}
