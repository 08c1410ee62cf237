/**
 * IncomingMessage -> WireRequest, or what is wrong with its framing. What leaves here is unambiguous: one host, one length, one date, one
 * authorization. (facts: request smuggling; RFC 9112 sections 3.2 and 6.)
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { type Headers, isVendorHeader, type QueryParameter, type WireRequest } from "../dialects/wire.ts";
import { parseQuery } from "../lib/uri.ts";

export type Framing = {
  headers: Headers;
  vendorHeaders: { of: Headers; names: readonly string[] };
  rawPath: string;
  rawQuery: string;
  query: readonly QueryParameter[];
  host: string;
  hostHeader: string;
  contentLength: number | undefined;
};
export type Fault = { fault: string; status: 400 | 414 };

/** Headers that decide framing, identity or time: two of them can be read two ways. */
const singletons: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "authorization",
  "date",
  "content-md5",
  "content-type",
  "expect",
  "range",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-decoded-content-length",
  "x-amz-copy-source",
  "x-amz-security-token",
  "x-oss-date",
  "x-oss-content-sha256",
  "x-oss-copy-source",
  "x-oss-security-token",
]);

/** What node:http gives of a request that this needs. */
export type RawMessage = Pick<IncomingMessage, "method" | "url" | "rawHeaders" | "httpVersion">;

export function readFraming(message: RawMessage, targetBytesMax: number): Framing | Fault {
  const headers = Object.create(null) as Record<string, string | undefined>;
  const vendorNames: string[] = [];
  const raw = message.rawHeaders;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    const value = raw[index + 1] as string;
    const before = headers[name];
    if (before === undefined) {
      headers[name] = value;
      if (isVendorHeader(name)) vendorNames.push(name);
    } else if (singletons.has(name)) return bad(`the header ${name} stands twice`);
    else headers[name] = `${before}, ${value}`;
  }
  const hostHeader = headers.host;
  if (hostHeader === undefined || hostHeader === "") return bad("there is no Host header");
  const host = hostOf(hostHeader);
  if (host === undefined) return bad("the Host header is not a host");
  const length = lengthOf(headers);
  if (typeof length === "string") return bad(length);
  const target = message.url ?? "";
  if (target.length > targetBytesMax) return { fault: "the request target is too long", status: 414 };
  const path = target[0] === "/" ? target : originForm(target, hostHeader);
  if (typeof path !== "string") return path;
  if (path.includes("#")) return bad("a request target has no fragment");
  const mark = path.indexOf("?");
  const rawQuery = mark < 0 ? "" : path.slice(mark + 1);
  const query = rawQuery === "" ? noQuery : parseQuery(rawQuery);
  if (query === undefined) return bad("the query has an escape that is not UTF-8, or too many parameters");
  const rawPath = mark < 0 ? path : path.slice(0, mark);
  return { headers, vendorHeaders: { of: headers, names: vendorNames }, rawPath, rawQuery, query, host, hostHeader, contentLength: length.bytes };
}

const noQuery: readonly QueryParameter[] = [];
const bad = (fault: string): Fault => ({ fault, status: 400 });

/** Lower case, without the port; `[::1]` keeps its brackets. */
function hostOf(header: string): string | undefined {
  if (header === lastHost.header) return lastHost.host;
  const host = parseHost(header);
  lastHost = { header, host };
  return host;
}
/** Most requests of a connection, and of a server, name the same host. */
let lastHost: { header: string; host: string | undefined } = { header: "", host: undefined };

function parseHost(header: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header);
  const host = match?.[1]?.toLowerCase();
  if (host === undefined || (host[0] === "[" && isIP(host.slice(1, -1)) !== 6)) return undefined;
  return host;
}

/** `bytes` undefined: chunked. */
function lengthOf(headers: Headers): { bytes: number | undefined } | string {
  const coding = headers["transfer-encoding"];
  const length = headers["content-length"];
  if (coding !== undefined) {
    if (length !== undefined) return "Content-Length and Transfer-Encoding exclude each other";
    return coding.toLowerCase() === "chunked" ? { bytes: undefined } : "the only Transfer-Encoding is chunked";
  }
  if (length === undefined) return { bytes: 0 };
  const bytes = /^\d{1,15}$/.test(length) ? Number(length) : Number.NaN;
  return Number.isSafeInteger(bytes) ? { bytes } : "Content-Length is not a number of bytes";
}

/** `http://host/path` -> `/path`; the host in it must be the one in the Host header. */
function originForm(target: string, hostHeader: string): string | Fault {
  const match = /^https?:\/\/([^/?#@]+)(.*)$/i.exec(target);
  if (!match) return bad("the request target begins with a slash");
  if ((match[1] as string).toLowerCase() !== hostHeader.toLowerCase()) return bad("the request target and the Host header name different hosts");
  const rest = match[2] as string;
  return rest[0] === "/" ? rest : `/${rest}`;
}

/** Who is at the other end, after the proxies that are believed. */
export type Peer = Pick<WireRequest, "remoteAddress" | "secure">;

/** The client is the last address in X-Forwarded-For that is not itself one of our proxies. */
export function forwardedPeer(headers: Headers, peer: Peer, isProxy: (address: string) => boolean): Peer {
  const hops = (headers["x-forwarded-for"] ?? "").split(",").map((hop) => hop.trim());
  let remoteAddress = peer.remoteAddress;
  for (let hop = hops.pop(); hop !== undefined && isIP(hop) !== 0; hop = hops.pop()) {
    remoteAddress = hop;
    if (!isProxy(hop)) break;
  }
  const proto = headers["x-forwarded-proto"]?.split(",").at(-1)?.trim().toLowerCase();
  return { remoteAddress, secure: proto === undefined ? peer.secure : proto === "https" };
}
