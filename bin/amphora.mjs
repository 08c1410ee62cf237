#!/usr/bin/env node
// `amphora` of the published package: the compiled command line, run by the pinned Node whatever Node this is (20 or newer).
import { fileURLToPath } from "node:url";
import { goOnWith, runtimeFor, stop } from "./runtime.mjs";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
let runtime = "";
try {
  runtime = runtimeFor(import.meta.url);
} catch (error) {
  stop(error.message);
}
goOnWith(runtime, [main, ...process.argv.slice(2)]);
