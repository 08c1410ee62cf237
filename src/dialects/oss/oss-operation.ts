/** An operation of this dialect, and what most of them begin with. */
import type { BucketAddress, ObjectAddress } from "../../core/api.ts";
import type { BucketName, ObjectKey } from "../../core/model.ts";
import type { Address, Operation } from "../operation.ts";
import type { WireRequest } from "../wire.ts";
import type { OssSettings } from "./settings.ts";

export const ossOperation = <I, O>(declaration: Operation<OssSettings, I, O>): Operation<OssSettings, I, O> => declaration;

const pages = "https://help.aliyun.com/zh/oss/developer-reference/";
/** The vendor's page of an operation. */
export const page = (name: string): string => pages + name;

/** The route's target says that the bucket is there. */
export const bucketOf = ({ address }: { address: Address }): BucketAddress => ({ tenant: address.tenant, bucket: address.bucket as BucketName });
export const objectOf = ({ address }: { address: Address }): ObjectAddress => ({ ...bucketOf({ address }), key: address.key as ObjectKey });

/** Scheme and host that a link to this bucket begins with: the public address when there is one and a path names the bucket, else as the client asked. */
export const originOf = ({ settings, address, request }: { settings: OssSettings; address: Address; request: WireRequest }): string =>
  settings.publicUrl !== "" && address.style === "path" ? settings.publicUrl : `${request.secure ? "https" : "http"}://${request.hostHeader}`;
