/** Programs that not every machine has or can build: looked for, and reported "not run" by name when they are not there. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { goPrograms } from "../../tools/clients.ts";

/** Where the program is: in PATH, in the folders of AMPHORA_PROGRAMS, or among those that tools/clients.ts built with Go. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.AMPHORA_PROGRAMS ?? "").split(delimiter), ...(process.env.PATH ?? "").split(delimiter), goPrograms];
  for (const folder of folders) {
    if (folder === "") continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // the next one
    }
  }
  return undefined;
}
/** For a test's options: `skip` says why, or nothing. */
export const needs = (name: string): { skip: string | false } => ({ skip: findProgram(name) === undefined ? `not run: ${name} is not on this machine` : false });
