import { preflightHeaders, preflightOf } from "../../cors.ts";
import type { Target } from "../../operation.ts";
import { refuse } from "../answers.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

const denied = () =>
  refuse({
    status: 403,
    code: "AccessForbidden",
    message:
      "CORSResponse: CORS is not enabled for this bucket, or the Origin, the Access-Control-Request-Method or the Access-Control-Request-Headers are not allowed by its rules.",
  });

/** What a browser asks before a request of another origin. Nobody signs it, and the rules of the bucket alone decide. */
const preflight = (name: string, target: Target) =>
  ossOperation({
    name,
    docs: page("options"),
    route: { method: "OPTIONS", target },
    access: { action: "oss:OptionsObject", capability: "object.read" },
    input: (call) => ({ ...bucketOf(call), asked: preflightOf(call.request) }),
    run: async (core, { asked: _, ...address }, { context }) => {
      // A bucket that is not there is told as such.
      await core.buckets.get(context, address);
      return core.documents.cors(address);
    },
    reply: (cors, _call, { asked }) => {
      const headers = "missing" in asked ? undefined : preflightHeaders(cors, asked, false);
      return headers ? empty(200, headers) : denied();
    },
  });

export const OptionsObject = preflight("OptionsObject", "object");
/** The same question about a bucket, which browsers ask before a list. */
export const OptionsBucket = preflight("OptionsBucket", "bucket");
