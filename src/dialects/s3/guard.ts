/**
 * What is looked at before any operation's own input: headers that would change meaning and are not acted upon are refused by name, never
 * ignored; so are another vendor's. Wraps each declaration, so that no operation can forget it.
 */
import type { Core } from "../../core/api.ts";
import type { AnyOperation } from "../operation.ts";
import { vendorHeadersOf } from "../wire.ts";
import { chargedHeader } from "./documents/render.ts";
import type { S3Call, S3Settings } from "./flavour.ts";
import { grantHeaderNames } from "./parse/acl-request.ts";
import { copySource } from "./parse/copy-source.ts";
import { purgeHeader } from "./parse/force.ts";
import { withHoistedHeaders } from "./parse/hoisted.ts";
import { bucketOf, param } from "./parse/query.ts";
import { withActions } from "./policy/actions.ts";
import { accessDenied, headerNotImplemented, invalidArgument, invalidRequest } from "./refusals.ts";

/** A header, which of its values change nothing, and the operations that act upon it. */
type Unserved = { name: string; harmless?: readonly string[]; servedBy?: readonly string[] };

const makers = ["PutObject", "CopyObject", "CreateMultipartUpload"];

/** On every operation that writes. */
const unservedOnWrites: readonly Unserved[] = [
  { name: "x-amz-tagging", harmless: [""], servedBy: makers },
  { name: "x-amz-tagging-directive", harmless: ["COPY"], servedBy: ["CopyObject"] },
  { name: "x-amz-object-annotation-directive", harmless: ["COPY"], servedBy: ["CopyObject"] },
  { name: "x-amz-object-if-match", servedBy: ["PutObjectAnnotation", "DeleteObjectAnnotation"] },
  { name: "x-amz-object-lock-mode", servedBy: makers },
  { name: "x-amz-object-lock-retain-until-date", servedBy: makers },
  { name: "x-amz-object-lock-legal-hold", harmless: ["OFF"], servedBy: makers },
  { name: "x-amz-object-lock-event-hold", harmless: ["OFF"], servedBy: makers },
  { name: "x-amz-object-lock-event-hold-duration-days", servedBy: makers },
  { name: "x-amz-object-lock-event-hold-duration-years", servedBy: makers },
  { name: "x-amz-bucket-object-lock-enabled", harmless: ["false", "False"], servedBy: ["CreateBucket"] },
  { name: "x-amz-bucket-namespace", harmless: ["global"] },
  { name: "x-amz-object-ownership", servedBy: ["CreateBucket"] },
  ...grantHeaderNames.map((name) => ({ name, servedBy: [...makers, "PostObject", "CreateBucket", "PutBucketAcl", "PutObjectAcl"] })),
  { name: "x-amz-website-redirect-location", servedBy: [...makers, "PostObject"] },
  { name: "x-amz-write-offset-bytes", servedBy: ["PutObject"] },
  { name: purgeHeader, servedBy: ["DeleteBucket", "DeleteObject"] },
  { name: "x-amz-mfa" },
  { name: "x-hcp-retention" },
  { name: "x-hcp-retentionhold", harmless: ["false"] },
  { name: "x-hcp-labelretentionhold" },
  { name: "x-hcp-privileged" },
];
const readers = ["GetObject", "HeadObject", "GetObjectAttributes", "SelectObjectContent"];
const writers = [...makers, "PostObject"];
const parts = ["UploadPart", "UploadPartCopy", "CompleteMultipartUpload"];
/**
 * On every operation, reads included: who says how something is encrypted and is not heard believes in what is not so. Readers and parts take a
 * customer's key only and refuse the rest in their own words.
 */
const unservedEverywhere: readonly Unserved[] = [
  ...["", "-aws-kms-key-id", "-context", "-bucket-key-enabled"].map((rest) => ({ name: `x-amz-server-side-encryption${rest}`, servedBy: [...writers, ...readers, ...parts] })),
  ...["algorithm", "key", "key-md5"].flatMap((rest) => [
    { name: `x-amz-server-side-encryption-customer-${rest}`, servedBy: [...writers, ...readers, ...parts] },
    { name: `x-amz-copy-source-server-side-encryption-customer-${rest}`, servedBy: ["CopyObject", "UploadPartCopy"] },
  ]),
];

