/** The settings about host names of buckets' owners. */
import type { Option } from "./options.ts";

export const hostOptions: readonly Option[] = [
  {
    key: "trustHostNames",
    flag: "trust-cname",
    env: ["AMPHORA_TRUST_CNAME"],
    kind: { type: "switch" },
    default: false,
    help: "Binds host names to buckets (OSS PutCname) without looking for the token in the DNS: where everybody who has an account is trusted.",
  },
];
