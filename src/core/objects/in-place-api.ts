/** Verbs that change an object where it stands: a part of core/api.ts. */
import type { Context, DefaultChecksum, IncomingBody, ObjectAddress, ObjectAttributes, ReadConditions, VersionResult, WriteCondition } from "../api.ts";
import type { Lock, ObjectKey } from "../model.ts";

export type InPlaceVerbs = {
  /** At `offset`, which must be the object's size; begins one where there is none. Attributes count only then. See objects/append.ts. */
  append(
    context: Context,
    input: ObjectAddress & { body: IncomingBody; offset: number; condition?: WriteCondition; lock?: Lock } & ObjectAttributes & DefaultChecksum,
  ): Promise<VersionResult>;
  /** `key` becomes the name of what `source` names. `targetDates`: dates asked of what it replaces. `token`: the same one is acted upon once. */
  rename(
    context: Context,
    input: ObjectAddress & {
      source: ObjectKey;
      readAction: string;
      deleteAction: string;
      condition?: WriteCondition;
      targetDates?: ReadConditions;
      sourceConditions?: ReadConditions;
      token?: string;
    },
  ): Promise<VersionResult>;
};
