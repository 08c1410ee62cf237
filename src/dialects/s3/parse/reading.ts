/** What GetObject and HeadObject have in common. */
import type { Core, ObjectAddress, RangeRequest, ReadConditions } from "../../../core/api.ts";
import type { CustomerKey } from "../../../core/encryption/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import { refuseAnonymousOverrides } from "../documents/object-headers.ts";
import type { S3Call } from "../flavour.ts";
import { invalidRequest } from "../refusals.ts";
import { rangeOf, readConditions } from "./conditions.ts";
import { customerKey } from "./encryption.ts";
import { bucketOf, objectOf, param, partNumberOf, versionOf } from "./query.ts";

export type Reading = {
  version: VersionSelector;
  conditions: ReadConditions | undefined;
  range: RangeRequest | undefined;
  partNumber: number | undefined;
  customerKey?: CustomerKey;
};

export function readingOf(call: S3Call): Reading {
  refuseAnonymousOverrides(call);
  const partNumber = param(call, "partNumber") === undefined ? undefined : partNumberOf(call);
  const range = rangeOf(call);
  if (partNumber !== undefined && range !== undefined) return invalidRequest("Cannot specify both Range header and partNumber query parameter");
  return { version: versionOf(call), conditions: readConditions(call), range, partNumber, ...customerKey(call) };
}

/** The version that is meant: where a flavour ignores version ids while versioning is not enabled, the current one. */
export async function versionMeant(core: Core, call: S3Call, version: VersionSelector): Promise<VersionSelector> {
  if (version === undefined || call.settings.flavour.versionIdUnlessEnabled === "honoured") return version;
  const { state } = await core.buckets.get({ ...call.context, capability: "object.read" }, bucketOf(call));
  return state.versioning === "enabled" ? version : undefined;
}

type ReadTarget = ObjectAddress & { version?: VersionSelector; conditions?: ReadConditions; partNumber?: number; customerKey?: CustomerKey };

/** What is to be read, handed to `read`: at once when no version was named. */
export function readTarget<T>(core: Core, call: S3Call, { version, conditions, partNumber, customerKey: key }: Reading, read: (target: ReadTarget) => Promise<T>): Promise<T> {
  const target: ReadTarget = objectOf(call);
  if (conditions !== undefined) target.conditions = conditions;
  if (partNumber !== undefined) target.partNumber = partNumber;
  if (key !== undefined) target.customerKey = key;
  if (version === undefined) return read(target);
  return versionMeant(core, call, version).then((meant) => {
    target.version = meant;
    return read(target);
  });
}
