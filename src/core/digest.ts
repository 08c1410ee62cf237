/** MD5, CRC-64/XZ and the checksum that was asked for, computed over a body while it is stored, and held against what the client says. */
import { createHash, type Hash, hash } from "node:crypto";
import { createCrc } from "../lib/crc.ts";
import { createXxhash, isXxhash, loadXxhash } from "../lib/xxhash.ts";
import type { ExpectedDigests, IncomingBody } from "./api.ts";
import { fail } from "./errors.ts";
import type { ChecksumAlgorithm, ChecksumValue } from "./model.ts";
import type { ByteSource, Bytes } from "./ports.ts";

/** `md5` in lower-case hex, `crc64` in decimal, `checksum` in base64. */
export type Digests = { md5: string; crc64: string; checksum?: ChecksumValue };
export type Digester = {
  update(chunk: Bytes): void;
  /** Call once, after the body's end: throws digestMismatch when a claim does not hold. */
  finish(): Digests;
};

type Running = { update(chunk: Bytes): void; hex(): string; base64(): string };

function running(algorithm: ChecksumAlgorithm): Running {
  if (algorithm === "sha1" || algorithm === "sha256" || algorithm === "sha512" || algorithm === "md5") {
    const hash = createHash(algorithm);
    return hashing(
      (chunk) => void hash.update(chunk),
      () => hash.digest(),
    );
  }
  if (isXxhash(algorithm)) {
    const hash = createXxhash(algorithm);
    return hashing(hash.update, () => Buffer.from(hash.digest()));
  }
  const crc = createCrc(algorithm);
  return { update: (chunk) => crc.update(chunk), hex: () => Buffer.from(crc.base64(), "base64").toString("hex"), base64: () => crc.base64() };
}

function hashing(update: Running["update"], digest: () => Buffer): Running {
  let once: Buffer | undefined;
  const value = (): Buffer => (once ??= digest());
  return { update, hex: () => value().toString("hex"), base64: () => value().toString("base64") };
}

/** To be waited for before anything of `algorithm` is computed; `undefined`, as nearly always: nothing is. */
export const checksumLoading = (algorithm: ChecksumAlgorithm | undefined): Promise<void> | undefined => (algorithm !== undefined && isXxhash(algorithm) ? loadXxhash() : undefined);

/** Of bytes in memory, in base64. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Bytes): string {
  const sum = running(algorithm);
  sum.update(bytes);
  return sum.base64();
}

/** Small bodies come in one chunk, for which one call is cheaper than a running hash. A chunk may be held until the next one came: see `ByteSource`. */
function runningMd5(): Running {
  let only: Bytes | undefined;
  let running: Hash | undefined;
  let digest: string | undefined;
  const hex = (): string => (digest ??= running ? running.digest("hex") : hash("md5", only ?? new Uint8Array(0), "hex"));
  return {
    update(chunk) {
      if (!running && !only) {
        only = chunk;
        return;
      }
      if (!running) {
        running = createHash("md5");
        if (only) running.update(only);
        only = undefined;
      }
      running.update(chunk);
    },
    hex,
    base64: () => Buffer.from(hex(), "hex").toString("base64"),
  };
}

/**
 * What must be computed is known before the body: `body.checksum` (see `checksumLoading`), and what `body.expected()` announces already. A claim that only a trailer
 * makes must have been announced by `body.checksum`; one that was not is a defect of the caller.
 */
export function digester(body: Pick<IncomingBody, "checksum" | "expected">): Digester {
  const md5 = runningMd5();
  const crc64 = createCrc("crc64xz");
  const announced = body.expected();
  const asked = new Map<ChecksumAlgorithm, Running>();
  for (const algorithm of [body.checksum, announced.checksum?.algorithm, announced.sha256 === undefined ? undefined : ("sha256" as const)]) {
    if (algorithm !== undefined && algorithm !== "md5" && !asked.has(algorithm)) asked.set(algorithm, running(algorithm));
  }
  return {
    update(chunk) {
      md5.update(chunk);
      crc64.update(chunk);
      for (const each of asked.values()) each.update(chunk);
    },
    finish() {
      const digests: Digests = { md5: md5.hex(), crc64: crc64.decimal() };
      const kept = body.checksum ?? announced.checksum?.algorithm;
      // That is computed in any case.
      if (kept === "md5" || announced.checksum?.algorithm === "md5") asked.set("md5", md5);
      if (kept !== undefined) digests.checksum = { algorithm: kept, value: (asked.get(kept) as Running).base64(), type: "full" };
      compare(body.expected(), digests, asked);
      return digests;
    },
  };
}

/** Of all that the source gives; closes it. */
export async function digestOf(source: ByteSource, announced: Parameters<typeof digester>[0]): Promise<Digests> {
  await checksumLoading(announced.checksum);
  const running = digester(announced);
  try {
    for (let chunk = await source.read(); chunk; chunk = await source.read()) running.update(chunk);
  } finally {
    source.close();
  }
  return running.finish();
}

function compare(expected: ExpectedDigests, digests: Digests, asked: Map<ChecksumAlgorithm, Running>): void {
  const hold = (algorithm: string, claim: string | undefined, actual: () => string): void => {
    if (claim === undefined) return;
    const value = actual();
    if (claim !== value) fail("digestMismatch", { algorithm, expected: claim, actual: value });
  };
  const of = (algorithm: ChecksumAlgorithm): Running => {
    const found = asked.get(algorithm);
    if (!found) throw new Error(`A ${algorithm} was claimed after the body and never announced`);
    return found;
  };
  hold("md5", expected.md5?.toLowerCase(), () => digests.md5);
  hold("sha256", expected.sha256?.toLowerCase(), () => of("sha256").hex());
  hold("crc64", expected.crc64, () => digests.crc64);
  const { checksum } = expected;
  if (checksum) hold(checksum.algorithm, checksum.value, () => of(checksum.algorithm).base64());
}
