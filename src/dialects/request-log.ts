/** Requests to buckets that are written down in other buckets, in the words of whoever asked for it. */
import type { Core } from "../core/api.ts";
import type { LogPlan } from "../core/logging/api.ts";
import { gatherLogs, type LogFigures } from "../core/logging/gather.ts";
import type { ObjectKey } from "../core/model.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import type { Answered, LogFormat, Traced } from "./answered.ts";
import { ossLogFormat } from "./oss/log-line.ts";
import { s3LogFormat } from "./s3/logging/line.ts";

export type RequestLog = {
  /** Never throws. A request to a bucket that logs nothing costs a look into a map. */
  note(answered: Answered): void;
  flush(): Promise<void>;
  figures(): LogFigures;
};

export type RequestLogDeps = { core: Pick<Core, "logging">; clock: Clock; random: Random; log: Log; region: string; flushMs: number };

export function createRequestLog({ core, clock, random, log, region, flushMs }: RequestLogDeps): RequestLog {
  const gatherer = gatherLogs({ deliver: core.logging.deliver, log, flushMs });
  const s3 = s3LogFormat(region);
  const formats: Record<string, LogFormat> = { s3, hcp: s3, oss: ossLogFormat };
  const names = new WeakMap<LogPlan, string>();
  const asking = new Set<Promise<void>>();

  /** Lines of the same bucket under the same configuration go together; where the names of logs have the day of the requests, those of a day. */
  function nameOf(plan: LogPlan, day: string | undefined): string {
    let name = names.get(plan);
    if (name === undefined) names.set(plan, (name = JSON.stringify([plan.generation, plan.dialect, plan.logging])));
    return day === undefined ? name : `${name} ${day}`;
  }
  function write(plan: LogPlan, answered: Traced): void {
    const format = formats[plan.dialect] ?? s3;
    const day = plan.logging.names === "eventDay" ? new Date(answered.request.receivedMs).toISOString().slice(0, 10) : undefined;
    const unique = (): string => Buffer.from(random.bytes(8)).toString("hex").toUpperCase();
    gatherer.note(format.line(plan, answered), {
      name: nameOf(plan, day),
      plan,
      facts: format.facts(plan),
      key: () => format.name(plan, { deliveredMs: clock.wallMs(), day, unique: unique() }) as ObjectKey,
    });
  }
  async function ask(plan: Promise<LogPlan | undefined>, answered: Traced): Promise<void> {
    try {
      const found = await plan;
      if (found) write(found, answered);
    } catch (error) {
      log.error("bucketLog.unread", error);
    }
  }

  return {
    note(answered) {
      const { trace } = answered.reply;
      if (trace?.address.bucket === undefined) return;
      const plan = core.logging.plan({ tenant: trace.address.tenant, bucket: trace.address.bucket });
      if (plan === undefined) return;
      if (!(plan instanceof Promise)) return write(plan, answered as Traced);
      const asked = ask(plan, answered as Traced).finally(() => asking.delete(asked));
      asking.add(asked);
    },
    async flush() {
      await Promise.all(asking);
      await gatherer.flush();
    },
    figures: gatherer.figures,
  };
}
