/** Requests over node:http and node:https: connections are kept, answers are read whole and within a limit, nothing is ever redirected. */
import { Agent as HttpAgent, type IncomingHttpHeaders, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { isIP } from "node:net";

export const transportLimits = {
  /** A page of a list, or what a thousand deletions came to. */
  answerBytesMax: 32 * 1024 * 1024,
  /** From the first byte sent to the last one read: deleting a thousand keys may take a service long. */
  requestMsMax: 180_000,
  connections: 32,
} as const;

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };
export type TransportOptions = {
  /** Connect there whatever the endpoint's name resolves to, as curl's `--connect-to` does: an HCP system's tenant names are often in no DNS. */
  connectTo?: { host: string; port: number } | undefined;
  /** Take any certificate. */
  insecure?: boolean | undefined;
};
export type WireRequest = { method: string; origin: URL; path: string; headers: Readonly<Record<string, string>>; body?: Uint8Array | undefined };
export type Transport = { send(request: WireRequest, signal?: AbortSignal): Promise<Answer>; close(): void };

export function createTransport({ connectTo, insecure = false }: TransportOptions = {}): Transport {
  const options = { keepAlive: true, maxSockets: transportLimits.connections };
  const agents = { "http:": new HttpAgent(options), "https:": new HttpsAgent({ ...options, rejectUnauthorized: !insecure }) };
  return {
    send({ method, origin, path, headers, body }, signal) {
      const secure = origin.protocol === "https:";
      const name = origin.hostname.replace(/^\[|\]$/g, "");
      const host = connectTo?.host ?? name;
      return exchange(
        secure ? requestHttps : requestHttp,
        {
          agent: agents[secure ? "https:" : "http:"],
          method,
          host,
          port: connectTo?.port ?? (origin.port === "" ? (secure ? 443 : 80) : Number(origin.port)),
          path,
          headers: { ...headers, "content-length": String(body?.length ?? 0) },
          ...(secure && isIP(name) === 0 ? { servername: name } : {}),
          ...(signal === undefined ? {} : { signal }),
        },
        body,
      );
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function exchange(start: typeof requestHttp, options: RequestOptions, body: Uint8Array | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = start(options, (answer) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > transportLimits.answerBytesMax) request.destroy(new Error(`the answer is longer than ${transportLimits.answerBytesMax} bytes`));
        else pieces.push(piece);
      });
      answer.on("end", () => end(() => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) })));
      answer.on("error", (error) => end(() => reject(error)));
    });
    const late = setTimeout(
      () => request.destroy(Object.assign(new Error(`no answer within ${transportLimits.requestMsMax} ms`), { code: "ETIMEDOUT" })),
      transportLimits.requestMsMax,
    );
    const end = (settle: () => void): void => {
      clearTimeout(late);
      settle();
    };
    request.on("error", (error) => end(() => reject(error)));
    request.end(body);
  });
}
