/** A folder of files that clients send: nothing, a little, a name that needs escaping, one of several parts. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MIB = 1024 * 1024;
export type Samples = {
  /** Below it: `in/` with the files, and room for what comes back. */
  folder: string;
  files: readonly string[];
  /** Of all of them. */
  totalBytes: number;
  /** The text of a sample, or of what came back. */
  bytes(name: string): Buffer;
  /** Fails unless every sample is below `folder` just so. */
  cameBack(folder: string): void;
  remove(): void;
};

/** `largeBytes`: of the one that goes up in parts. */
export function makeSamples(largeBytes = 20 * MIB): Samples {
  const folder = mkdtempSync(join(tmpdir(), "amphora-samples-"));
  const files: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    "five.txt": Buffer.from("five\n"),
    "sub/five-mib": randomBytes(5 * MIB),
    "sub/a name +%é.bin": randomBytes(70_000),
    large: Buffer.alloc(largeBytes, "a large one "),
  };
  mkdirSync(join(folder, "in/sub"), { recursive: true });
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, "in", name), data);
  return {
    folder,
    files: Object.keys(files),
    totalBytes: Object.values(files).reduce((sum, { length }) => sum + length, 0),
    bytes: (name) => readFileSync(join(folder, name)),
    cameBack(back) {
      for (const [name, data] of Object.entries(files)) if (!readFileSync(join(back, name)).equals(data)) throw new Error(`${name} came back otherwise`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
