/**
 * URLs under which a stream may be published: `rtmp://<bucket>.<host>/live/<channel>?OSSAccessKeyId=...&Expires=...&Signature=...`, HMAC-SHA1 over the
 * expiry, the other parameters and the channel. https://help.aliyun.com/zh/oss/developer-reference/add-signatures-to-rtmp-ingest-urls
 */
import { equalSecrets } from "../../../lib/bytes.ts";
import { hmac, secretKey } from "../../../lib/signing/keys.ts";
import { bytesOf } from "../../../lib/signing/strings.ts";
import { parseQuery } from "../../../lib/uri.ts";
import { refuse } from "../../signing-failure.ts";
import { matchSignature, parameter } from "../../signing-strings.ts";
import type { QueryParameter } from "../../wire.ts";

type Resource = { bucket: string; channel: string };
export type RtmpClaim = Resource & { accessKeyId: string; expiresMs: number; signature: string; playlist?: string; token?: string; query: readonly QueryParameter[] };

const unsigned: ReadonlySet<string> = new Set(["OSSAccessKeyId", "Signature", "Expires", "SecurityToken"]);
const queryMax = 4096;

function signatureOf(
  secret: string,
  expires: string,
  query: readonly Pick<QueryParameter, "name" | "value">[],
  { bucket, channel }: Resource,
): { stringToSign: string; signature: string } {
  const signed = query.filter(({ name }) => !unsigned.has(name)).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const lines = signed.map(({ name, value }) => `${bytesOf(name)}:${bytesOf(value)}\n`).join("");
  const stringToSign = `${expires}\n${lines}/${bytesOf(bucket)}/${bytesOf(channel)}`;
  return { stringToSign, signature: hmac("sha1", secretKey(secret), stringToSign, "base64") };
}

/** The query of a URL, without its question mark, that lets its holder publish until `expiresMs`. */
export function signRtmp(
  { accessKeyId, secret }: { accessKeyId: string; secret: string },
  resource: Resource,
  { expiresMs, playlist }: { expiresMs: number; playlist?: string },
): string {
  const expires = String(Math.floor(expiresMs / 1000));
  const named = playlist === undefined || playlist === "" ? [] : [{ name: "playlistName", value: playlist }];
  const { signature } = signatureOf(secret, expires, named, resource);
  const all: [string, string][] = [
    ...named.map(({ name, value }): [string, string] => [name, value]),
    ["OSSAccessKeyId", accessKeyId],
    ["Expires", expires],
    ["Signature", signature],
  ];
  return all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

/** What a URL says of who publishes, not yet believed; undefined: nobody signed it. Throws AuthFailure incomplete, malformed, badExpires. */
export function rtmpClaim(rawQuery: string, resource: Resource): RtmpClaim | undefined {
  if (rawQuery.length > queryMax) refuse("malformed", { carrier: "query", what: "query", value: rawQuery.slice(0, 64) });
  const query = parseQuery(rawQuery) ?? refuse("malformed", { carrier: "query", what: "query", value: rawQuery.slice(0, 64) });
  const [accessKeyId, signature, expires] = ["OSSAccessKeyId", "Signature", "Expires"].map((name) => parameter(query, name));
  if (accessKeyId === undefined && signature === undefined) return undefined;
  if (accessKeyId === undefined || signature === undefined || expires === undefined) {
    const missing = ["OSSAccessKeyId", "Signature", "Expires"].filter((name) => parameter(query, name) === undefined);
    return refuse("incomplete", { carrier: "query", scheme: "v1", missing });
  }
  if (!/^\d{1,12}$/.test(expires)) return refuse("badExpires", { value: expires, maxSeconds: Number.MAX_SAFE_INTEGER });
  const [playlist, token] = [parameter(query, "playlistName"), parameter(query, "security-token")];
  return {
    ...resource,
    accessKeyId,
    signature,
    expiresMs: Number(expires) * 1000,
    query,
    ...(playlist === undefined ? {} : { playlist }),
    ...(token === undefined ? {} : { token }),
  };
}

/** Throws AuthFailure mismatch, expired. */
export function verifyRtmp(claim: RtmpClaim, secret: string, nowMs: number): void {
  const { accessKeyId, expiresMs } = claim;
  const made = signatureOf(secret, String(expiresMs / 1000), claim.query, claim);
  if (secret === "" || !equalSecrets(made.signature, claim.signature)) matchSignature(accessKeyId, secret, claim.signature, [made]);
  if (nowMs > expiresMs) refuse("expired", { expiresMs, serverMs: nowMs });
}
