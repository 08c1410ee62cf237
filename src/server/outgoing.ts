/** Requests that the server itself makes: one POST each, its answer bounded in time and size, no redirect followed; where it may connect to is checked on the address it connects to. */
import { type LookupAddress, lookup as systemLookup } from "node:dns";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type IpRange, inRange, parseIp } from "../lib/addresses.ts";
import { isPublicAddress } from "../lib/public-addresses.ts";

/** May the server connect to this address (as text)? */
export type AddressGuard = (address: string) => boolean;
/** Addresses of the open internet, and those of `allowed`. */
export const guardOf =
  (allowed: readonly IpRange[]): AddressGuard =>
  (text) => {
    const address = parseIp(text);
    return address !== undefined && (isPublicAddress(address) || allowed.some((range) => inRange(address, range)));
  };

/** `time`: no whole answer in time; `address`: the guard let none through; `length`: the answer is too long; `connection`: everything else. */
export type OutgoingFault = "time" | "address" | "length" | "connection";
export class OutgoingFailure extends Error {
  override name = "OutgoingFailure";
  readonly fault: OutgoingFault;
  /** `message` names no address, which may hold a secret. */
  constructor(fault: OutgoingFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

export type Outgoing = {
  url: URL;
  headers: Record<string, string | number>;
  body: Buffer;
  msMax: number;
  answerBytesMax: number;
  agents?: { "http:": http.Agent; "https:": https.Agent };
  guard?: AddressGuard;
  /** False: TLS without the server's name. */
  sni?: boolean;
};
export type Answered = { status: number; headers: http.IncomingHttpHeaders; body: Buffer };

const forbidden = "EADDRFORBIDDEN";
const failureOf = (error: NodeJS.ErrnoException): OutgoingFailure =>
  error.code === forbidden ? new OutgoingFailure("address", "the address is not allowed") : new OutgoingFailure("connection", error.code ?? "the connection failed");

/** The name is looked up once and what is connected to is what was looked at: a name that answers otherwise the next time gains nothing. */
function guardedLookup(guard: AddressGuard): LookupFunction {
  return (hostname, options, done) => {
    systemLookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const allowed = error ? [] : found.filter(({ address }) => guard(address));
      const [first] = allowed;
      if (error || !first) done(error ?? Object.assign(new Error(forbidden), { code: forbidden }), "", 0);
      else if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}

/** @throws OutgoingFailure */
export async function post({ url, headers, body, msMax, answerBytesMax, agents, guard, sni = true }: Outgoing): Promise<Answered> {
  const isSecure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (guard !== undefined && isIP(host) !== 0 && !guard(host)) throw new OutgoingFailure("address", "the address is not allowed");
  const signal = AbortSignal.timeout(msMax);
  const options: https.RequestOptions = {
    method: "POST",
    headers: { ...headers, "Content-Length": body.length },
    agent: agents === undefined ? false : isSecure ? agents["https:"] : agents["http:"],
    signal,
    ...(guard === undefined ? {} : { lookup: guardedLookup(guard) }),
    ...(sni ? {} : { servername: "" }),
  };
  return await new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(signal.aborted ? new OutgoingFailure("time", "no answer in time") : error instanceof OutgoingFailure ? error : failureOf(error));
    const request = (isSecure ? https : http).request(url, options, (answer) => {
      const chunks: Buffer[] = [];
      let received = 0;
      answer.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received > answerBytesMax) answer.destroy(new OutgoingFailure("length", "the answer is too long"));
        else chunks.push(chunk);
      });
      answer.on("error", (error: NodeJS.ErrnoException) =>
        failed(error instanceof OutgoingFailure || signal.aborted ? error : new OutgoingFailure("connection", "the answer broke off")),
      );
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    request.on("error", failed);
    request.end(body);
  });
}
