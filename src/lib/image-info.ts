/** What the first bytes of an image say of it: JPEG, PNG, GIF, WebP, BMP. Pure; nothing is decoded. */
export type ImageInfo = { format: "jpg" | "png" | "gif" | "webp" | "bmp"; width: number; height: number };

const ascii = (bytes: Buffer, from: number, to: number): string => bytes.toString("latin1", from, to);

/** `undefined`: no image, or one whose size stands further behind. `start`: its beginning, the longer the better where it is a JPEG. */
export function imageInfo(start: Uint8Array): ImageInfo | undefined {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  const info = readPng(bytes) ?? readGif(bytes) ?? readWebp(bytes) ?? readBmp(bytes) ?? readJpeg(bytes);
  return info && info.width > 0 && info.height > 0 ? info : undefined;
}

function readPng(bytes: Buffer): ImageInfo | undefined {
  if (bytes.length < 24 || ascii(bytes, 0, 8) !== "\x89PNG\r\n\x1a\n" || ascii(bytes, 12, 16) !== "IHDR") return undefined;
  return { format: "png", width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function readGif(bytes: Buffer): ImageInfo | undefined {
  if (bytes.length < 10 || !/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return undefined;
  return { format: "gif", width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

/** Lossy, lossless and extended: the size stands elsewhere in each. */
function readWebp(bytes: Buffer): ImageInfo | undefined {
  if (bytes.length < 30 || ascii(bytes, 0, 4) !== "RIFF" || ascii(bytes, 8, 12) !== "WEBP") return undefined;
  switch (ascii(bytes, 12, 16)) {
    case "VP8 ":
      return bytes.readUIntBE(23, 3) === 0x9d012a ? { format: "webp", width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff } : undefined;
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return bytes[20] === 0x2f ? { format: "webp", width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 } : undefined;
    }
    case "VP8X":
      return { format: "webp", width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

/** A height below zero is that of rows that begin at the top. */
function readBmp(bytes: Buffer): ImageInfo | undefined {
  if (bytes.length < 26 || ascii(bytes, 0, 2) !== "BM") return undefined;
  const headerBytes = bytes.readUInt32LE(14);
  if (headerBytes === 12) return { format: "bmp", width: bytes.readUInt16LE(18), height: bytes.readUInt16LE(20) };
  return headerBytes >= 40 && headerBytes <= 256 ? { format: "bmp", width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) } : undefined;
}

/** From segment to segment until the one that begins a frame. */
function readJpeg(bytes: Buffer): ImageInfo | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at++;
      continue;
    }
    // Restart and temporary markers have no length.
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    // C4, C8 and CC are tables; the other Cx begin frames.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return { format: "jpg", width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    const length = bytes.readUInt16BE(at + 2);
    if (marker === 0xd9 || marker === 0xda || length < 2) return undefined;
    at += 2 + length;
  }
  return undefined;
}
