/** Throw-away folders for the tests of this folder. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Engine, type EngineOptions, openEngine } from "./engine.ts";

export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "amphora-metadata-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** An engine whose fatal failure fails the test. */
export function testEngine(folder: string, options: Partial<EngineOptions> = {}): Engine {
  return openEngine({
    folder,
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
}
