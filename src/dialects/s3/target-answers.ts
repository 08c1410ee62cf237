/** S3's words for buckets that cannot take what others write into them: access logs and inventories. */
import type { DomainErrors } from "../../core/errors.ts";
import type { VendorAnswer } from "../error-table.ts";

const logTargetWords = {
  missing: "The target bucket for logging does not exist",
  owner: "The owner for the bucket to be logged and the target bucket must be the same.",
  permission: "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket",
  acls: "Target grants cannot be used where the target bucket's ownership setting is bucket owner enforced",
  lock: "A bucket with a default retention cannot be the target bucket for logging",
  payer: "A bucket whose requesters pay cannot be the target bucket for logging",
} as const;

export function logTargetAnswer(target: string, why: DomainErrors["logTargetInvalid"]["why"]): VendorAnswer {
  if (why === "region")
    return { status: 403, code: "CrossLocationLoggingProhibited", message: "Cross-location logging not allowed. A bucket in one location cannot log to a bucket in another." };
  return { status: 400, code: "InvalidTargetBucketForLogging", message: logTargetWords[why], elements: [["TargetBucket", target]] };
}

export function inventoryTargetAnswer(target: string, why: DomainErrors["inventoryTargetInvalid"]["why"]): VendorAnswer {
  return {
    status: 400,
    code: "InvalidS3DestinationBucket",
    message: why === "missing" ? "Destination bucket does not exist." : "The destination bucket must have the owner and the region of the bucket that is inventoried.",
    elements: [["DestinationBucket", target]],
  };
}
