/** The verbs of written-down requests: a part of `Core`. */
import type { BucketAddress } from "../api.ts";
import type { Account, AccountId, Generation, ObjectKey } from "../model.ts";
import type { Bytes } from "../ports.ts";
import type { Logging } from "./model.ts";

/** How requests to one bucket are written down. Shared: nobody may change it. `dialect`: who wrote the configuration, and whose words the lines are in. */
export type LogPlan = BucketAddress & {
  generation: Generation;
  region: string;
  owner: Account;
  hasPolicy: boolean;
  dialect: string;
  logging: Logging;
};

/** `facts`: what the target's policy may ask about the source. */
export type LogDelivery = {
  plan: Pick<LogPlan, "tenant" | "bucket" | "logging"> & { owner: { id: AccountId } };
  key: ObjectKey;
  lines: Bytes;
  facts: (name: string) => readonly string[] | undefined;
};

export type LoggingVerbs = {
  /** `undefined`: requests to this bucket are not written down, or it is not there. At once where the bucket's state is kept, as that of every served request is. */
  plan(address: BucketAddress): LogPlan | undefined | Promise<LogPlan | undefined>;
  /** Writes one log, as an object of the target's owner. Throws logTargetInvalid, encryptionKeyMissing and the like, diskFull, overloaded. */
  deliver(delivery: LogDelivery): Promise<void>;
};
