/** Wiring of the main thread: it holds the folder, runs the engine, starts and stops the other threads. */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { flushCompileCache } from "node:module";
import path from "node:path";
import { parseClassFolders } from "./config/class-folders.ts";
import { readSettings } from "./config/read.ts";
import type { Settings } from "./config/settings.ts";
import { createCore } from "./core/core.ts";
import { isHotRow } from "./core/hot-rows.ts";
import { tables } from "./core/keys.ts";
import type { Bytes, Log, MetadataStore, Ports } from "./core/ports.ts";
import { isCachedRow } from "./core/row-cache.ts";
import { metadataFolder, placesOf, shelvesOf } from "./main-folders.ts";
import { endpointOf, firstStartText, readyLine } from "./server/banner.ts";
import { bootstrap, prepareCredentials } from "./server/bootstrap.ts";
import { prepareCallbackKey } from "./server/callback-key.ts";
import { classDiskRows, watchClassDisks } from "./server/class-disks.ts";
import { prepareFolders } from "./server/class-folders.ts";
import { credentialsFile, type RootCredentials, writeCredentials } from "./server/credentials.ts";
import { watchDisk } from "./server/disk.ts";
import { engineRows } from "./server/engine-figures.ts";
import { prepareMasterKey } from "./server/master-key.ts";
import { probePort } from "./server/port-probe.ts";
import { type ClockMark, createClock, createClockMark } from "./server/ports/clock.ts";
import { createLog } from "./server/ports/log.ts";
import { movedIndexIn } from "./server/ports/moved-index.ts";
import { createRandom } from "./server/ports/random.ts";
import { createReaders } from "./server/ports/readers.ts";
import { createSharedMemory, groupCommitted, setServerState, sharedSlots, watchedRowChanging, watchedRowsChanging } from "./server/ports/shared.ts";
import { onStopSignals } from "./server/signals.ts";
import { createSupervisor, threadsBeside } from "./server/threads/supervise.ts";
import { readTls, tlsFilesOf } from "./server/tls.ts";
import type { MovedIndex } from "./storage/blobs/volumes/moved.ts";
import { openShelves } from "./storage/blobs/volumes/shelves.ts";
import { cutTornTails } from "./storage/blobs/volumes/start.ts";
import { type Engine, openEngine } from "./storage/metadata/sqlite/engine.ts";
import { lockFolder } from "./storage/metadata/sqlite/folder-lock.ts";
import { localMetadata } from "./storage/metadata/sqlite/local.ts";
import { openReader } from "./storage/metadata/sqlite/reader.ts";
import { serveRemote } from "./storage/metadata/sqlite/remote.ts";

/** Exit codes of `amphora serve`: stopped as asked; could not start or failed. */
const exits = { asked: 0, failed: 1 } as const;
/** After a failure, what is in flight gets this long to be answered. */
const failureGraceMs = 500;

const clockKey = tables.machine.key("clock");
const decodeMark = (value: Bytes | undefined): number => (value === undefined ? 0 : Number(Buffer.from(value).readBigUInt64BE()));
const encodeMark = (ms: number): Bytes => {
  const value = Buffer.alloc(8);
  value.writeBigUInt64BE(BigInt(ms));
  return value;
};

