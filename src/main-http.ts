/** Wiring of an HTTP thread: stores, core, dialects, listener. */
import { flushCompileCache } from "node:module";
import type { MessagePort } from "node:worker_threads";
import { parseCallbackAllow } from "./config/callbacks.ts";
import { createCore } from "./core/core.ts";
import { createAdmin } from "./dialects/admin/admin.ts";
import { createDispatch, websiteDispatch } from "./dialects/dispatch.ts";
import { createRequestLog } from "./dialects/request-log.ts";
import { createSts } from "./dialects/sts/sts.ts";
import { openThreadStores } from "./main-stores.ts";
import { createAccessLog, noAccessLog } from "./server/access-log.ts";
import { openCallbackKey } from "./server/callback-key.ts";
import { createCallbackSender } from "./server/callbacks.ts";
import { missingFolders } from "./server/class-disks.ts";
import { createDiskGauge } from "./server/disk.ts";
import { createListener } from "./server/listener.ts";
import { createOwnPaths } from "./server/own-paths.ts";
import { createLoad, serverState } from "./server/ports/shared.ts";
import { createMetricsClient, runHttpThread } from "./server/threads/http-thread.ts";
import type { ThreadData } from "./server/threads/messages.ts";
import { tlsFilesOf } from "./server/tls.ts";
import { twoListeners } from "./server/two-listeners.ts";

export async function httpThread(data: ThreadData, parent: MessagePort): Promise<void> {
  const { settings, adminToken } = data;
  const { ports, memory, close } = await openThreadStores(data, parent);
  const { clock, log, random } = ports;
  const core = createCore(ports, { slot: data.thread });
  const accessLog = settings.accessLog === "json" ? createAccessLog() : noAccessLog;
  const metrics = createMetricsClient((message) => parent.postMessage(message));
  const disk = createDiskGauge(memory, settings.diskReserveBytes);
  const draining = (): boolean => serverState(memory) === "draining";
  const admin = createAdmin({ core, clock, log, adminToken, server: () => ({ workers: settings.workers, region: settings.region, freeBytes: disk.freeBytes() }), draining });
  const requestLog = createRequestLog({ core, clock, random, log, region: settings.region, flushMs: (settings.bucketLogSeconds ?? 300) * 1_000 });
  const shared = { load: createLoad(memory), onAnswered: requestLog.note, disk, draining, clock, log, accessLog, settings, tls: tlsFilesOf(settings) };
  const callbackKey = openCallbackKey(settings.data);
  const callbacks = createCallbackSender({ key: callbackKey, allowed: parseCallbackAllow(settings.callbackAllow ?? []) });
  const deps = { core, settings, clock, log, random, callbacks };
  const listener = createListener({
    ...shared,
    dispatch: await createDispatch(deps),
    own: createOwnPaths({
      settings,
      adminToken,
      state: () => serverState(memory),
      missing: () => missingFolders(memory, data.folders),
      metrics: metrics.ask,
      callbackKey: callbackKey.publicPem,
      sts: createSts({ core, clock, log, random }),
      admin: admin.handle,
    }),
  });
  const { websitePort = 0 } = settings;
  const all = websitePort === 0 ? listener : twoListeners(listener, createListener({ ...shared, dispatch: websiteDispatch(deps), own: () => undefined }), websitePort);
  runHttpThread({ parent, address: settings.address, listener: all, accessLog, requestLog, metrics, blobFigures: () => ({ ...ports.blobs.figures }), closeStores: close });
  setTimeout(flushCompileCache, 1_000).unref();
}
