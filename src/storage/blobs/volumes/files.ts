import fs from "node:fs";
import type { Bytes } from "../../../core/ports.ts";

/** The few calls on files that the volume store makes, so that a test can let each of them fail. Errors are Node's (`code`). */
export type Files = {
  open(path: string, flags: number): Promise<number>;
  openSync(path: string, flags: number): number;
  close(fd: number): Promise<void>;
  /** Writes all of it, or throws. */
  writev(fd: number, buffers: Bytes[], position: number): Promise<void>;
  /** For a few bytes that stay in the page cache until a later flush. */
  writeSync(fd: number, bytes: Bytes, position: number): void;
  /** At the end of a file opened with O_APPEND. */
  append(fd: number, bytes: Bytes): Promise<void>;
  /** Gives the bytes read: fewer than asked for only at the end of the file. */
  readv(fd: number, buffers: Bytes[], position: number): Promise<number>;
  readSync(fd: number, bytes: Bytes, position: number): number;
  datasync(fd: number): Promise<void>;
  truncate(fd: number, size: number): Promise<void>;
  statSync(fd: number): { size: number; links: number };
  list(folder: string): Promise<string[]>;
  unlink(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): Promise<void>;
};

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;
const call = <T>(start: (done: Done<T>) => void): Promise<T> => new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
const run = (start: (done: (error: NodeJS.ErrnoException | null) => void) => void): Promise<void> => call<void>((done) => start((error) => done(error, undefined)));

const writeAll = async (fd: number, buffers: Bytes[], position: number | null): Promise<void> => {
  let rest = buffers;
  let at = position;
  for (;;) {
    const list = rest;
    const written = await call<number>((done) => fs.writev(fd, list, at, done));
    let left = written;
    let index = 0;
    while (index < rest.length && left >= (rest[index] as Bytes).length) left -= (rest[index++] as Bytes).length;
    if (index === rest.length) return;
    if (written === 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
    rest = [(rest[index] as Bytes).subarray(left), ...rest.slice(index + 1)];
    if (at !== null) at += written;
  }
};

export const nodeFiles: Files = {
  open: (path, flags) => call((done) => fs.open(path, flags, 0o600, done)),
  openSync: (path, flags) => fs.openSync(path, flags, 0o600),
  close: (fd) => run((done) => fs.close(fd, done)),
  writev: (fd, buffers, position) => writeAll(fd, buffers, position),
  writeSync: (fd, bytes, position) => {
    if (fs.writeSync(fd, bytes, 0, bytes.length, position) !== bytes.length) throw Object.assign(new Error("short write"), { code: "EIO" });
  },
  append: (fd, bytes) => writeAll(fd, [bytes], null),
  readv: (fd, buffers, position) => call((done) => fs.readv(fd, buffers, position, done)),
  readSync: (fd, bytes, position) => fs.readSync(fd, bytes, 0, bytes.length, position),
  datasync: (fd) => run((done) => fs.fdatasync(fd, done)),
  truncate: (fd, size) => run((done) => fs.ftruncate(fd, size, done)),
  statSync: (fd) => {
    const stat = fs.fstatSync(fd);
    return { size: stat.size, links: stat.nlink };
  },
  list: (folder) => fs.promises.readdir(folder),
  unlink: (path) => run((done) => fs.unlink(path, done)),
  syncFolder: async (folder) => {
    const fd = await call<number>((done) => fs.open(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY, done));
    try {
      await run((done) => fs.fsync(fd, done));
    } finally {
      await run((done) => fs.close(fd, done));
    }
  },
};

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
export const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";
export const isFull = (error: unknown): boolean => ["ENOSPC", "EDQUOT", "EFBIG"].includes(codeOf(error));
export const isThere = (error: unknown): boolean => codeOf(error) === "EEXIST";
export const isInputOutput = (error: unknown): boolean => codeOf(error) === "EIO";
