import { MessageChannel } from "node:worker_threads";
import { metadataContract } from "../../contract/metadata.ts";
import { localMetadata } from "./local.ts";
import { openReader } from "./reader.ts";
import { remoteMetadata, serveRemote } from "./remote.ts";
import { temporaryFolder, testEngine } from "./testing.ts";

metadataContract("sqlite, local", async () => {
  const { folder, remove } = await temporaryFolder();
  const engine = testEngine(folder);
  const store = localMetadata(engine, openReader(folder));
  return {
    store,
    cleanUp: async () => {
      await engine.close();
      await remove();
    },
  };
});

metadataContract("sqlite, over a port", async () => {
  const { folder, remove } = await temporaryFolder();
  const engine = testEngine(folder);
  const { port1, port2 } = new MessageChannel();
  serveRemote(engine, port1);
  const store = remoteMetadata(port2, folder);
  return {
    store,
    cleanUp: async () => {
      await engine.close();
      await remove();
    },
  };
});
