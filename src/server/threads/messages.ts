/** What the threads of one server say to each other. The main thread asks, the others answer. */
import type { MessagePort } from "node:worker_threads";
import type { Settings } from "../../config/settings.ts";
import type { ClassFolder } from "../class-folders.ts";
import type { HttpFigures } from "../figures.ts";
import type { GaugeRow } from "../metrics.ts";

export type ThreadRole = "http" | "background";
/** Given to a thread when it starts. */
export type ThreadData = {
  role: ThreadRole;
  /** Its own number: reader slot, node slot of sequences, lane of its volumes. 0 is the main thread. */
  thread: number;
  settings: Settings;
  /** Of storage classes. */
  folders: ClassFolder[];
  adminToken: string;
  masterKey: Uint8Array;
  shared: SharedArrayBuffer;
  /** To the engine. */
  metadataPort: MessagePort;
  runId: string;
};

export type StoreFigures = Record<string, number>;
export type ToThread =
  | { kind: "listen"; port: number; shared: boolean }
  | { kind: "figures"; id: number }
  | { kind: "metrics"; id: number; text: string }
  | { kind: "drain"; msMax: number };
export type FromThread =
  /** Its stores are open. */
  | { kind: "opened" }
  | { kind: "listening"; port: number }
  | { kind: "refusedToListen"; message: string }
  | { kind: "figures"; id: number; http: HttpFigures | undefined; blobs: StoreFigures; others?: GaugeRow[] }
  /** Somebody asked this thread for the figures of the whole server. */
  | { kind: "metrics"; id: number }
  /** `clean`: nothing had to be cut. Its stores are closed. */
  | { kind: "drained"; clean: boolean }
  /** A write or flush whose outcome nobody knows: the process must stop. */
  | { kind: "fatal"; message: string };
