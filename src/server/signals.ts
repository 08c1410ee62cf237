/** SIGTERM and SIGINT: the first drains, a second one ends at once. */

/** npm, a shell and the terminal may each pass on the one signal a person sent; what comes within this time is the same one. */
const sameSignalMs = 1_000;

export function onStopSignals(stop: (signal: string) => void, endNow: () => void): void {
  let firstMs: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        stop(signal);
      } else if (performance.now() - firstMs > sameSignalMs) endNow();
    });
  }
  // a closed terminal is not a reason to lose requests in flight
  process.on("SIGHUP", () => {
    if (firstMs !== undefined) return;
    firstMs = performance.now();
    stop("SIGHUP");
  });
}
