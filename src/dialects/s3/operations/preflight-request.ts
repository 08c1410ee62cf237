import type { BucketInfo } from "../../../core/api.ts";
import { VendorError } from "../../error-table.ts";
import { operation, type Target } from "../../operation.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

/** No bucket can have CORS rules yet: every preflight is refused as S3 refuses one that no rule allows. */
const preflight = (target: Target) =>
  operation<S3Settings, void, BucketInfo>({
    name: "PreflightRequest",
    docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html",
    route: { method: "OPTIONS", target },
    access: { action: "s3:GetObject", capability: "object.read" },
    input: ({ request }) => {
      const missing =
        request.headers.origin === undefined ? "Origin" : request.headers["access-control-request-method"] === undefined ? "Access-Control-Request-Method" : undefined;
      if (missing !== undefined) throw new VendorError({ status: 400, code: "BadRequest", message: `Insufficient information. ${missing} request header needed.` });
    },
    run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
    reply: (_, { request }) => {
      const elements: [string, string][] = [
        ["Method", request.headers["access-control-request-method"] ?? ""],
        ["ResourceType", target.toUpperCase()],
      ];
      throw new VendorError({ status: 403, code: "AccessForbidden", message: "CORSResponse: CORS is not enabled for this bucket.", elements });
    },
  });

export const PreflightObject = preflight("object");
export const PreflightBucket = preflight("bucket");
