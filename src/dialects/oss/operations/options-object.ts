import { refuse } from "../answers.ts";
import { ossOperation, page } from "../oss-operation.ts";

/** No bucket has CORS rules yet, so every preflight is denied in the vendor's words. */
const denied = () =>
  refuse({
    status: 403,
    code: "AccessForbidden",
    message:
      "CORSResponse: CORS is not enabled for this bucket, or the Origin, the Access-Control-Request-Method or the Access-Control-Request-Headers are not allowed by its rules.",
  });

export const OptionsObject = ossOperation({
  name: "OptionsObject",
  docs: page("options"),
  route: { method: "OPTIONS", target: "object" },
  access: { action: "oss:OptionsObject", capability: "object.read" },
  input: denied,
  run: async () => denied(),
  reply: () => denied(),
});

/** The same question about a bucket, which browsers ask before a list. */
export const OptionsBucket = ossOperation({
  name: "OptionsBucket",
  docs: page("options"),
  route: { method: "OPTIONS", target: "bucket" },
  access: { action: "oss:OptionsObject", capability: "bucket.list" },
  input: denied,
  run: async () => denied(),
  reply: () => denied(),
});
