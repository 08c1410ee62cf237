/** ETags as records hold them. */

/** 16 raw bytes, 20 with a number of parts, otherwise as text behind a 0. */
export function encodeEtag(etag: string): Buffer {
  if (etag === "") return Buffer.alloc(0);
  const match = /^([0-9a-f]{32})(?:-([1-9][0-9]{0,8}))?$/.exec(etag);
  if (!match) return Buffer.concat([Buffer.from([0]), Buffer.from(etag, "utf8")]);
  const parts = match[2];
  const out = Buffer.allocUnsafe(parts === undefined ? 17 : 21);
  out[0] = parts === undefined ? 1 : 2;
  out.write(match[1] as string, 1, "hex");
  if (parts !== undefined) out.writeUInt32BE(Number(parts), 17);
  return out;
}
export function decodeEtag(raw: Buffer, from: number, length: number): string {
  if (length === 0) return "";
  const form = raw[from];
  if (form === 0) return raw.toString("utf8", from + 1, from + length);
  const md5 = raw.toString("hex", from + 1, from + 17);
  return form === 1 ? md5 : `${md5}-${raw.readUInt32BE(from + 17)}`;
}
