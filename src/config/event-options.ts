/** The settings about what buckets tell others: events, and logs of requests. */
import type { Option } from "./options.ts";

export const eventOptions: readonly Option[] = [
  {
    key: "webhooks",
    flag: "webhook",
    env: ["AMPHORA_WEBHOOK"],
    kind: { type: "list" },
    default: [],
    placeholder: "NAME=URL",
    help: "Receiver of events, which notification configurations name by an ARN that ends in NAME. Repeatable.",
  },
  {
    key: "callbackAllow",
    flag: "callback-allow",
    env: ["AMPHORA_CALLBACK_ALLOW"],
    kind: { type: "list" },
    default: [],
    placeholder: "CIDR",
    help: "Addresses that callbacks of uploads may reach besides those of the open internet: 10.1.0.0/16. Repeatable.",
  },
  {
    key: "bucketLogSeconds",
    flag: "bucket-log-seconds",
    env: ["AMPHORA_BUCKET_LOG_SECONDS"],
    kind: { type: "integer", min: 1, max: 3_600 },
    default: 300,
    placeholder: "N",
    help: "Lines about requests to a bucket that logs are written into its target bucket after this time, or sooner when there are many.",
  },
];
