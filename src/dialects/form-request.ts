/** A form as the operations read it: its fields in the place of headers, so that what parses headers and refuses them by name does so here too. */

import { refuseForm } from "./form-failure.ts";
import { isFormType } from "./form-headers.ts";
import type { PolicyFields } from "./form-policy.ts";
import type { FormField, PostedForm } from "./form-reader.ts";
import type { Address } from "./operation.ts";
import { AuthFailure } from "./signing-failure.ts";
import { mechanismsOf } from "./signing-mechanisms.ts";
import type { WireRequest } from "./wire.ts";

/** A browser's upload: `POST bucket` with a form in its body and nothing in its query that could choose another operation. */
export const isPostedForm = (request: WireRequest, address: Pick<Address, "target">): boolean =>
  request.method === "POST" && address.target === "bucket" && isFormType(request.headers["content-type"]) && request.query.every(({ name }) => /^x-/i.test(name));

/** Headers of the request that say what the form is, not what the object is; and every vendor's own, which no policy covers. */
const ofTheForm = /^(?:content-(?:type|length|md5|encoding|disposition|language)|cache-control|expires|transfer-encoding|x-amz-|x-oss-|x-hcp-)/;
const vendors = /^x-(?:amz|oss|hcp)-/;

/** A form says who sends it, nothing else does; and what changes meaning stands in the form, where the policy covers it. Throws AuthFailure. */
export function refuseOtherClaims(request: WireRequest, harmless: ReadonlySet<string>): void {
  const mechanisms = mechanismsOf(request);
  if (mechanisms.length > 0) throw new AuthFailure("twoMechanisms", { mechanisms: [...mechanisms, "form"] });
  for (const header in request.headers) if (vendors.test(header) && !harmless.has(header)) throw new AuthFailure("unsignedHeader", { header });
}

/** `headerOf`: the header that a field (lower-case name) stands for; undefined: it is none. Throws FormFailure fieldValue. */
export function formRequest(request: WireRequest, fields: Iterable<[string, FormField]>, headerOf: (field: string) => string | undefined): WireRequest {
  const headers = Object.create(null) as Record<string, string | undefined>;
  for (const name in request.headers) if (!ofTheForm.test(name)) headers[name] = request.headers[name];
  for (const [field, { name, value, raw }] of fields) {
    const header = headerOf(field);
    if (header === undefined) continue;
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(raw) || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(header)) refuseForm("fieldValue", { field: name, value });
    headers[header] = raw.trim();
  }
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return { ...request, headers, rawHeaders, contentLength: undefined };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how forms write it
const filenameVariable = "${filename}";

/** `${filename}` is the name of the file as the client gave it. */
export function expanded(field: FormField, file: PostedForm["file"]): FormField {
  if (!field.value.includes(filenameVariable)) return field;
  const value = field.value.replaceAll(filenameVariable, () => file.name);
  return { name: field.name, value, raw: Buffer.from(value, "utf8").toString("latin1") };
}

/** As policies judge them: the bucket is a field that the address fills in. */
export function policyFields(fields: Iterable<[string, FormField]>, bucket: string): PolicyFields {
  return new Map([...[...fields].map(([name, { value }]): [string, string] => [name, value]), ["bucket", bucket]]);
}

/** Where the browser is to go after the upload, with what it made; undefined when the field names no page. */
export function redirectTarget(text: string | undefined, made: { bucket: string; key: string; etag: string }): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const added = Object.entries(made).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  url.search = [...(url.search.length > 1 ? [url.search.slice(1)] : []), ...added].join("&");
  return url.href;
}
