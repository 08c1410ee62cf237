/** Compiles src to dist (JavaScript and types), as the published package holds it: Node strips no types under node_modules. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";

const top = join(import.meta.dirname, "..");
rmSync(join(top, "dist"), { recursive: true, force: true });
const { status } = spawnSync(join(top, "node_modules/.bin/tsc"), ["-p", join(top, "tsconfig.build.json")], { stdio: ["ignore", 2, 2] });
process.exit(status ?? 1);
