/** S3's words for a signature that is refused: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { isoSeconds } from "../../lib/time.ts";
import type { VendorAnswer } from "../error-table.ts";
import type { AuthFailure, AuthFailureKind, AuthFailures, Carrier } from "../signing-failure.ts";

export type AuthTable = { [K in AuthFailureKind]: (detail: AuthFailures[K]) => VendorAnswer };

const answer = (status: number, code: string, message: string, elements: [string, string][] = []): VendorAnswer => ({ status, code, message, elements });
const argument = (name: string, value: string, message: string): VendorAnswer =>
  answer(400, "InvalidArgument", message, [
    ["ArgumentName", name],
    ["ArgumentValue", value],
  ]);

/** What is wrong with the fields of a V4 signature, in the header's words or the query's. */
function field(carrier: Carrier, why: string, elements: [string, string][] = []): VendorAnswer {
  return carrier === "header"
    ? answer(400, "AuthorizationHeaderMalformed", `The authorization header is malformed; ${why}`, elements)
    : answer(400, "AuthorizationQueryParametersError", `Error parsing the X-Amz-Credential parameter; ${why}`, elements);
}

const noDate = answer(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
const mismatchText = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
const given = (elements: [string, string | undefined][]): [string, string][] => elements.filter((element): element is [string, string] => element[1] !== undefined);

const invalidToken = (token: string): VendorAnswer => answer(400, "InvalidToken", "The provided token is malformed or otherwise invalid.", [["Token-0", token]]);

const v4Query =
  "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
const v2Query = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";

export const s3AuthAnswers: AuthTable = {
  malformed: ({ carrier, what, value }) =>
    what === "Authorization"
      ? argument("Authorization", value, "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")
      : field(carrier, `${what} is malformed.`),
  incomplete: ({ carrier, scheme, missing }) => {
    if (carrier === "header") return field("header", `missing ${missing.join(", ")}.`);
    return scheme === "v4" ? answer(400, "AuthorizationQueryParametersError", v4Query) : answer(403, "AccessDenied", v2Query);
  },
  unsupportedScheme: ({ scheme }) => (scheme === "" ? answer(403, "AccessDenied", "Access Denied") : argument("Authorization", scheme, "Unsupported Authorization Type")),
  twoMechanisms: ({ mechanisms }) =>
    argument(
      "Authorization",
      mechanisms.join(", "),
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    ),
  unknownKey: ({ accessKeyId }) => answer(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", [["AWSAccessKeyId", accessKeyId]]),
  inactiveKey: ({ accessKeyId }) => answer(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided is disabled.", [["AWSAccessKeyId", accessKeyId]]),
  mismatch: ({ accessKeyId, stringToSign, provided, stringToSignBytes, canonicalRequest, canonicalRequestBytes }) =>
    answer(
      403,
      "SignatureDoesNotMatch",
      mismatchText,
      given([
        ["AWSAccessKeyId", accessKeyId],
        ["StringToSign", stringToSign],
        ["SignatureProvided", provided],
        ["StringToSignBytes", stringToSignBytes],
        ["CanonicalRequest", canonicalRequest],
        ["CanonicalRequestBytes", canonicalRequestBytes],
      ]),
    ),
  missingDate: () => noDate,
  // A date before 1970 is none that a client could mean.
  skewed: ({ requestMs, serverMs, maxMs, written }) =>
    requestMs < 0
      ? noDate
      : answer(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", [
          ["RequestTime", written],
          ["ServerTime", isoSeconds(serverMs)],
          ["MaxAllowedSkewMilliseconds", String(maxMs)],
        ]),
  expired: ({ expiresMs, serverMs, expiresSeconds }) =>
    answer(
      403,
      "AccessDenied",
      "Request has expired",
      given([
        ["X-Amz-Expires", expiresSeconds === undefined ? undefined : String(expiresSeconds)],
        ["Expires", isoSeconds(expiresMs)],
        ["ServerTime", isoSeconds(serverMs)],
      ]),
    ),
  notYetValid: ({ startMs, expiresMs, serverMs }) =>
    answer(403, "AccessDenied", "Request is not yet valid", [
      // Milliseconds, as S3 has it.
      ["X-Amz-Date", String(startMs)],
      ["Expires", isoSeconds(expiresMs)],
      ["ServerTime", isoSeconds(serverMs)],
    ]),
  // S3 says 400; ceph/s3-tests wants 403, and clients look at the code.
  badExpires: ({ maxSeconds }) => answer(403, "AuthorizationQueryParametersError", `X-Amz-Expires must be a number between 1 and ${maxSeconds} (a week, in seconds)`),
  scopeDate: ({ carrier, scopeDate, requestDate }) => field(carrier, `Invalid credential date "${scopeDate}". This date is not the same as that of the request: "${requestDate}".`),
  wrongRegion: ({ carrier, region, expected }) => field(carrier, `the region '${region}' is wrong; expecting '${expected}'`, [["Region", expected]]),
  wrongService: ({ carrier, service, expected }) => field(carrier, `incorrect service "${service}". This endpoint belongs to "${expected}".`),
  wrongTerminator: ({ carrier, terminator, expected }) => field(carrier, `incorrect terminator "${terminator}". This endpoint uses "${expected}".`),
  unsignedHeader: ({ header }) => answer(403, "AccessDenied", "There were headers present in the request which were not signed", [["HeadersNotSigned", header]]),
  foreignHeader: ({ header }) => answer(501, "NotImplemented", "A header you provided implies functionality that is not implemented", [["Header", header]]),
  additionalHeadersEmpty: ({ carrier }) => field(carrier, "SignedHeaders is empty."),
  missingPayloadHash: () => answer(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"),
  badPayloadHash: ({ value, known }) =>
    known
      ? answer(501, "NotImplemented", "A header you provided implies functionality that is not implemented", [["Header", "x-amz-content-sha256"]])
      : argument("x-amz-content-sha256", value, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value."),
  missingDecodedLength: () => answer(411, "MissingContentLength", "You must provide the X-Amz-Decoded-Content-Length HTTP header."),
  chunkMalformed: ({ why }) => answer(400, "InvalidRequest", `The chunked body is malformed: ${why}`),
  chunkMismatch: ({ provided, stringToSign }) =>
    answer(403, "SignatureDoesNotMatch", mismatchText, [
      ["StringToSign", stringToSign],
      ["SignatureProvided", provided],
    ]),
  trailerMismatch: ({ provided, stringToSign }) =>
    answer(403, "SignatureDoesNotMatch", mismatchText, [
      ["StringToSign", stringToSign],
      ["SignatureProvided", provided],
    ]),
  tokenMissing: ({ accessKeyId }) => answer(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", [["AWSAccessKeyId", accessKeyId]]),
  tokenInvalid: ({ token }) => invalidToken(token),
  tokenForeign: ({ token }) => invalidToken(token),
  tokenExpired: ({ token }) => answer(400, "ExpiredToken", "The provided token has expired.", [["Token-0", token]]),
};

export function authAnswer<K extends AuthFailureKind>(table: AuthTable, { kind, detail }: AuthFailure<K>): VendorAnswer {
  return table[kind](detail);
}
