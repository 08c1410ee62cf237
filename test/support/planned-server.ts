/** Listener, dialects and core in this process over a store that fails as a test plans it: for answers that a healthy server never gives. */
import { readFileSync } from "node:fs";
import { readSettings } from "../../src/config/read.ts";
import { createCore } from "../../src/core/core.ts";
import { StoreCorrupt } from "../../src/core/ports.ts";
import { testPorts } from "../../src/core/testing.ts";
import { createDispatch } from "../../src/dialects/dispatch.ts";
import { noAccessLog } from "../../src/server/access-log.ts";
import { createListener } from "../../src/server/listener.ts";
import { type FaultyMetadata, faultyMetadata } from "../../src/storage/metadata/faulty/store.ts";
import { memoryMetadata } from "../../src/storage/metadata/memory/store.ts";
import { identitiesFile } from "./server.ts";

export type PlannedServer = {
  port: number;
  metadata: FaultyMetadata;
  state: { draining: boolean /** Every row that is read turns out damaged. */; damaged: boolean };
  logged: unknown[];
  close(): Promise<void>;
};

export async function startPlanned(args: string[] = []): Promise<PlannedServer> {
  const state = { draining: false, damaged: false };
  const memory = memoryMetadata();
  const metadata = faultyMetadata(
    {
      ...memory,
      async snapshot() {
        const snapshot = await memory.snapshot();
        return {
          ...snapshot,
          get(key) {
            if (state.damaged) throw new StoreCorrupt("damaged by plan");
            return snapshot.get(key);
          },
        };
      },
    },
    { seed: 1 },
  );
  const logged: unknown[] = [];
  const log = { info() {}, warn() {}, error: (_event: string, error: unknown) => void logged.push(error) };
  const ports = testPorts({ metadata, log });
  const core = createCore(ports, { slot: 0 });
  await core.identity.apply(JSON.parse(readFileSync(identitiesFile, "utf8")));
  const settings = readSettings({
    args: ["--hcp-domain", "hcp.example.com", "--domain", "s3.localhost", "--region", "cn-hangzhou", "--default-ownership", "none", ...args],
    env: {},
  });
  const listener = createListener({
    dispatch: await createDispatch({ core, settings, clock: ports.clock, log, random: ports.random }),
    own: () => undefined,
    disk: { freeBytes: () => 1e12, admit: () => true },
    draining: () => state.draining,
    clock: ports.clock,
    log,
    accessLog: noAccessLog,
    settings,
  });
  const port = await listener.listen({ address: "127.0.0.1", port: 0, shared: false });
  return { port, metadata, state, logged, close: async () => void (await listener.drain(0)) };
}
