import fs from "node:fs";
import { join } from "node:path";

export type Flip = { file: string; offset: number; bit: number };

/** Flips one bit of a file, in place. Flipping it again repairs it. */
export const flipBit = (folder: string, { file, offset, bit }: Flip): void => {
  const fd = fs.openSync(join(folder, file), "r+");
  try {
    const byte = Buffer.alloc(1);
    fs.readSync(fd, byte, 0, 1, offset);
    byte[0] = (byte[0] as number) ^ (1 << bit);
    fs.writeSync(fd, byte, 0, 1, offset);
  } finally {
    fs.closeSync(fd);
  }
};

/** `count` random places in the volumes of a folder, each byte of them equally likely. `random` gives numbers from 0 to below 1. */
export const chooseFlips = (folder: string, count: number, random: () => number): Flip[] => {
  const sizes = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".vol"))
    .sort()
    .map((file) => ({ file, size: fs.statSync(join(folder, file)).size }));
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  return Array.from({ length: count }, () => {
    let offset = Math.floor(random() * total);
    let index = 0;
    for (; offset >= (sizes[index]?.size ?? Infinity); index++) offset -= sizes[index]?.size ?? 0;
    return { file: sizes[index]?.file ?? "", offset, bit: Math.floor(random() * 8) };
  });
};
