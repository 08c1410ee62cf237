/** A stream compressed while it is read. */
import { once } from "node:events";
import { createGzip } from "node:zlib";

type Bytes = Uint8Array;
type Source = { read(): Promise<Bytes | undefined>; close(): void };

/** Gives the gzip form of all that `source` gives, a few chunks ahead at most; closes it. A failure of the source is one of the read. */
export function gzipped(source: Source): Source {
  const gzip = createGzip();
  const chunks = gzip[Symbol.asyncIterator]() as AsyncIterator<Bytes>;
  let isFed = false;
  async function feed(): Promise<void> {
    try {
      for (let chunk = await source.read(); chunk !== undefined && !gzip.destroyed; chunk = await source.read()) {
        // A chunk is the source's own again before the compressor has done with it.
        if (!gzip.write(Buffer.from(chunk))) await Promise.race([once(gzip, "drain"), once(gzip, "close")]);
      }
      gzip.end();
    } catch (error) {
      gzip.destroy(error as Error);
    } finally {
      source.close();
    }
  }
  return {
    async read() {
      if (!isFed) {
        isFed = true;
        void feed();
      }
      const { done, value } = await chunks.next();
      return done ? undefined : value;
    },
    close() {
      gzip.destroy();
      source.close();
    },
  };
}
