/** Figures of all threads -> Prometheus text (exposition format 0.0.4). */
import { type HttpFigures, type Latency, latencyBucketsS, type RequestCount } from "./figures.ts";

export type GaugeRow = { name: string; help: string; type: "gauge" | "counter"; value: number; labels?: Record<string, string> };

export function renderMetrics(threads: readonly HttpFigures[], others: readonly GaugeRow[]): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string, samples: readonly string[]): void => {
    if (samples.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples);
  };
  const total = (pick: (figures: HttpFigures) => number): number => threads.reduce((sum, each) => sum + pick(each), 0);

  family(
    "amphora_requests_total",
    "counter",
    "Requests answered, by API, operation, HTTP status and the vendor's error code.",
    addedUp(threads).map((row) => `amphora_requests_total${labels({ dialect: row.dialect, operation: row.operation, code: String(row.status), error: row.error })} ${row.count}`),
  );
  family("amphora_request_seconds", "histogram", "From the end of the headers to the last byte of the answer.", latencySamples(threads));
  family("amphora_request_body_bytes_total", "counter", "Body bytes received.", [`amphora_request_body_bytes_total ${total((each) => each.bytesIn)}`]);
  family("amphora_response_body_bytes_total", "counter", "Body bytes sent.", [`amphora_response_body_bytes_total ${total((each) => each.bytesOut)}`]);
  family("amphora_responses_broken_total", "counter", "Answers that broke off.", [`amphora_responses_broken_total ${total((each) => each.broken)}`]);
  const reasons = [...new Set(threads.flatMap((each) => Object.keys(each.refused)))].sort();
  family(
    "amphora_requests_refused_total",
    "counter",
    "Requests turned away by the server itself, before their body was read.",
    reasons.map((reason) => `amphora_requests_refused_total${labels({ reason })} ${total((each) => each.refused[reason] ?? 0)}`),
  );
  const perThread = (name: string, help: string, pick: (figures: HttpFigures) => number): void =>
    family(
      name,
      "gauge",
      help,
      threads.map((each, index) => `${name}${labels({ worker: String(index) })} ${pick(each)}`),
    );
  perThread("amphora_requests_in_flight", "Requests at work.", (each) => each.inFlight);
  perThread("amphora_request_bytes_in_flight", "Memory counted for bodies at work.", (each) => each.inFlightBytes);
  perThread("amphora_connections", "Open connections.", (each) => each.connections);
  for (const name of new Set(others.map((row) => row.name))) {
    const rows = others.filter((row) => row.name === name);
    const [first] = rows as [GaugeRow];
    family(
      name,
      first.type,
      first.help,
      rows.map((row) => `${name}${row.labels ? labels(row.labels) : ""} ${row.value}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };
function labels(values: Record<string, string>): string {
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (character) => escapes[character] as string)}"`)
    .join(",")}}`;
}

function addedUp(threads: readonly HttpFigures[]): RequestCount[] {
  const rows = new Map<string, RequestCount>();
  for (const row of threads.flatMap((each) => each.requests)) {
    const key = `${row.dialect} ${row.operation} ${row.status} ${row.error}`;
    rows.set(key, { ...row, count: row.count + (rows.get(key)?.count ?? 0) });
  }
  return [...rows.values()];
}

function latencySamples(threads: readonly HttpFigures[]): string[] {
  const rows = new Map<string, Latency>();
  for (const row of threads.flatMap((each) => each.latencies)) {
    const key = `${row.dialect} ${row.operation}`;
    const before = rows.get(key);
    rows.set(key, { ...row, counts: row.counts.map((count, index) => count + (before?.counts[index] ?? 0)), sumS: row.sumS + (before?.sumS ?? 0) });
  }
  return [...rows.values()].flatMap(({ dialect, operation, counts, sumS }) => {
    let below = 0;
    const samples = counts.map((count, index) => {
      below += count;
      return `amphora_request_seconds_bucket${labels({ dialect, operation, le: index < latencyBucketsS.length ? String(latencyBucketsS[index]) : "+Inf" })} ${below}`;
    });
    return [...samples, `amphora_request_seconds_sum${labels({ dialect, operation })} ${sumS}`, `amphora_request_seconds_count${labels({ dialect, operation })} ${below}`];
  });
}
