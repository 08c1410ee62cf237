/** How much is soft-deleted, as rows for /-/metrics. */
import type { BinFigures } from "../core/bin/figures.ts";
import type { GaugeRow } from "./metrics.ts";

export const binRows = ({ objects, bytes }: BinFigures): GaugeRow[] => [
  { name: "amphora_binned_objects", type: "gauge", help: "Soft-deleted objects that can still be had back, counted once a minute.", value: objects },
  { name: "amphora_binned_bytes", type: "gauge", help: "Their bytes.", value: bytes },
];
