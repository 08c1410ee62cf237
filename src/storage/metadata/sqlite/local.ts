/** The port for the thread that runs the engine. */
import { type MetadataStore, StoreRefused } from "../../../core/ports.ts";
import type { Engine } from "./engine.ts";
import type { Reader } from "./reader.ts";

/** `close` closes the reader; the engine is closed by who opened it, after everybody. */
export function localMetadata(engine: Engine, reader: Reader): MetadataStore {
  let closed = false;
  const unlessClosed = <T>(act: () => Promise<T>): Promise<T> => (closed ? Promise.reject(new StoreRefused("closing", "the store is closed")) : act());
  return {
    snapshot: () => reader.snapshot(),
    commit: (batch) => unlessClosed(() => engine.commit(batch)),
    turn: (key, deadlineMs) => unlessClosed(() => engine.turn(key, deadlineMs)),
    async close() {
      closed = true;
      reader.close();
    },
  };
}
