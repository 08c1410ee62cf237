/** Certificate and key of the data listener: read at start, read again when a file changes. */
import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { SettingsError } from "../config/values.ts";
import type { Log } from "../core/ports.ts";

/** Paths of PEM files: the certificate with its chain, and the private key. */
export type TlsFiles = { cert: string; key: string };

/** What is asked for no older than this: what every client of the last ten years speaks. */
const oldestProtocol = "TLSv1.2";
/** How often the files are looked at. By look, not by notice: a certificate is often replaced through a symbolic link of a folder. */
export const tlsWatchMs = 1_000;

/** `undefined`: the listener speaks plain HTTP. @throws SettingsError for half a pair */
export function tlsFilesOf({ tlsCert, tlsKey }: { tlsCert?: string; tlsKey?: string }): TlsFiles | undefined {
  const cert = tlsCert ?? "";
  const key = tlsKey ?? "";
  if (cert === "" && key === "") return undefined;
  if (cert === "" || key === "") throw new SettingsError(cert === "" ? "--tls-key is set without --tls-cert" : "--tls-cert is set without --tls-key");
  return { cert, key };
}

/** Both files, and proof that they belong together. @throws SettingsError */
export function readTls(files: TlsFiles): SecureContextOptions {
  const read = (flag: string, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new SettingsError(`${flag}: ${(error as Error).message}`, { cause: error });
    }
  };
  const context: SecureContextOptions = { cert: read("--tls-cert", files.cert), key: read("--tls-key", files.key), minVersion: oldestProtocol };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new SettingsError(`--tls-cert, --tls-key: ${(error as Error).message} (PEM files of one pair are wanted)`, { cause: error });
  }
  return context;
}

/**
 * Calls `use` with each new pair. A pair that cannot be used (half written, not matching) is said once and the one before stays in force. Only
 * new connections see a new pair: those that are open keep theirs. Gives what ends the watch.
 */
export function watchTls(files: TlsFiles, { use, log }: { use(context: SecureContextOptions): void; log: Log }): () => void {
  const look = (): void => {
    try {
      use(readTls(files));
      log.info("tls.reloaded", { cert: files.cert });
    } catch (error) {
      log.error("tls.notReloaded", error, { cert: files.cert, advice: "the certificate before stays in use" });
    }
  };
  const paths = [files.cert, files.key];
  for (const path of paths) watchFile(path, { interval: tlsWatchMs, persistent: false }, look);
  return () => {
    for (const path of paths) unwatchFile(path, look);
  };
}
