/** The settings about work in the background. */
import type { Option } from "./options.ts";

export const jobOptions: readonly Option[] = [
  {
    key: "backgroundShare",
    flag: "background-share",
    env: ["AMPHORA_BACKGROUND_SHARE"],
    kind: { type: "integer", min: 1, max: 100 },
    default: 50,
    placeholder: "PERCENT",
    help: "How much of one thread's time jobs and reclaim may take together; they rest for the remainder. While no request is served they do not rest.",
  },
  {
    key: "trashKeepSeconds",
    flag: "trash-keep",
    env: ["AMPHORA_TRASH_KEEP"],
    kind: { type: "integer", min: 0, max: 315_360_000 },
    default: 604_800,
    placeholder: "SECONDS",
    help: "How long a bucket that was emptied or deleted with what was in it can be had back; 0: not at all. Buckets may say otherwise.",
  },
  {
    key: "forceDelete",
    flag: "force-delete",
    env: ["AMPHORA_FORCE_DELETE"],
    kind: { type: "switch" },
    default: false,
    help: "Hear x-minio-force-delete: true, x-amz-amphora-purge and x-oss-amphora-purge on deletes: a bucket goes with what is in it (into the trash), a prefix with what is under it. For owners, and whom policies allow ForceDeleteBucket.",
  },
  {
    key: "lifecycleDaySeconds",
    flag: "lifecycle-day",
    env: ["AMPHORA_LIFECYCLE_DAY"],
    kind: { type: "integer", min: 1, max: 86_400 },
    default: 86_400,
    placeholder: "SECONDS",
    help: "How long a day of a lifecycle is, for tests of rules; dates in answers follow. Days shorter than a day have no midnight.",
  },
  {
    key: "transitionBytesMin",
    flag: "transition-minimum",
    env: ["AMPHORA_TRANSITION_MINIMUM"],
    kind: { type: "bytes" },
    default: 128 * 1024,
    defaultWords: "128KiB, as S3 has it",
    placeholder: "BYTES",
    help: "Smaller objects are left in their class by transitions of rules that name no size; 0: none are.",
  },
  {
    key: "restoreSeconds",
    flag: "restore-delay",
    env: ["AMPHORA_RESTORE_DELAY"],
    kind: { type: "integer", min: 0, max: 604_800 },
    default: 60,
    placeholder: "SECONDS",
    help: "How long it takes until an object of an archive class that was asked for can be read.",
  },
];
