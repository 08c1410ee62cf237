import type { VersionResult } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { xmlChildText } from "../../../lib/xml-reader.ts";
import { operation } from "../../operation.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { lockDocument, lockDocumentBytesMax } from "../parse/lock.ts";
import { objectOf, versionOf } from "../parse/query.ts";
import { malformedXml, noObjectLock } from "../refusals.ts";

export const GetObjectLegalHold = operation<S3Settings, { version: VersionSelector }, VersionResult>({
  name: "GetObjectLegalHold",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html",
  route: { method: "GET", target: "object", select: ["legal-hold"] },
  access: { action: "s3:GetObjectLegalHold", capability: "bucket.own" },
  input: (call) => ({ version: versionOf(call) }),
  run: (core, input, call) => core.objects.lock(call.context, { ...objectOf(call), ...input }),
  reply: ({ version: { legalHold } }, call) => (legalHold === undefined ? noObjectLock() : documentReply(call, "LegalHold", xmlText("Status", legalHold ? "ON" : "OFF"))),
});

export const PutObjectLegalHold = operation<S3Settings, { version: VersionSelector; legalHold: boolean }, VersionResult>({
  name: "PutObjectLegalHold",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html",
  route: { method: "PUT", target: "object", select: ["legal-hold"] },
  access: { action: "s3:PutObjectLegalHold", capability: "bucket.own" },
  body: { document: lockDocumentBytesMax },
  input: (call) => {
    const status = xmlChildText(lockDocument(call, "LegalHold", ["Status"]), "Status")?.trim();
    if (status !== "ON" && status !== "OFF") return malformedXml();
    return { version: versionOf(call), legalHold: status === "ON" };
  },
  run: (core, input, call) => core.objects.setLegalHold(call.context, { ...objectOf(call), ...input }),
  reply: () => emptyReply(200),
});
