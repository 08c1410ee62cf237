/** What x-amz-content-sha256 says about the body. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html */
import { refuse } from "../../signing-failure.ts";
import type { WireRequest } from "../../wire.ts";

export type PayloadMode =
  /** The whole body's SHA-256, lower-case hex. */
  | { kind: "hashed"; sha256: string }
  | { kind: "unsigned" }
  /** aws-chunked; `signed`: each chunk (and the trailers) by the chain that begins with the request's signature. */
  | { kind: "chunks"; signed: boolean; trailer: boolean };

export const unsignedPayload = "UNSIGNED-PAYLOAD";

const chunkModes: ReadonlyMap<string, PayloadMode> = new Map([
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { kind: "chunks", signed: true, trailer: false }],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { kind: "chunks", signed: true, trailer: true }],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", { kind: "chunks", signed: false, trailer: true }],
]);

/** Throws "badPayloadHash"; the ECDSA modes are known and not served. */
export function payloadMode(value: string): PayloadMode {
  if (value === unsignedPayload) return { kind: "unsigned" };
  if (/^[0-9a-fA-F]{64}$/.test(value)) return { kind: "hashed", sha256: value.toLowerCase() };
  return chunkModes.get(value) ?? refuse("badPayloadHash", { value, known: value.startsWith("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD") });
}

/** For requests whose signature starts no chain (anonymous, V2): signed chunks cannot be verified and are refused. */
export function unchainedPayload(request: WireRequest): PayloadMode {
  const value = request.headers["x-amz-content-sha256"];
  if (value === undefined) return { kind: "unsigned" };
  const mode = payloadMode(value);
  return mode.kind === "chunks" && mode.signed ? refuse("badPayloadHash", { value, known: true }) : mode;
}
