/** One version, of which stretches are read one after the other while it cannot be removed. */
import type { Context, ObjectAddress, VersionResult } from "../api.ts";
import type { CustomerKey } from "../encryption/api.ts";
import { readSealed, unlock } from "../encryption/protect.ts";
import { fail } from "../errors.ts";
import type { VersionSelector } from "../model.ts";
import { readContent } from "../objects/content.ts";
import { headObject } from "../objects/read.ts";
import type { ByteSource, Ports } from "../ports.ts";
import type { Running } from "./api.ts";
import { queryLimits } from "./limits.ts";

/** `source`: from a byte to the end. `finish` may be called more than once. */
export type Opened = { found: VersionResult; source(start: number): ByteSource; finish(): void };

/** Queries of this thread. */
let running = 0;
const retryAfterS = 1;

/** Throws what `headObject` throws, and overloaded. */
export async function openForQuery(ports: Ports, context: Context, input: ObjectAddress & { version?: VersionSelector; customerKey?: CustomerKey }): Promise<Opened> {
  if (running >= queryLimits.runningMax) fail("overloaded", { retryAfterS });
  running++;
  const read = ports.readers.begin();
  let finished = false;
  const finish = (): void => {
    if (finished) return;
    finished = true;
    running--;
    read();
  };
  try {
    const found = await headObject(ports, context, input);
    const { version } = found;
    const dataKey = version.encryption && (await unlock(ports, version.encryption, input.customerKey));
    const source = (start: number): ByteSource => {
      const span = { start, end: version.size };
      return dataKey ? readSealed(ports, version, dataKey, span, () => {}) : readContent(ports, version.content, span, () => {});
    };
    return { found, source, finish };
  } catch (error) {
    finish();
    throw error;
  }
}

/** The steps of a generator. However it ends, it is over for `opened` too. */
export function runningOf<T, R>(opened: Opened, steps: AsyncGenerator<T, R>): Running<T, R> {
  return {
    async next() {
      try {
        const { done, value } = await steps.next();
        if (!done) return { done: false, value };
        opened.finish();
        return { done: true, value };
      } catch (error) {
        opened.finish();
        throw error;
      }
    },
    close() {
      void steps.return(undefined as never).finally(opened.finish);
    },
  };
}
