/** Fair queues: who waits for the same key gets it in the order of asking, each until its own deadline. */
import { type Bytes, StoreRefused } from "../../core/ports.ts";
import { mapKey } from "./keys.ts";

/** Waiters over all keys; past it a request is told at once instead of waiting for nothing. */
export const turnWaitersMax = 65_536;

/** The longest delay a Node timer can hold; a deadline further off is looked at again then. */
const timerMsMax = 2_147_483_647;

type Waiter = { owner: object | undefined; grant: () => void; refuse: (error: StoreRefused) => void; timer: NodeJS.Timeout; held: boolean };

export type Turns = {
  /** Resolves with the release. Throws `StoreRefused("timeout")` past the deadline. A turn not released by its deadline is taken back. */
  take(key: Bytes, deadlineMs: number, owner?: object): Promise<() => void>;
  /** All turns and waiters of an owner that is no more. */
  forget(owner: object): void;
  waiting(): number;
  close(): void;
};

/** @param nowMs the clock of the deadlines, in milliseconds (`Clock.monotonicMs`). */
export function turnQueues(nowMs: () => number): Turns {
  const queues = new Map<string, Waiter[]>();
  let count = 0;
  let closed = false;

  function leave(name: string, waiter: Waiter): void {
    const queue = queues.get(name);
    const at = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || at < 0) return;
    clearTimeout(waiter.timer);
    queue.splice(at, 1);
    count--;
    if (queue.length === 0) queues.delete(name);
    else grantFirst(queue);
  }
  function grantFirst(queue: Waiter[]): void {
    const first = queue[0];
    if (first === undefined || first.held) return;
    first.held = true;
    first.grant();
  }

  return {
    take(key, deadlineMs, owner) {
      const name = mapKey(key);
      const remainingMs = deadlineMs - nowMs();
      if (closed) return Promise.reject(new StoreRefused("closing", "the store is closing"));
      if (!(remainingMs > 0)) return Promise.reject(new StoreRefused("timeout", "the deadline has passed"));
      if (count >= turnWaitersMax) return Promise.reject(new StoreRefused("timeout", `more than ${turnWaitersMax} are waiting for a turn`));
      return new Promise((resolve, reject) => {
        const expire = (): void => {
          leave(name, waiter);
          if (!waiter.held) reject(new StoreRefused("timeout", "the deadline passed before the turn came"));
        };
        const waiter: Waiter = {
          owner,
          held: false,
          grant: () => resolve(() => leave(name, waiter)),
          refuse: reject,
          timer: setTimeout(expire, Math.min(remainingMs, timerMsMax)),
        };
        waiter.timer.unref();
        const queue = queues.get(name) ?? [];
        queues.set(name, queue);
        queue.push(waiter);
        count++;
        grantFirst(queue);
      });
    },
    forget(owner) {
      for (const [name, queue] of [...queues]) {
        for (const waiter of queue.filter((each) => each.owner === owner)) {
          waiter.refuse(new StoreRefused("closing", "the asker is gone"));
          leave(name, waiter);
        }
      }
    },
    waiting: () => count,
    close() {
      closed = true;
      for (const queue of queues.values()) {
        for (const waiter of queue) {
          clearTimeout(waiter.timer);
          if (!waiter.held) waiter.refuse(new StoreRefused("closing", "the store is closing"));
        }
      }
      queues.clear();
      count = 0;
    },
  };
}
