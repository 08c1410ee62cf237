/** Reply -> the wire. Small answers go out in one write; streams go out two chunks at a time, and a short stream never ends cleanly. */
import type { ServerResponse } from "node:http";
import type { ByteSource, Bytes } from "../core/ports.ts";
import type { Reply } from "../dialects/wire.ts";

/**
 * `broken`: the connection was cut because the answer could not be given whole (`error`: why, when it was not the client). `unsent`: nothing of it
 * went out, another answer may still be given.
 */
export type Sent = { bytes: number; broken: boolean; error?: unknown; unsent?: true };

export type SendOptions = {
  head: boolean;
  close: boolean;
  /** Called before the end of the answer is written; resolves when the connection may end. */
  beforeEnd?: (() => Promise<void>) | undefined;
  /** Told when the client has one chunk to take, and when it took it. */
  onWaiting?: (waiting: boolean) => void;
};

const hasHeader = (headers: readonly string[], lowerName: string): boolean => {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) return true;
  }
  return false;
};
const bodyless = (status: number): boolean => status === 204 || status === 304;

/** Never throws. */
export async function sendReply(response: ServerResponse, reply: Reply, options: SendOptions): Promise<Sent> {
  const { body } = reply;
  const stream = typeof body === "object" && "source" in body ? body : undefined;
  try {
    const headers = reply.headers;
    if (options.close && !hasHeader(headers, "connection")) headers.push("Connection", "close");
    if (options.head || bodyless(reply.status)) {
      stream?.source.close();
      response.writeHead(reply.status, headers);
      return await finish(response, undefined, options);
    }
    if (stream && "endless" in stream) return await sendEndless(response, reply.status, headers, stream.source, options);
    if (stream) return await sendStream(response, reply.status, headers, stream, options);
    const bytes = body === undefined ? empty : typeof body === "string" ? Buffer.from(body) : (body as Bytes);
    if (!hasHeader(headers, "content-length")) headers.push("Content-Length", String(bytes.length));
    response.writeHead(reply.status, headers);
    return await finish(response, bytes, options);
  } catch (error) {
    stream?.source.close();
    return response.headersSent || response.destroyed ? cut(response, error) : { bytes: 0, broken: true, error, unsent: true };
  }
}
const empty = new Uint8Array(0);

function cut(response: ServerResponse, error: unknown, bytes = 0): Sent {
  response.destroy();
  return { bytes, broken: true, error };
}

async function finish(response: ServerResponse, bytes: Bytes | undefined, { beforeEnd, onWaiting }: SendOptions): Promise<Sent> {
  const length = bytes?.length ?? 0;
  if (!beforeEnd) {
    // the common case: one write, nobody waits for it
    if (length === 0) response.end();
    else response.end(bytes);
    return { bytes: length, broken: false };
  }
  onWaiting?.(false);
  if (length === 0) response.flushHeaders();
  else response.write(bytes);
  await beforeEnd();
  response.end();
  return { bytes: length, broken: false };
}

/**
 * Chunks of a source stay valid until the read after the next: chunk n-2 must have left before chunk n is asked for. The first chunk is read
 * before the status line goes out, so that what cannot be read at all is no success.
 */
async function sendStream(response: ServerResponse, status: number, headers: string[], stream: { source: ByteSource; length: number }, options: SendOptions): Promise<Sent> {
  const { source, length } = stream;
  let sent = 0;
  try {
    let chunk = length === 0 ? undefined : await source.read();
    if (response.destroyed) return { bytes: 0, broken: true };
    if (!hasHeader(headers, "content-length")) headers.push("Content-Length", String(length));
    response.writeHead(status, headers);
    if (chunk !== undefined && chunk.length === length && !options.beforeEnd) {
      // the whole body: one write, and where the system took it at once nobody waits for it
      const { socket } = response;
      response.end(chunk);
      if (socket === null || response.writableLength > 0) await taken(response, options);
      return { bytes: length, broken: response.destroyed || (socket?.errored ?? null) !== null };
    }
    let before: Promise<void> = Promise.resolve();
    while (chunk !== undefined) {
      sent += chunk.length;
      if (sent > length) throw new Error(`a body of ${length} bytes went on beyond them`);
      const last = sent === length;
      const written = writeChunk(response, chunk, last && !options.beforeEnd, options);
      // marked as handled: awaited one turn later
      written.catch(() => {});
      if (last) {
        await before;
        await written;
        break;
      }
      await before;
      before = written;
      chunk = await source.read();
      if (response.destroyed) return { bytes: sent, broken: true };
    }
    if (sent < length) throw new Error(`a body of ${length} bytes ended after ${sent}`);
    if (options.beforeEnd) await options.beforeEnd();
    if (!response.writableEnded) response.end();
    return { bytes: sent, broken: false };
  } catch (error) {
    if (response.destroyed) return { bytes: sent, broken: true };
    if (!response.headersSent) throw error;
    return cut(response, error, sent);
  } finally {
    source.close();
  }
}

/** Events as they come. Ends with its source; a source that fails cuts the connection. */
async function sendEndless(response: ServerResponse, status: number, headers: string[], source: ByteSource, options: SendOptions): Promise<Sent> {
  let bytes = 0;
  try {
    response.writeHead(status, headers);
    response.flushHeaders();
    for (let chunk = await source.read(); chunk !== undefined && !response.destroyed; chunk = await source.read()) {
      await writeChunk(response, chunk, false, options);
      bytes += chunk.length;
    }
    if (!response.destroyed) response.end();
    return { bytes, broken: false };
  } catch (error) {
    return response.destroyed ? { bytes, broken: false } : cut(response, error, bytes);
  } finally {
    source.close();
  }
}

/** Resolves when all of an ended answer has been handed to the system; rejects when the connection closes before. */
function taken(response: ServerResponse, { onWaiting }: SendOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (response.writableFinished) return resolve();
    if (response.destroyed) return reject(new Error("the connection is closed"));
    onWaiting?.(true);
    const closed = (): void => {
      onWaiting?.(false);
      reject(new Error("the connection is closed"));
    };
    response.once("close", closed);
    response.once("finish", () => {
      response.off("close", closed);
      onWaiting?.(false);
      resolve();
    });
  });
}

/** Resolves when the chunk has been handed to the system (and may be overwritten). `last`: the answer ends with it, in one write. */
function writeChunk(response: ServerResponse, chunk: Bytes, last: boolean, { onWaiting }: SendOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (response.destroyed) return reject(new Error("the connection is closed"));
    const closed = (): void => reject(new Error("the connection is closed"));
    response.once("close", closed);
    onWaiting?.(true);
    const taken = (error?: Error | null): void => {
      response.off("close", closed);
      onWaiting?.(false);
      if (error) reject(error);
      else resolve();
    };
    if (last) response.end(chunk, taken);
    else response.write(chunk, taken);
  });
}
