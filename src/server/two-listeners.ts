/** The listener of the data API and one on a port of its own, as one: they begin, drain and count together. */
import type { HttpFigures } from "./figures.ts";
import type { Listener } from "./listener.ts";

/** `port`: of the second. The first one's port is the one that is given. */
export function twoListeners(first: Listener, second: Listener, port: number): Listener {
  return {
    async listen(options) {
      // The second first: its port is fixed, so that it alone can be taken, and then nothing else listens yet.
      await second.listen({ ...options, port });
      return first.listen(options);
    },
    async drain(msMax) {
      const clean = await Promise.all([first.drain(msMax), second.drain(msMax)]);
      return clean.every((one) => one);
    },
    figures: () => added(first.figures(), second.figures()),
  };
}

const added = (a: HttpFigures, b: HttpFigures): HttpFigures => ({
  requests: [...a.requests, ...b.requests],
  latencies: [...a.latencies, ...b.latencies],
  bytesIn: a.bytesIn + b.bytesIn,
  bytesOut: a.bytesOut + b.bytesOut,
  inFlight: a.inFlight + b.inFlight,
  inFlightBytes: a.inFlightBytes + b.inFlightBytes,
  connections: a.connections + b.connections,
  refused: Object.fromEntries(Object.keys({ ...a.refused, ...b.refused }).map((reason) => [reason, (a.refused[reason] ?? 0) + (b.refused[reason] ?? 0)])),
  broken: a.broken + b.broken,
});
