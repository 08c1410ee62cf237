/** Multipart uploads: a part of core/api.ts. */
import type {
  CompletePart,
  Context,
  DefaultChecksum,
  IncomingBody,
  ObjectAddress,
  ObjectAttributes,
  Part,
  ReadConditions,
  Upload,
  UploadedBy,
  VersionResult,
  WriteCondition,
  WrittenPart,
} from "../api.ts";
import type { CustomerKey, PartEncryption } from "../encryption/api.ts";
import type { Due } from "../lifecycle/evaluate.ts";
import type { Account, ChecksumAlgorithm, ChecksumClaim, LockAsked, ObjectAcl, Version, Versioning, VersionSelector } from "../model.ts";

export type UploadVerbs = {
  create(
    context: Context,
    input: ObjectAddress & ObjectAttributes & { checksum?: { algorithm: ChecksumAlgorithm; type: "full" | "composite" }; condition?: WriteCondition; lock?: LockAsked },
  ): Promise<Upload & { versioning: Versioning; abort?: Due }>;
  putPart(
    context: Context,
    input: ObjectAddress & { uploadId: string; partNumber: number; body: IncomingBody } & UploadedBy & DefaultChecksum & PartEncryption,
  ): Promise<WrittenPart>;
  copyPart(
    context: Context,
    input: ObjectAddress & {
      uploadId: string;
      partNumber: number;
      source: ObjectAddress & { version?: VersionSelector };
      sourceAction: string;
      sourceConditions?: ReadConditions;
      range?: { start: number; end?: number };
      sourceKey?: CustomerKey;
    } & UploadedBy &
      DefaultChecksum &
      PartEncryption,
  ): Promise<WrittenPart & { source: Version; sourceVersioning: Versioning }>;
  parts(
    context: Context,
    input: ObjectAddress & { uploadId: string; after: number; limit: number },
  ): Promise<{ upload: Upload; parts: Part[]; truncated: boolean; initiator: Account; owner: Account; abort?: Due }>;
  /** `parts` "all": every part there is, in order (OSS complete-all). `checksum`: the whole object's, as the client claims it. */
  complete(
    context: Context,
    input: ObjectAddress & {
      uploadId: string;
      parts: CompletePart[] | "all";
      partSizeMinimum: number;
      condition?: WriteCondition;
      checksum?: ChecksumClaim;
      size?: number;
      acl?: ObjectAcl;
    } & UploadedBy &
      DefaultChecksum &
      PartEncryption,
  ): Promise<VersionResult>;
  abort(context: Context, input: ObjectAddress & { uploadId: string }): Promise<void>;
};
