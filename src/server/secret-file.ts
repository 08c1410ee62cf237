/** Files that only their owner may read: the root key, the master key. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Whole or not at all, and on the disk when it returns. */
export function writeSecretFile(path: string, text: string): void {
  const draft = `${path}.draft`;
  writeFlushed(draft, text);
  renameSync(draft, path);
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
