import type { VersionResult, WriteCondition } from "../../../core/api.ts";
import type { Tags } from "../../../core/model.ts";
import { tagLimits } from "../../../core/tags.ts";
import { encodeUri } from "../../../lib/uri.ts";
import { xmlDocument, xmlText } from "../../../lib/xml.ts";
import { refuseForm } from "../../form-failure.ts";
import { redirectTarget } from "../../form-request.ts";
import { operation } from "../../operation.ts";
import type { Reply } from "../../wire.ts";
import { writtenHeaders } from "../documents/written.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { withAcl } from "../parse/acl-request.ts";
import { withDefaultChecksum } from "../parse/checksums.ts";
import { writeCondition } from "../parse/conditions.ts";
import { type NewObject, newObject } from "../parse/new-object.ts";
import { newObjectOf } from "../parse/query.ts";
import { taggingDocument } from "../parse/tagging.ts";

const field = (call: S3Call, name: string): string | undefined => call.form?.get(name)?.value;

/** A browser's upload: the fields of its form stand where headers stand in PutObject (dialects/form-request.ts). */
export const PostObject = operation<S3Settings, NewObject & { condition?: WriteCondition }, VersionResult>({
  name: "PostObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html",
  route: { method: "POST", target: "bucket" },
  access: { action: "s3:PutObject", capability: "object.write" },
  body: "stream",
  form: true,
  input: (call) => {
    if (call.form === undefined) refuseForm("notForm", { contentType: call.request.headers["content-type"] });
    return { ...newObject(call), ...taggingField(call), ...writeCondition(call) };
  },
  run: (core, input, call) => withAcl(core, call, input, (object) => core.objects.put(call.context, { ...object, body: withDefaultChecksum(call) })),
  reply: (result, call) => replyTo(call, result),
});

/** The document that PutObjectTagging takes, in a field. */
function taggingField(call: S3Call): { tags?: Tags } {
  const text = field(call, "tagging");
  return text === undefined ? {} : { tags: taggingDocument({ ...call, document: Buffer.from(text) }, tagLimits.perObjectMax) };
}

function replyTo(call: S3Call, result: VersionResult): Reply {
  const { bucket, key } = newObjectOf(call);
  const { etag } = result.version;
  const redirect = redirectTarget(field(call, "success_action_redirect") ?? field(call, "redirect"), { bucket, key, etag: `"${etag}"` });
  if (redirect !== undefined) return { status: 303, headers: ["location", redirect, ...writtenHeaders(call, result)] };
  const location = locationOf(call, key);
  const headers = ["location", location, ...writtenHeaders(call, result)];
  const status = field(call, "success_action_status");
  // Anything else than these three means 204.
  if (status === "200") return { status: 200, headers };
  if (status !== "201") return { status: 204, headers };
  const content = xmlText("Location", location) + xmlText("Bucket", bucket) + xmlText("Key", key) + xmlText("ETag", `"${etag}"`);
  return { status: 201, headers: ["content-type", call.settings.flavour.xmlType, ...headers], body: xmlDocument("PostResponse", content) };
}

/** Where the object is, in the style the form was sent in. The key is one escaped piece, slashes too, as S3 writes it. */
function locationOf({ request, address, settings }: S3Call, key: string): string {
  const origin = settings.publicUrl !== "" && address.style === "path" ? settings.publicUrl.replace(/\/+$/, "") : `${request.secure ? "https" : "http"}://${request.hostHeader}`;
  return `${origin}/${address.style === "path" ? `${address.rawBucket}/` : ""}${encodeUri(key)}`;
}
