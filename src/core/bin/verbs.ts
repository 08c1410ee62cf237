/** The verbs of soft delete, bound to the ports. */
import type { Ports } from "../ports.ts";
import type { BinVerbs } from "./api.ts";
import { listBin } from "./list.ts";
import { restoreBinned } from "./restore.ts";
import { getBin, setBinKeep } from "./settings.ts";

export const binVerbs = (ports: Ports): BinVerbs => ({
  setKeep: (context, input) => setBinKeep(ports, context, input),
  get: (context, input) => getBin(ports, context, input),
  list: (context, input) => listBin(ports, context, input),
  restore: (context, input) => restoreBinned(ports, context, input),
});
