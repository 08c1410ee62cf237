/** OSS's words for an upload by form that is refused: https://help.aliyun.com/zh/oss/developer-reference/postobject and its 0006-… troubleshooting pages. */
import type { VendorAnswer } from "../error-table.ts";
import type { FormTable } from "../form-failure.ts";
import { accessDenied } from "./answers.ts";

const answer = (code: string, message: string, elements: [string, string][] = [], ec?: string): VendorAnswer => ({
  status: 400,
  code,
  message,
  elements,
  ...(ec === undefined ? {} : { ec }),
});
const againstPolicy = (why: string): VendorAnswer => accessDenied(`Invalid according to Policy: ${why}`);

/** ECs of a policy that cannot be read, by the words it is told in; the others are not known. */
const policyCodes: readonly [string, string][] = [
  ["Policy missing expiration", "0006-00000208"],
  ["Invalid condition", "0006-00000224"],
];

export const ossFormAnswers: FormTable = {
  notForm: () => answer("RequestIsNotMultiPartContent", "Bucket POST must be of the enclosure-type multipart/form-data."),
  malformed: ({ why }) => answer("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", [["ErrorDetail", why]], "0006-00000103"),
  fieldsTooLong: ({ bytesMax }) => answer("FieldItemTooLong", "Your post fields preceding the upload file are too large.", [["MaxSizeAllowed", String(bytesMax)]]),
  tooManyFields: ({ fieldsMax }) => answer("FieldItemTooLong", "Your post has too many fields before the upload file.", [["MaxFieldsAllowed", String(fieldsMax)]]),
  fileMissing: () => answer("IncorrectNumberOfFilesInPOSTRequest", "POST requires exactly one file upload per request."),
  fieldMissing: ({ field }) =>
    answer(
      "InvalidArgument",
      `Bucket POST must contain a field named '${field}'. If it is specified, please check the order of the fields.`,
      [["ArgumentName", field]],
      field === "policy" ? "0002-00000702" : undefined,
    ),
  fieldRepeated: ({ field }) => answer("InvalidArgument", "A field of the form is there more than once.", [["ArgumentName", field]]),
  fieldValue: ({ field, value }) =>
    answer("InvalidArgument", "The value cannot be kept in a header.", [
      ["ArgumentName", field],
      ["ArgumentValue", value],
    ]),
  policySyntax: ({ why }) => answer("InvalidPolicyDocument", `Invalid Policy: ${why}`, [], policyCodes.find(([words]) => why.startsWith(words))?.[1]),
  policyExpired: () => againstPolicy("Policy expired."),
  conditionFailed: ({ condition }) => againstPolicy(`Policy Condition failed: ${condition}`),
  uncovered: ({ fields }) => againstPolicy(`Extra input fields: ${fields.join(", ")}`),
  fileTooLarge: ({ size, max }) =>
    answer("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.", [
      ["MaxSizeAllowed", String(max)],
      ["ProposedSize", String(size)],
    ]),
  fileTooSmall: ({ size, min }) =>
    answer("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size.", [
      ["MinSizeAllowed", String(min)],
      ["ProposedSize", String(size)],
    ]),
};
