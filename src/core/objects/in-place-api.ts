/** Verbs that change an object where it stands: a part of core/api.ts. */
import type { Context, DefaultChecksum, IncomingBody, ObjectAddress, ObjectAttributes, ReadConditions, VersionResult, WriteCondition } from "../api.ts";
import type { EventHold, LinkTarget, LockAsked, ObjectKey, Retention, VersionSelector } from "../model.ts";

export type InPlaceVerbs = {
  /** At `offset`, which must be the object's size; begins one where there is none. Attributes count only then. See objects/append.ts. */
  append(
    context: Context,
    input: ObjectAddress & { body: IncomingBody; offset: number; condition?: WriteCondition; lock?: LockAsked } & ObjectAttributes & DefaultChecksum,
  ): Promise<VersionResult>;
  /** Nothing more is taken by an appendable object of that size (appendOffset for another, notAppendable); done again, it stays as it was. */
  seal(context: Context, input: ObjectAddress & { size: number }): Promise<VersionResult>;
  /** A symlink, which reads as what it stands for; whether that is there is asked when it is read. See objects/links.ts. */
  putLink(context: Context, input: ObjectAddress & ObjectAttributes & { target: LinkTarget; condition?: WriteCondition }): Promise<VersionResult>;
  /** Of an archive class: readable after `delayMs` for so many days. `again`: it was, and is for longer. See objects/restore.ts. */
  restore(context: Context, input: ObjectAddress & { version?: VersionSelector; days: number; delayMs: number }): Promise<VersionResult & { again: boolean }>;
  cleanRestored(context: Context, input: ObjectAddress & { version?: VersionSelector }): Promise<VersionResult>;
  /** The version itself, of symlinks too. */
  entry(context: Context, input: ObjectAddress & { version?: VersionSelector }): Promise<VersionResult>;
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
  /** `eventHold`: held, or "released": the event has happened, and its period begins. Neither it nor a retention: none is left. */
  setRetention(
    context: Context,
    input: ObjectAddress & { version?: VersionSelector; retention?: Retention; eventHold?: EventHold | "released"; bypassGovernance?: boolean },
  ): Promise<VersionResult>;
};