function refuseUnserved(call: S3Call, operation: string, list: readonly Unserved[]): void {
  for (const { name, harmless, servedBy } of list) {
    const value = call.request.headers[name];
    if (value !== undefined && !harmless?.includes(value) && !servedBy?.includes(operation)) headerNotImplemented(name);
  }
}

/** OSS headers that say nothing of the request: what proxies and SDKs leave behind. */
const harmlessForeign = new Set(["x-oss-request-id", "x-oss-date"]);

function refuseForeign(vendorHeaders: readonly string[]): void {
  for (const name of vendorHeaders) if (name.startsWith("x-oss-") && !harmlessForeign.has(name)) headerNotImplemented(name);
}

/** `x-id` is what SDKs say they ask for; one that contradicts the route is a mistake somewhere. */
function refuseContradiction(call: S3Call, name: string): void {
  const said = param(call, "x-id");
  if (said !== undefined && said !== name) invalidRequest(`The value of x-id, ${said}, is not the operation of this request, ${name}.`);
}

const expectedOwner = "x-amz-expected-bucket-owner";
const sourceOwner = "x-amz-source-expected-bucket-owner";

const accountId = (header: string, text: string): string =>
  /^\d{12}$/.test(text) ? text : invalidArgument(header, text, "The value of the expected bucket owner parameter must be an AWS account ID");

const namesOwner = ({ request: { headers } }: S3Call): boolean => headers[expectedOwner] !== undefined || headers[sourceOwner] !== undefined;

async function checkExpectedOwners(core: Core, call: S3Call): Promise<void> {
  const { headers } = call.request;
  const expected = headers[expectedOwner];
  if (expected !== undefined && call.address.bucket !== undefined) {
    // What the caller may do with the bucket is the operation's own question.
    const { owner } = await core.buckets.get({ ...call.context, capability: "object.read" }, bucketOf(call));
    if (owner.accountId !== accountId(expectedOwner, expected)) accessDenied();
  }
  const ofSource = headers[sourceOwner];
  if (ofSource === undefined || headers["x-amz-copy-source"] === undefined) return;
  const { tenant, bucket } = copySource(call);
  const { owner } = await core.buckets.get({ ...call.context, capability: "object.read" }, { tenant, bucket });
  if (owner.accountId !== accountId(sourceOwner, ofSource)) accessDenied();
}

/** Names that the checks above look for: a request without any of them, as most are, passes them all. */
const looked: ReadonlySet<string> = new Set([...unservedEverywhere, ...unservedOnWrites].map(({ name }) => name));
const isLooked = (name: string): boolean => looked.has(name);

export function guarded(operation: AnyOperation<S3Settings>): AnyOperation<S3Settings> {
  const writes = operation.route.method !== "GET" && operation.route.method !== "HEAD" && operation.route.method !== "OPTIONS";
  return {
    ...operation,
    input: (call) => {
      call.request = withHoistedHeaders(call.request);
      refuseContradiction(call, operation.name);
      const vendorHeaders = vendorHeadersOf(call.request);
      refuseForeign(vendorHeaders);
      call.context = withActions(call);
      if (vendorHeaders.some(isLooked)) {
        refuseUnserved(call, operation.name, unservedEverywhere);
        if (writes) refuseUnserved(call, operation.name, unservedOnWrites);
      }
      return operation.input(call);
    },
    run: (core, input, call) => (namesOwner(call) ? checkExpectedOwners(core, call).then(() => operation.run(core, input, call)) : operation.run(core, input, call)),
    reply: (output, call, input) => {
      const reply = operation.reply(output, call, input);
      if (call.context.payment?.charged === true) reply.headers.push(...chargedHeader);
      return reply;
    },
  };
}
