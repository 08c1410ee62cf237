/** Fields of records: places in lists, which only grow at their ends, and whole numbers of 8 bytes. */
export const at = <T>(list: readonly T[], index: number | undefined, what: string): T => {
  const found = list[index ?? -1];
  if (found === undefined) throw new Error(`A record holds no known ${what}: ${index}`);
  return found;
};
export const indexOf = <T>(list: readonly T[], value: T): number => {
  const index = list.indexOf(value);
  if (index === -1) throw new Error(`No record can hold ${String(value)}`);
  return index;
};
export const writeNumber = (out: Buffer, value: number, offset: number): void => {
  out.writeUInt32BE(Math.floor(value / 2 ** 32), offset);
  out.writeUInt32BE(value % 2 ** 32, offset + 4);
};
export const readNumber = (raw: Buffer, offset: number): number => raw.readUInt32BE(offset) * 2 ** 32 + raw.readUInt32BE(offset + 4);
