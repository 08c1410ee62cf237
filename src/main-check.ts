/** Wiring of `amphora check`: the stores of a stopped server, read through and compared. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { parseArgs } from "node:util";
import { checkStore } from "./core/check/check-store.ts";
import { metadataFolder, volumeFolder } from "./main-threads.ts";
