/** For tests of signatures: requests as the listener would hand them over. */

import type { ByteSource } from "../core/ports.ts";
import { parseQuery } from "../lib/uri.ts";
import type { WireRequest } from "./wire.ts";

/** Bytes in pieces of `pieceBytes`, one memory reused for all, as a real source may do. */
export function sourceOf(bytes: Uint8Array, pieceBytes = bytes.length): ByteSource {
  let at = 0;
  const memory = [Buffer.alloc(Math.max(pieceBytes, 1)), Buffer.alloc(Math.max(pieceBytes, 1))];
  let turn = 0;
  return {
    async read() {
      if (at >= bytes.length) return undefined;
      const piece = bytes.subarray(at, at + Math.max(pieceBytes, 1));
      at += piece.length;
      turn ^= 1;
      const own = memory[turn] as Buffer;
      own.fill(0xee);
      own.set(piece);
      return own.subarray(0, piece.length);
    },
    close() {},
  };
}

/** `url`: path and query as on the wire. */
export function wireRequest(options: { method: string; url: string; headers: readonly (readonly [string, string])[]; body?: ByteSource }): WireRequest {
  const { method, url, headers } = options;
  const at = url.indexOf("?");
  const rawQuery = at < 0 ? "" : url.slice(at + 1);
  const byName = Object.create(null) as Record<string, string>;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const before = byName[lower];
    byName[lower] = before === undefined ? value : `${before}, ${value}`;
  }
  const query = parseQuery(rawQuery);
  if (!query) throw new Error(`query ${rawQuery}`);
  const hostHeader = byName.host ?? "";
  return {
    id: 1,
    method,
    rawPath: at < 0 ? url : url.slice(0, at),
    rawQuery,
    query,
    headers: byName,
    rawHeaders: headers.flat(),
    host: hostHeader.split(":")[0] as string,
    hostHeader,
    secure: false,
    remoteAddress: "127.0.0.1",
    contentLength: 0,
    body: options.body ?? sourceOf(new Uint8Array(0)),
    expectsContinue: false,
    signal: new AbortController().signal,
    receivedMs: 0,
  };
}
