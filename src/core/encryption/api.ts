/** Encryption, as the dialects see it: a part of the contract in ../api.ts. */
import type { Context, ObjectAddress, VersionResult } from "../api.ts";
import type { BucketEncryption, Encryption, VersionSelector } from "../model.ts";
import type { Bytes } from "../ports.ts";

/** 32 bytes that the client sends with every request, and their MD5 in base64. Never stored, never logged. */
export type CustomerKey = { bytes: Bytes; md5: string };
/** What a writer says. Absent: as the bucket's default has it. `context`: must be there again for the key to be used; base64 of a JSON object. */
export type EncryptionSettled =
  | BucketEncryption
  | { mode: "key"; keyName: string; perBucket?: boolean; layers?: 2; cipher?: "sm4"; context?: string }
  | { mode: "customer"; key: CustomerKey };
/** "bucket": as the bucket's default has it but for this. A key's `perBucket` that is not said is the bucket's. */
export type EncryptionAsked = EncryptionSettled | { mode: "bucket"; perBucket: boolean };
/** Of a part: all was said when its upload was begun; a customer's key is needed again, and a mode that is said must be the upload's. */
export type PartEncryption = { customerKey?: CustomerKey; mode?: BucketEncryption["mode"] };
/** How something is encrypted, for answers. */
export type EncryptionShown = Omit<Encryption, "wrapped" | "streams" | "outer">;

/** A key with a name, made by the administrator. It cannot be deleted: what it keeps would be lost. `alias`: another name, after `alias/`. */
export type NamedKey = { id: string; alias?: string; status: "enabled" | "disabled"; createdMs: number };
export type EncryptionVerbs = {
  /** `id` is made when absent; nameTaken, invalidArgument. */
  createKey(context: Context, input: { id?: string; alias?: string }): Promise<NamedKey>;
  listKeys(context: Context): Promise<NamedKey[]>;
  /** What a disabled key keeps can be neither written nor read until it is enabled again. */
  setKeyStatus(context: Context, input: { id: string; status: NamedKey["status"] }): Promise<NamedKey>;
  /** Another named key for what a version holds: see change-key.ts. */
  changeKey(context: Context, input: ObjectAddress & { version?: VersionSelector; keyName: string; perBucket: boolean }): Promise<VersionResult>;
};
