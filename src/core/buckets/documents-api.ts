/** The verbs of configuration documents, as the dialects see them: a part of `Core`. */
import type { BucketAddress, Context } from "../api.ts";
import type { ConfigDocument, Cors, DocumentKind, NamedDocument, NamedKind } from "../model.ts";
import type { Website } from "./website-model.ts";

/** Several of a kind a bucket, each under its id. Throws tooManyConfigurations. */
export type NamedDocumentVerbs = {
  get(context: Context, input: BucketAddress & { kind: NamedKind; id: string }): Promise<NamedDocument | undefined>;
  /** `isNew`: conflict where there is one of that id. */
  put(context: Context, input: BucketAddress & { kind: NamedKind; document: NamedDocument; isNew?: boolean }): Promise<void>;
  /** False: there was none. */
  remove(context: Context, input: BucketAddress & { kind: NamedKind; id: string }): Promise<boolean>;
  /** In the order of their ids, at most `max`. */
  list(context: Context, input: BucketAddress & { kind: NamedKind; after?: string | undefined; max: number }): Promise<{ documents: NamedDocument[]; isTruncated: boolean }>;
};

/** One document of each kind a bucket. */
export type DocumentVerbs = {
  get<K extends DocumentKind>(context: Context, input: BucketAddress & { kind: K }): Promise<ConfigDocument<K> | undefined>;
  put<K extends DocumentKind>(context: Context, input: BucketAddress & { kind: K; document: ConfigDocument<K> }): Promise<void>;
  remove(context: Context, input: BucketAddress & { kind: DocumentKind }): Promise<void>;
  /** Puts what `edit` makes of the one there is (`undefined`: none). It is called again after a conflict. */
  edit<K extends DocumentKind>(context: Context, input: BucketAddress & { kind: K }, edit: (before: ConfigDocument<K> | undefined) => ConfigDocument<K> | undefined): Promise<void>;
  /** The rules about other origins, for whoever asks: a browser's question has no signature. `undefined`: no such bucket, or no rules. */
  cors(address: BucketAddress): Promise<Cors | undefined>;
  /** Throws accessDenied for a request that comes from where the bucket's rules let nobody come from. `referer`: as the request says; absent: it does not. A bucket that is not there refuses nothing. */
  judgeReferer(address: BucketAddress, referer: string | undefined): Promise<void>;
  /** How the bucket answers visitors, whoever they are. `undefined`: no such bucket. */
  website(address: BucketAddress): Promise<{ website: Website | undefined } | undefined>;
  named: NamedDocumentVerbs;
};
