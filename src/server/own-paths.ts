/** What lives under `/-/` on hosts that name no bucket: health, metrics, and the admin API. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Settings } from "../config/settings.ts";
import { placeOfHost } from "../dialects/addressing.ts";
import type { Reply, WireRequest } from "../dialects/wire.ts";
import { callbackKeyPath } from "./callback-key.ts";
import type { ServerState } from "./ports/shared.ts";

export type OwnPathOptions = {
  settings: Pick<Settings, "domains" | "hcpDomain" | "metricsPublic">;
  state(): ServerState;
  /** Folders of storage classes that are not there. */
  missing?(): readonly unknown[];
  /** The figures of the whole server, as Prometheus text. */
  metrics(): Promise<string>;
  adminToken: string;
  /** What callbacks are verified with, in PEM. */
  callbackKey(): string;
  /** `/-/sts`, and what its clients send to `/`; undefined: not for it. */
  sts(request: WireRequest): Promise<Reply> | undefined;
  /** `/-/admin/...` */
  admin(request: WireRequest): Promise<Reply>;
};

const text = (status: number, operation: string, body: string, contentType = "text/plain; charset=utf-8"): Reply => ({
  status,
  headers: ["Content-Type", contentType, "Cache-Control", "no-store"],
  body,
  dialect: "server",
  operation,
});

export function createOwnPaths(options: OwnPathOptions): (request: WireRequest) => Promise<Reply> | undefined {
  return (request) => {
    const { rawPath } = request;
    if ((rawPath !== "/" && !rawPath.startsWith("/-/")) || placeOfHost(request.host, options.settings).bucket !== undefined) return undefined;
    const issued = options.sts(request);
    if (issued !== undefined || rawPath === "/") return issued;
    if (rawPath.startsWith("/-/admin/")) return options.admin(request);
    return serve(request, options);
  };
}

async function serve(request: WireRequest, options: OwnPathOptions): Promise<Reply> {
  const known: Record<string, () => Reply | Promise<Reply>> = Object.assign(Object.create(null), {
    // the process answers: that is all a liveness probe should know
    "/-/healthz": () => text(200, "health", "ok\n"),
    "/-/readyz": () => readiness(options),
    [callbackKeyPath]: () => text(200, "callbackKey", options.callbackKey(), "application/x-pem-file"),
    "/-/metrics": async () => {
      if (!maySeeMetrics(request, options))
        return text(403, "metrics", "metrics are shown to loopback addresses, to bearers of the admin token, or to all with --metrics-public\n");
      return text(200, "metrics", await options.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    },
  });
  const serveIt = known[request.rawPath];
  if (!serveIt) return text(404, "none", "nothing of the server's own is here\n");
  if (request.method !== "GET" && request.method !== "HEAD") return { ...text(405, "none", "GET or HEAD\n"), headers: ["Allow", "GET, HEAD"] };
  return serveIt();
}

/** Where folders are is nobody's business but the operator's, whose log names them. */
function readiness({ state, missing }: OwnPathOptions): Reply {
  const lost = missing?.().length ?? 0;
  if (state() === "serving" && lost > 0) return text(503, "readiness", `${lost === 1 ? "a folder" : `${lost} folders`} of storage classes missing\n`);
  return state() === "serving" ? text(200, "readiness", "ready\n") : text(503, "readiness", `${state()}\n`);
}

/** Loopback means the client itself: what a proxy on this machine passes on is somebody else's. */
function maySeeMetrics(request: WireRequest, { settings, adminToken }: OwnPathOptions): boolean {
  if (settings.metricsPublic === true) return true;
  const loopback = request.remoteAddress === "::1" || request.remoteAddress.startsWith("127.");
  const forwarded = request.headers["x-forwarded-for"] !== undefined || request.headers.forwarded !== undefined;
  if (loopback && !forwarded) return true;
  return bearsToken(request, adminToken);
}

/** `Authorization: Bearer <token>`, compared in constant time. */
export function bearsToken(request: Pick<WireRequest, "headers">, token: string): boolean {
  const sent = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (sent === undefined || token === "") return false;
  const digest = (value: string): Buffer => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(sent), digest(token));
}
