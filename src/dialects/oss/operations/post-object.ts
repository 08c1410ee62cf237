import type { VersionResult } from "../../../core/api.ts";
import { encodeUri } from "../../../lib/uri.ts";
import { xmlDocument, xmlText } from "../../../lib/xml.ts";
import { refuseForm } from "../../form-failure.ts";
import { redirectTarget } from "../../form-request.ts";
import type { Call } from "../../operation.ts";
import type { Reply } from "../../wire.ts";
import { type Told, tell, toldReply } from "../callback/notify.ts";
import { callbackHeaders, callbackOf } from "../callback/parse.ts";
import { newObject } from "../object-input.ts";
import { objectOf, originOf, ossOperation, page } from "../oss-operation.ts";
import { contentMd5, crcHeader, empty, quotedEtag, versionHeaders } from "../replies.ts";
import type { OssSettings } from "../settings.ts";

/** A browser's upload: the fields of its form stand where headers stand in PutObject (dialects/form-request.ts). */
export const PostObject = ossOperation({
  name: "PostObject",
  docs: page("postobject"),
  route: { method: "POST", target: "bucket" },
  access: { action: "oss:PutObject", capability: "object.write" },
  body: "stream",
  form: true,
  input: (call) => {
    if (call.form === undefined) refuseForm("notForm", { contentType: call.request.headers["content-type"] });
    return { object: newObject(call, callbackHeaders), callback: callbackOf(call) };
  },
  run: async (core, { object, callback }, call) => {
    const result = await core.objects.put(call.context, { ...object, body: call.incoming });
    return { result, told: await tell(callback, call, "PostObject", result, headersOf(result)) };
  },
  reply: ({ result, told }, call) => replyTo(call, result, told),
});

const headersOf = (result: VersionResult): string[] => [
  "ETag",
  quotedEtag(result.version.etag),
  ...contentMd5(result.version),
  ...crcHeader(result.version.crc64),
  ...versionHeaders(result),
];

function replyTo(call: Call<OssSettings>, result: VersionResult, told: Told): Reply {
  const { bucket, key } = objectOf(call);
  const etag = quotedEtag(result.version.etag);
  const headers = headersOf(result);
  const answered = toldReply(told, headers);
  if (answered !== undefined) return answered;
  const redirect = redirectTarget(call.form?.get("success_action_redirect")?.value, { bucket, key, etag });
  if (redirect !== undefined) return empty(303, ["Location", redirect, ...headers]);
  const status = call.form?.get("success_action_status")?.value;
  // Anything else than these three means 204.
  if (status === "200") return empty(200, headers);
  if (status !== "201") return empty(204, headers);
  const location = `${originOf(call)}/${call.address.style === "path" ? `${call.address.rawBucket}/` : ""}${encodeUri(key)}`;
  const content = xmlText("Bucket", bucket) + xmlText("ETag", etag) + xmlText("Key", key) + xmlText("Location", location);
  return { status: 201, headers: ["Content-Type", "application/xml", "Location", location, ...headers], body: xmlDocument("PostResponse", content) };
}
