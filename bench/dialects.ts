/** `npm run bench -- dialects`: what the same put and get cost through OSS beside S3 (reach: within 10 %), in alternating rounds of one run. */
import { main as mainKey, type Server } from "../test/support/server.ts";
import type { Plan } from "./generator.ts";
import { generate, type Measured, measure, row } from "./harness.ts";

const bucket = "bench";
const rounds = 7;
const keys = Array.from({ length: 2_000 }, (_, n) => `dialects/${n}`);

export async function dialects(server: Server, seconds: number): Promise<void> {
  for (const method of ["PUT", "GET"] as const) {
    const plan = (dialect: "s3" | "oss"): Plan => {
      const requests = keys.map((key) => ({ method, bucket, key, ...(method === "PUT" ? { fill: 4_096 } : {}) }));
      return { port: server.port, connections: 64, seconds, dialect, key: mainKey, requests, ok: [200] };
    };
    for (let n = 0; n < 4; n++) for (const dialect of ["s3", "oss"] as const) await generate(plan(dialect));
    const [s3, oss]: [Measured[], Measured[]] = [[], []];
    for (let n = 0; n < rounds; n++) {
      s3.push(await measure(server.pid, plan("s3")));
      oss.push(await measure(server.pid, plan("oss")));
    }
    const ratio = (pick: (m: Measured) => number): string => median(oss.map((m, n) => pick(m) / pick(s3[n] as Measured))).toFixed(3);
    row(`${method} 4 KiB through OSS c=64`, best(oss), `ratio to S3: rate ${ratio((m) => m.opsPerSecond)}, cpu ${ratio((m) => m.cpuUsPerOp)} (reach 0.9, 1.1)`);
    row("  through S3", best(s3));
  }
}

const best = (list: Measured[]): Measured => list.reduce((a, b) => (b.cpuUsPerOp < a.cpuUsPerOp ? b : a));
const median = (list: number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
