/** Certificates for tests, made by openssl: an authority, and pairs that it signed for loopback. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "./run.ts";

export type Authority = {
  folder: string;
  ca: string;
  cert: string;
  key: string;
  /** Puts a new pair in the place of the one before, each file by a rename. */
  issue(commonName: string): Promise<void>;
  remove(): void;
};

export async function makeAuthority(): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), "amphora-tls-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<string> => must("openssl", args, { cwd: folder });
  await openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=amphora test authority", "-keyout", "ca.key", "-out", "ca.pem");
  const issue = async (commonName: string): Promise<void> => {
    writeFileSync(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    await openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${commonName}`, "-keyout", "new.key", "-out", "new.csr");
    await openssl("x509", "-req", "-in", "new.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "new.pem");
    renameSync(at("new.key"), at("server.key"));
    renameSync(at("new.pem"), at("server.pem"));
  };
  return { folder, ca: at("ca.pem"), cert: at("server.pem"), key: at("server.key"), issue, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
