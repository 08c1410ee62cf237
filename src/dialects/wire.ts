/** A request as the listener hands it over and an answer as it takes it back: HTTP without node:http. */
import type { ByteSource, Bytes } from "../core/ports.ts";

/** `raw*`: as on the wire, percent-encoded. `name` and `value`: decoded once (`+` is a space, as oss2, Java, Go and browsers write it; a plus sign comes as `%2B`). `bare`: there was no `=`. */
export type QueryParameter = { name: string; value: string; rawName: string; rawValue: string; bare: boolean };

/** Lower-case name -> value; several lines of one header are joined by ", ". Made with a null prototype. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** MinIO's header on deletes (s3/parse/force.ts). */
export const minioForce = "x-minio-force-delete";

/** Does a header (lower case) have its meaning from a vendor? */
export const isVendorHeader = (name: string): boolean =>
  name.charCodeAt(0) === 120 && name.charCodeAt(1) === 45 && (name.startsWith("x-amz-") || name.startsWith("x-oss-") || name.startsWith("x-hcp-") || name === minioForce);

/** The lower-case names of a request's vendor headers, each once. Headers are looked through only when nobody noted it while they were read. */
export function vendorHeadersOf({ headers, vendorHeaders }: Pick<WireRequest, "headers" | "vendorHeaders">): readonly string[] {
  return vendorHeaders?.of === headers ? vendorHeaders.names : Object.keys(headers).filter(isVendorHeader);
}

export type WireRequest = {
  id: number;
  method: string;
  /** The path as on the wire, without the query: never decoded, never normalised. */
  rawPath: string;
  rawQuery: string;
  query: readonly QueryParameter[];
  headers: Headers;
  /** What `vendorHeadersOf` gives of these very headers, when they were read by somebody who noted it. */
  vendorHeaders?: { readonly of: Headers; readonly names: readonly string[] };
  /** Names and values in turn, as on the wire: for signatures that care. */
  rawHeaders: readonly string[];
  /** Host without the port, lower case; and as sent. */
  host: string;
  hostHeader: string;
  /** What the store knows of the host, where it is one of a bucket's owner. */
  place?: import("./addressing.ts").HostPlace;
  secure: boolean;
  /** `1.2`, `1.3`; absent where nobody knows: a plain connection, or one from a proxy. */
  tlsVersion?: string;
  remoteAddress: string;
  /** Bytes of the body as announced; undefined = chunked; 0 = none. */
  contentLength: number | undefined;
  /** The body. Reading it sends `100 Continue` when the client waits for one. */
  body: ByteSource;
  expectsContinue: boolean;
  /** The client went away. */
  signal: { readonly aborted: boolean };
  receivedMs: number;
  /** The form in the body, once somebody has asked for it (form-reader.ts): then `body` is read from there. */
  form?: Promise<import("./form-reader.ts").PostedForm>;
};

export type Reply = {
  status: number;
  /** Names and values in turn, in order. */
  headers: string[];
  /** A string or bytes get a Content-Length; a stream needs `length`, or goes on until its source ends, each chunk sent at once. HEAD: no body, headers as they are. */
  body?: string | Bytes | { source: ByteSource; length: number } | { source: ByteSource; endless: true };
  /** For metrics and the access log. */
  dialect?: string;
  operation?: string;
  errorCode?: string;
  /** For logs of buckets: what was asked for, and by whom, as far as that was found out. */
  trace?: { address: import("./operation.ts").Address; caller?: import("../core/model.ts").Caller; requestId: string };
  /** Close the connection afterwards (framing is in doubt, or the body was not read). */
  close?: boolean;
};
