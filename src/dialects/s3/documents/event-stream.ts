/**
 * Messages of an event stream: length of all (4 bytes), of the headers (4), CRC-32 of these (4), headers, payload, CRC-32 of all before it (4). A header is the length of its
 * name (1), the name, its type (1; 7 is a text), the length of the value (2), the value. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
import { crc32 } from "node:zlib";

const textType = 7;
const overheadBytes = 16;
/** Of an error's words: a header holds no more. */
const valueBytesMax = 1024;

export function message(headers: Record<string, string>, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const parts = Object.entries(headers).map(([name, value]) => {
    const [key, bytes] = [Buffer.from(name), Buffer.from(value).subarray(0, valueBytesMax)];
    const out = Buffer.alloc(4 + key.length + bytes.length);
    out[0] = key.length;
    key.copy(out, 1);
    out[1 + key.length] = textType;
    out.writeUInt16BE(bytes.length, 2 + key.length);
    bytes.copy(out, 4 + key.length);
    return out;
  });
  const head = Buffer.concat(parts);
  const out = Buffer.alloc(overheadBytes + head.length + payload.length);
  out.writeUInt32BE(out.length, 0);
  out.writeUInt32BE(head.length, 4);
  out.writeUInt32BE(crc32(out.subarray(0, 8)), 8);
  head.copy(out, 12);
  out.set(payload, 12 + head.length);
  out.writeUInt32BE(crc32(out.subarray(0, out.length - 4)), out.length - 4);
  return out;
}

export const event = (type: string, contentType?: string, payload?: Uint8Array): Buffer =>
  message({ ":message-type": "event", ":event-type": type, ...(contentType === undefined ? {} : { ":content-type": contentType }) }, payload);
export const errorMessage = (code: string, text: string): Buffer => message({ ":message-type": "error", ":error-code": code, ":error-message": text });
