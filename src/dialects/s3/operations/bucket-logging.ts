import type { Account, AccountId, ConfigDocument } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { documentAsKept, written } from "../documents/configuration.ts";
import { loggingContent, loggingDocumentLimits, loggingRoot, parseLogging, type WrittenLogging } from "../documents/logging.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { resolvedAcl } from "../parse/acl-request.ts";
import { bucketOf } from "../parse/query.ts";

const kind = "logging" as const;
type Kept = { document: ConfigDocument<"logging">; grantees: ReadonlyMap<AccountId, Account> };

/** A bucket that logs nothing says so with an empty document. */
export const GetBucketLogging = operation<S3Settings, void, Kept | undefined>({
  name: "GetBucketLogging",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html",
  route: { method: "GET", target: "bucket", select: ["logging"] },
  access: { action: "s3:GetBucketLogging", capability: "bucket.own" },
  input: () => undefined,
  run: async (core, _, call) => {
    const document = await core.documents.get(call.context, { ...bucketOf(call), kind });
    if (document === undefined) return undefined;
    const grantees = new Map<AccountId, Account>();
    for (const grant of document.model.grants) {
      const account = "account" in grant ? await core.identity.account(grant.account) : undefined;
      if (account) grantees.set(account.id, account);
    }
    return { document, grantees };
  },
  reply: (kept, call) =>
    kept === undefined ? documentReply(call, loggingRoot, "") : documentAsKept(call, kept.document, loggingRoot, (model) => loggingContent(model, kept.grantees)),
});

/** Acted upon by whoever answers requests (dialects/request-log.ts). */
export const PutBucketLogging = operation<S3Settings, WrittenLogging | undefined, void>({
  name: "PutBucketLogging",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html",
  route: { method: "PUT", target: "bucket", select: ["logging"] },
  access: { action: "s3:PutBucketLogging", capability: "bucket.own" },
  body: { document: loggingDocumentLimits.bytesMax },
  input: (call) => parseLogging(call.document),
  run: async (core, logging, call) => {
    const address = { ...bucketOf(call), kind };
    if (logging === undefined) return core.documents.remove(call.context, address);
    const acl = await resolvedAcl(core, call, { grants: logging.grants }, undefined);
    const grants = typeof acl === "object" ? acl.grants : [];
    return core.documents.put(call.context, { ...address, document: written<"logging">(call, { ...logging, grants }) });
  },
  reply: () => emptyReply(200),
});
