/** How versions are named in headers and documents. */
import type { DeleteResult, VersionResult } from "../../../core/api.ts";
import type { Versioning } from "../../../core/model.ts";
import type { Flavour } from "../flavour.ts";

export const versionText = (version: { sequence: number; isNull: boolean }, flavour: Flavour): string =>
  version.isNull && flavour.versionIds === "sequenceOrNull" ? "null" : String(version.sequence);

export const showsVersions = (versioning: Versioning, flavour: Flavour): boolean =>
  versioning === "enabled" || (versioning === "suspended" && flavour.versionHeaders === "enabledOrSuspended");

/** `name` and the version's id, or nothing in a bucket that shows none. */
export function versionHeader({ version, versioning }: VersionResult, flavour: Flavour, name = "x-amz-version-id"): string[] {
  return showsVersions(versioning, flavour) ? [name, versionText(version, flavour)] : [];
}

/** Of a write: S3 does not name the null version that a suspended bucket makes. */
export function writtenVersionHeader(result: VersionResult, flavour: Flavour): string[] {
  return result.versioning === "suspended" && result.version.isNull ? [] : versionHeader(result, flavour);
}

/** Of DeleteObject. */
export function deleteHeaders({ versioning, removed, marker }: DeleteResult, flavour: Flavour): string[] {
  const subject = marker ?? removed;
  if (subject === undefined || !showsVersions(versioning, flavour)) return [];
  const isMarker = marker !== undefined || removed?.marker === true;
  return [...(isMarker ? ["x-amz-delete-marker", "true"] : []), "x-amz-version-id", versionText(subject, flavour)];
}
