/**
 * The vendor's own refusals that no domain error stands for: syntax of headers, parameters and documents. Codes, words and ECs as in the
 * vendor's troubleshooting pages and as its SDK suites assert them; an EC we have not seen anywhere is left out rather than made up.
 */
import { type VendorAnswer, VendorError } from "../error-table.ts";

export const refuse = (answer: VendorAnswer): never => {
  throw new VendorError(answer);
};

export function invalidArgument(name: string, value: string, message: string, ec?: string): never {
  return refuse({
    status: 400,
    code: "InvalidArgument",
    message,
    elements: [
      ["ArgumentName", name],
      ["ArgumentValue", value],
    ],
    ...(ec === undefined ? {} : { ec }),
  });
}

export const missingArgument = (name: string): never =>
  refuse({ status: 400, code: "MissingArgument", message: "Missing Some Required Arguments.", ec: "0016-00000502", elements: [["ArgumentName", name]] });

export const malformedXml = (why: string, ec = "0031-00000001"): never =>
  refuse({
    status: 400,
    code: "MalformedXML",
    message: "The XML you provided was not well-formed or did not validate against our published schema.",
    ec,
    elements: [["ErrorDetail", why]],
  });

/** A header that would change what the request means and that we do not act upon: never ignored. */
export const unservedHeader = (header: string): never =>
  refuse({ status: 501, code: "NotImplemented", message: `A header you provided implies functionality that is not implemented: ${header}.`, elements: [["Header", header]] });

/** An operation of the vendor that this server does not have. */
export const unservedOperation = (selector: string): VendorAnswer => ({
  status: 501,
  code: "NotImplemented",
  message: `This server does not serve "${selector}".`,
  elements: [["Operation", selector]],
});

export const accessDenied = (message: string, ec = "0003-00000001"): VendorAnswer => ({ status: 403, code: "AccessDenied", message, ec });

/** What another dialect said, which this one's grammar cannot: it is in force, and is not told as something else (decision 0015). */
export const untold = (document: string, what: string): never =>
  refuse({
    status: 501,
    code: "NotImplemented",
    message: `The bucket's ${document} was written through another API and says what OSS's cannot: ${what}. It is in force.`,
    elements: [["Operation", document]],
  });