/** Serves until it is told to stop; then the process exits. Throws what keeps it from starting. `entry`: the module the threads begin with. */
export async function runServe(args: readonly string[], entry: URL): Promise<number> {
  const settings = withAbsolutePaths(readSettings({ args, env: process.env }));
  const tls = tlsFilesOf(settings);
  if (tls) readTls(tls);
  const log = createLog("main");
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(settings.data);
  await probePort(settings.address, settings.port);
  process.stdout.on("error", () => {});

  const memory = createSharedMemory(threadsBeside(settings.workers) + 1);
  const mark = createClockMark(memory);
  let failure: ((reason: string, error?: unknown) => void) | undefined;
  const failed = (reason: string, error?: unknown): void => {
    if (failure) {
      failure(reason, error);
      return;
    }
    log.error("server.failed", error ?? reason, { reason });
    process.exit(exits.failed);
  };
  const engine = openEngine({
    folder: metadataFolder(settings.data),
    groupStamp: () => stampOf(mark),
    watch: { covers: isCachedRow, changing: () => watchedRowsChanging(memory) },
    watchRows: { covers: isHotRow, changing: (keys) => watchedRowChanging(memory, keys) },
    committed: () => groupCommitted(memory),
    onFatal: (error) => failed("the metadata store failed", error),
  });
  const metadata = localMetadata(engine, openReader(metadataFolder(settings.data)));
  mark.load(await readMark(metadata));

  const clock = createClock(memory);
  const random = createRandom();
  const runId = randomBytes(8).toString("hex");
  const moved = movedIndexIn(metadata);
  const unlocks = [unlock];
  const folders = await prepareFolders({
    metadata,
    data: settings.data,
    asked: parseClassFolders(settings.classes ?? []),
    lock: (folder) => unlocks.push(lockFolder(folder, "--class")),
    log,
  });
  for (const { folder } of shelvesOf(settings.data, folders)) await recover(folder, runId, moved, log);
  const classDisks = watchClassDisks(memory, { folders, reserveBytes: settings.diskReserveBytes, log });
  await classDisks.measure();
  const blobs = await openShelves({ shelves: shelvesOf(settings.data, folders), runId, thread: 0, moved, onFatal: (error) => failed("a volume failed", error) });
  const readers = createReaders(memory, 0);
  const callbackKey = prepareCallbackKey(settings.data, log);
  callbackKey.catch(() => {});
  const master = await prepareMasterKey({ data: settings.data, given: settings.masterKey ?? "", metadata, random, log });
  const ports: Ports = { metadata, blobs, clock, random, readers, log, master, ...placesOf(folders) };

  const disk = watchDisk(memory, { folder: settings.data, reserveBytes: settings.diskReserveBytes, log });
  await disk.measure();
  const { credentials, made } = prepareCredentials(settings, random, log);
  const startedMs = clock.wallMs();

  const supervisor = createSupervisor({
    entry,
    workers: settings.workers,
    // root's secret goes no further than the store, the master key's text no further than here
    data: { settings: { ...settings, rootSecretKey: "", masterKey: "" }, folders, masterKey: master.bytes, adminToken: credentials.adminToken, shared: memory.buffer, runId },
    connect: (port) => serveRemote(engine, port),
    onFailure: failed,
    otherFigures: () => [
      ...engineRows(engine.stats(), {
        freeBytes: Number(Atomics.load(memory.longs, sharedSlots.freeBytes)),
        oldestReaderMs: readers.oldestMs(),
        monotonicMs: clock.monotonicMs(),
        startedMs,
      }),
      ...classDiskRows(memory, folders),
    ],
    log,
  });

  // the threads load while the root account and the rest are made sure of
  const opened = supervisor.open();
  opened.catch(() => {});
  await bootstrap({ core: createCore(ports, { slot: 0 }), settings, clock, log, credentials });
  await opened;
  await callbackKey;

  return new Promise((resolve, reject) => {
    let stopping = false;
    failure = (reason, error) => {
      log.error("server.failed", error ?? reason, { reason });
      if (stopping) process.exit(exits.failed);
      stopping = true;
      // crash-only: nothing is closed, the next start recovers; only what can still be answered is
      setServerState(memory, "draining");
      setTimeout(() => process.exit(exits.failed), failureGraceMs);
      supervisor.drain(failureGraceMs).finally(() => process.exit(exits.failed));
    };
    const stop = async (signal: string): Promise<void> => {
      if (stopping) return;
      stopping = true;
      log.info("server.draining", { signal });
      setServerState(memory, "draining");
      const clean = await supervisor.drain((settings.drainSeconds ?? 30) * 1_000);
      disk.stop();
      classDisks.stop();
      await closeAll(metadata, blobs, engine);
      for (const release of unlocks) release();
      log.info("server.stopped", { clean });
      resolve(exits.asked);
      // nothing is left to do; what may still be registered must not hold the process
      process.exit(exits.asked);
    };
    onStopSignals(
      (signal) => void stop(signal).catch((error: unknown) => failure?.("the server could not be stopped cleanly", error)),
      () => process.exit(exits.failed),
    );
    supervisor.listen({ port: settings.port }).then((port) => {
      if (stopping) return;
      const endpoint = endpointOf(settings, port);
      noteEndpoint(settings.data, credentials, endpoint, log);
      if (made) process.stdout.write(firstStartText(settings, endpoint, credentials, path.join(settings.data, credentialsFile)));
      setServerState(memory, "serving");
      process.stdout.write(readyLine({ address: settings.address, port, workers: settings.workers }));
      // kept now, not at the end: a server that is killed begins just as fast the next time
      flushCompileCache();
    }, reject);
  });
}

/** What an earlier run left half done in a folder of volumes. */
async function recover(folder: string, runId: string, moved: MovedIndex, log: Log): Promise<void> {
  const { damaged, ...found } = await cutTornTails(folder, runId, { moved });
  if (found.cutVolumes > 0 || found.appliedRemovals > 0) log.info("volumes.recovered", { folder, ...found });
  for (const volume of damaged) log.warn("volumes.damaged", { folder, volume, advice: "run amphora check" });
}

/** For the command line. A full disk must not keep a server from starting: what is there can still be read and deleted. */
function noteEndpoint(data: string, credentials: RootCredentials, endpoint: string, log: Log): void {
  if (credentials.endpoint === endpoint) return;
  try {
    writeCredentials(data, { ...credentials, endpoint });
  } catch (error) {
    log.error("credentials.notWritten", error, { advice: "give the command line AMPHORA_ENDPOINT" });
  }
}

/** Threads and clients may have another working folder. */
function withAbsolutePaths(settings: Settings): Settings {
  const absolute = (file: string | undefined): string => (file ? path.resolve(file) : "");
  const classes = [...parseClassFolders(settings.classes ?? [])].map(([name, folder]) => `${name}=${folder}`);
  return { ...settings, classes, data: path.resolve(settings.data), tlsCert: absolute(settings.tlsCert), tlsKey: absolute(settings.tlsKey) };
}

function stampOf(mark: ClockMark): { key: Bytes; value: Bytes } | undefined {
  const ms = mark.next();
  return ms === undefined ? undefined : { key: clockKey, value: encodeMark(ms) };
}
async function readMark(metadata: MetadataStore): Promise<number> {
  const snapshot = await metadata.snapshot();
  try {
    return decodeMark(await snapshot.get(clockKey));
  } finally {
    snapshot.close();
  }
}
async function closeAll(metadata: MetadataStore, blobs: { close(): Promise<void> }, engine: Engine): Promise<void> {
  await blobs.close();
  await metadata.close();
  await engine.close();
}
