/** The verbs of access, as the dialects see them: a part of `Core`. */
import type { BucketAddress, Context } from "../api.ts";
import type { AccountId, BucketName, ObjectKey, TenantName, VersionSelector } from "../model.ts";
import type { Decision } from "./evaluate.ts";

/** `who` absent: anybody. `facts` as policies name them; what the core knows itself need not be given. */
export type ExplainInput = {
  tenant: TenantName;
  who?: { account: AccountId; user?: string };
  action: string;
  bucket: BucketName;
  key?: ObjectKey;
  version?: VersionSelector;
  facts: Readonly<Record<string, readonly string[]>>;
};

export type AccessVerbs = {
  /**
   * Existence and access only, before a body is read: throws bucketMissing or accessDenied. The verb checks again in its own snapshot.
   * `tellsMore`: the body is a document that policies may ask about.
   */
  check(context: Context, address: BucketAddress & { key?: ObjectKey; tellsMore?: boolean }): Promise<void>;
  /** What would be decided, and by what. For the root account. */
  explain(context: Context, input: ExplainInput): Promise<Decision>;
};
