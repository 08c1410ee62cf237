import type { Cors } from "../../../core/model.ts";
import { type Preflight, preflightHeaders, preflightOf } from "../../cors.ts";
import { VendorError } from "../../error-table.ts";
import { operation, type Target } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

type Asked = Exclude<Preflight, { missing: string }>;

/** What a browser asks before a request of another origin; nobody signs it, and the rules of the bucket alone decide. */
const preflight = (target: Target) =>
  operation<S3Settings, Asked, Cors | undefined>({
    name: "PreflightRequest",
    docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html",
    route: { method: "OPTIONS", target },
    access: { action: "s3:GetObject", capability: "object.read" },
    input: ({ request }) => {
      const asked = preflightOf(request);
      if (!("missing" in asked)) return asked;
      throw new VendorError({ status: 400, code: "BadRequest", message: `Insufficient information. ${asked.missing} request header needed.` });
    },
    run: async (core, _, call) => {
      // A bucket that is not there is told as such.
      await core.buckets.get(call.context, bucketOf(call));
      return core.documents.cors(bucketOf(call));
    },
    reply: (cors, _, asked) => {
      const headers = preflightHeaders(cors, asked, true);
      if (headers) return emptyReply(200, headers);
      const elements: [string, string][] = [
        ["Method", asked.method],
        ["ResourceType", target.toUpperCase()],
      ];
      const why =
        cors === undefined
          ? "CORS is not enabled for this bucket."
          : "This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
      throw new VendorError({ status: 403, code: "AccessForbidden", message: `CORSResponse: ${why}`, elements });
    },
  });

export const PreflightObject = preflight("object");
export const PreflightBucket = preflight("bucket");
