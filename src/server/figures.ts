/** What one HTTP thread counts, in a form that can be sent to another thread and added up. */
export const latencyBucketsS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

export type RequestCount = { dialect: string; operation: string; status: number; error: string; count: number };
export type Latency = { dialect: string; operation: string /** One more than the bounds: the last is beyond them all. */; counts: number[]; sumS: number };
export type HttpFigures = {
  requests: RequestCount[];
  latencies: Latency[];
  bytesIn: number;
  bytesOut: number;
  inFlight: number;
  inFlightBytes: number;
  connections: number;
  /** Turned away before their body was read, by reason. */
  refused: Record<string, number>;
  /** Answers that broke off. */
  broken: number;
};

export type FinishedRequest = { dialect: string; operation: string; status: number; error: string; bytesIn: number; bytesOut: number; broken: boolean };

/** Names of operations and error codes come from tables, so there are few of them; should one ever come from outside, the rest is counted as one. */
const seriesMax = 4_000;

export function createHttpCounters() {
  const requests = new Map<string, RequestCount>();
  const latencies = new Map<string, Latency>();
  const refused: Record<string, number> = { overloaded: 0, draining: 0, diskFull: 0, framing: 0 };
  let bytesIn = 0;
  let bytesOut = 0;
  let broken = 0;
  // Requests of one kind come in rows: the rows they are counted in need not be looked up by name each time.
  type Last = { done: FinishedRequest; row: RequestCount; latency: Latency };
  let last: Last | undefined;
  const isLast = ({ dialect, operation, status, error }: FinishedRequest): boolean =>
    last !== undefined && last.done.operation === operation && last.done.status === status && last.done.dialect === dialect && last.done.error === error;

  function rowOf({ dialect, status, ...names }: FinishedRequest): RequestCount {
    const operation = requests.size < seriesMax ? names.operation : "other";
    const error = requests.size < seriesMax ? names.error : "other";
    const key = `${dialect} ${operation} ${status} ${error}`;
    let row = requests.get(key);
    if (!row) requests.set(key, (row = { dialect, operation, status, error, count: 0 }));
    return row;
  }
  function latencyOf({ dialect, ...names }: FinishedRequest): Latency {
    const operation = requests.size < seriesMax ? names.operation : "other";
    const key = `${dialect} ${operation}`;
    let latency = latencies.get(key);
    if (!latency) latencies.set(key, (latency = { dialect, operation, counts: new Array<number>(latencyBucketsS.length + 1).fill(0), sumS: 0 }));
    return latency;
  }

  return {
    refused(reason: "overloaded" | "draining" | "diskFull" | "framing"): void {
      refused[reason] = (refused[reason] ?? 0) + 1;
    },
    finished(done: FinishedRequest, seconds: number): void {
      bytesIn += done.bytesIn;
      bytesOut += done.bytesOut;
      if (done.broken) broken++;
      if (!isLast(done)) last = { done, row: rowOf(done), latency: latencyOf(done) };
      const { row, latency } = last as Last;
      row.count++;
      let bucket = 0;
      while (bucket < latencyBucketsS.length && seconds > (latencyBucketsS[bucket] as number)) bucket++;
      latency.counts[bucket] = (latency.counts[bucket] as number) + 1;
      latency.sumS += seconds;
    },
    figures: (now: { inFlight: number; inFlightBytes: number; connections: number }): HttpFigures => ({
      requests: [...requests.values()],
      latencies: [...latencies.values()],
      bytesIn,
      bytesOut,
      broken,
      refused: { ...refused },
      ...now,
    }),
  };
}
export type HttpCounters = ReturnType<typeof createHttpCounters>;
