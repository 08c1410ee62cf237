import type { Load } from "./ports/shared.ts";

/** What one HTTP thread takes on at once. Over it, requests are turned away before their body is read. */
export type Budget = {
  /** A share for a request with this many announced body bytes (`undefined`: chunked), or undefined when there is no room. Release it once. */
  enter(contentLength: number | undefined): (() => void) | undefined;
  requests(): number;
  bytes(): number;
};

/** `load`: told of each share that is given and released. */
type BudgetOptions = { requestsMax: number; bytesMax: number; windowBytes: number; load?: Load | undefined };

export function createBudget({ requestsMax, bytesMax, windowBytes, load }: BudgetOptions): Budget {
  let requests = 0;
  let bytes = 0;
  return {
    enter(contentLength) {
      // a long body never stands in memory whole: it counts with its window
      const share = Math.min(contentLength ?? windowBytes, windowBytes);
      // one request always fits, whatever the limit
      if (requests > 0 && (requests >= requestsMax || bytes + share > bytesMax)) return undefined;
      requests++;
      bytes += share;
      load?.began();
      let released = false;
      return () => {
        if (released) return;
        released = true;
        requests--;
        bytes -= share;
        load?.ended();
      };
    },
    requests: () => requests,
    bytes: () => bytes,
  };
}
