/** The settings about disk space: how much is kept free, and how soon what is dead is given back. */
import type { Option } from "./options.ts";

const mebibyte = 1024 * 1024;

export const diskOptions: readonly Option[] = [
  {
    key: "classes",
    flag: "class",
    env: ["AMPHORA_CLASS"],
    kind: { type: "list" },
    default: [],
    placeholder: "NAME=FOLDER",
    help: "Folder, on another disk, for the bytes of the objects of a storage class (IA, STANDARD_IA, Archive, GLACIER, ...). Repeatable.",
  },
  {
    key: "diskReserveBytes",
    flag: "disk-reserve",
    env: ["AMPHORA_DISK_RESERVE"],
    kind: { type: "bytes" },
    default: 256 * mebibyte,
    placeholder: "BYTES",
    help: "Free space below which requests that store something are refused; deletes go on.",
  },
  {
    key: "volumeBytes",
    flag: "volume-size",
    env: ["AMPHORA_VOLUME_SIZE"],
    kind: { type: "bytes" },
    default: 256 * mebibyte,
    placeholder: "BYTES",
    help: "Size at which a volume of small bodies is closed; those of large bodies take four times as much.",
  },
  {
    key: "volumeSeconds",
    flag: "volume-seconds",
    env: ["AMPHORA_VOLUME_SECONDS"],
    kind: { type: "integer", min: 1, max: 86_400 },
    default: 600,
    placeholder: "N",
    help: "A volume that was written to is closed after this time, so that what was left behind in it is found.",
  },
  {
    key: "compactEverySeconds",
    flag: "compact-every",
    env: ["AMPHORA_COMPACT_EVERY"],
    kind: { type: "integer", min: 1, max: 86_400 },
    default: 30,
    placeholder: "SECONDS",
    help: "How often closed volumes that are at least half dead are looked for and emptied.",
  },
];
