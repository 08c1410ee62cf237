/** SIGTERM and SIGINT: the first drains, a second one ends at once. */

/** npm, a shell and the terminal may each pass on the one signal a person sent; what comes within this time is the same one. */
const sameSignalMs = 1_000;

export function onStopSignals(stop: (signal: string) => void, endNow: () => void): void {
  let firstMs: number | undefined;
  const first = (signal: string): boolean => {
    if (firstMs !== undefined) return false;
    firstMs = performance.now();
    stop(signal);
    return true;
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (!first(signal) && performance.now() - (firstMs as number) > sameSignalMs) endNow();
    });
  }
  // a closed terminal is not a reason to lose requests in flight
  process.on("SIGHUP", () => first("SIGHUP"));
  // the program that started us with a channel to it (start.ts) is gone
  if (process.connected) process.once("disconnect", () => first("disconnect"));
}
