/** Encryption, as the dialects see it: a part of the contract in ../api.ts. */
import type { Context } from "../api.ts";
import type { BucketEncryption, Encryption } from "../model.ts";
import type { Bytes } from "../ports.ts";

/** 32 bytes that the client sends with every request, and their MD5 in base64. Never stored, never logged. */
export type CustomerKey = { bytes: Bytes; md5: string };
/** What a writer says. Absent: as the bucket's default has it. `context`: must be there again for the key to be used; base64 of a JSON object. */
export type EncryptionAsked = BucketEncryption | { mode: "key"; keyName: string; perBucket?: boolean; context?: string } | { mode: "customer"; key: CustomerKey };
/** Of a part: all was said when its upload was begun; a customer's key is needed again, and a mode that is said must be the upload's. */
export type PartEncryption = { customerKey?: CustomerKey; mode?: BucketEncryption["mode"] };
/** How something is encrypted, for answers. */
export type EncryptionShown = Omit<Encryption, "wrapped" | "streams">;

/** A key with a name, made by the administrator. It cannot be deleted: what it keeps would be lost. `alias`: another name, after `alias/`. */
export type NamedKey = { id: string; alias?: string; status: "enabled" | "disabled"; createdMs: number };
export type EncryptionVerbs = {
  /** `id` is made when absent; nameTaken, invalidArgument. */
  createKey(context: Context, input: { id?: string; alias?: string }): Promise<NamedKey>;
  listKeys(context: Context): Promise<NamedKey[]>;
  /** What a disabled key keeps can be neither written nor read until it is enabled again. */
  setKeyStatus(context: Context, input: { id: string; status: NamedKey["status"] }): Promise<NamedKey>;
};
