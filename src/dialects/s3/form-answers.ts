/** S3's words for an upload by form that is refused: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, sigv4-UsingHTTPPOST.html */
import { isoSeconds } from "../../lib/time.ts";
import type { VendorAnswer } from "../error-table.ts";
import type { FormTable } from "../form-failure.ts";

const answer = (status: number, code: string, message: string, elements: [string, string][] = []): VendorAnswer => ({ status, code, message, elements });
const argument = (name: string, value: string, message: string): VendorAnswer =>
  answer(400, "InvalidArgument", message, [
    ["ArgumentName", name],
    ["ArgumentValue", value],
  ]);
const againstPolicy = (why: string, elements: [string, string][] = []): VendorAnswer => answer(403, "AccessDenied", `Invalid according to Policy: ${why}`, elements);

export const s3FormAnswers: FormTable = {
  notForm: () =>
    answer(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", [
      ["Condition", "Bucket POST must be of the enclosure-type multipart/form-data"],
    ]),
  malformed: ({ why }) => answer(400, "MalformedPOSTRequest", `The body of your POST request is not well-formed multipart/form-data: ${why}.`),
  fieldsTooLong: ({ bytesMax }) =>
    answer(400, "MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file were too large.", [["MaxPostPreDataLengthBytes", String(bytesMax)]]),
  tooManyFields: ({ fieldsMax }) => answer(400, "MalformedPOSTRequest", `Your POST request has more than ${fieldsMax} fields before the upload file.`),
  fileMissing: () => argument("file", "0", "POST requires exactly one file upload per request."),
  fieldMissing: ({ field }) => argument(field, "", `Bucket POST must contain a field named '${field}'.  If it is specified, please check the order of the fields.`),
  fieldRepeated: ({ field }) => argument(field, "", `Bucket POST contains more than one field named '${field}'.`),
  fieldValue: ({ field, value }) => argument(field, value, "The value cannot be kept in a header."),
  policySyntax: ({ why }) => answer(400, "InvalidPolicyDocument", `Invalid Policy: ${why}`),
  policyExpired: ({ expiresMs, serverMs }) =>
    againstPolicy("Policy expired.", [
      ["Expires", isoSeconds(expiresMs)],
      ["ServerTime", isoSeconds(serverMs)],
    ]),
  conditionFailed: ({ condition }) => againstPolicy(`Policy Condition failed: ${condition}`),
  uncovered: ({ fields }) => againstPolicy(`Extra input fields: ${fields.join(", ")}`),
  fileTooLarge: ({ size, max }) =>
    answer(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", [
      ["ProposedSize", String(size)],
      ["MaxSizeAllowed", String(max)],
    ]),
  fileTooSmall: ({ size, min }) =>
    answer(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", [
      ["ProposedSize", String(size)],
      ["MinSizeAllowed", String(min)],
    ]),
};
