/** Every way a signature can be refused, in OSS's words. ECs as its SDK suites assert them. */
import type { VendorAnswer } from "../error-table.ts";
import type { AuthFailure, AuthFailureKind, AuthFailures, Carrier } from "../signing-failure.ts";
import { accessDenied } from "./answers.ts";

type AuthTable = { [K in AuthFailureKind]: (detail: AuthFailures[K]) => VendorAnswer };

const invalid = (message: string, ec?: string, elements: [string, string][] = []): VendorAnswer => ({
  status: 400,
  code: "InvalidArgument",
  message,
  elements,
  ...(ec === undefined ? {} : { ec }),
});
const isoSeconds = (ms: number): string => (Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(ms));

const badCredential = (carrier: Carrier): VendorAnswer =>
  invalid(carrier === "header" ? "Invalid credential in Authorization header." : "Invalid credential in query parameters.", "0002-00000213");

const notForThisService = (what: string): VendorAnswer => ({ status: 501, code: "NotImplemented", message: `This server does not serve ${what} through OSS.` });

const answers: AuthTable = {
  malformed: ({ carrier, what, value }) =>
    invalid(
      carrier === "header" ? "Authorization header is invalid." : "The authorization in the query parameters is invalid.",
      what === "Credential" ? "0002-00000213" : undefined,
      [
        ["ArgumentName", what],
        ["ArgumentValue", value],
      ],
    ),
  incomplete: ({ missing }) => accessDenied(`Query-string or header authentication requires also: ${missing.join(", ")}.`),
  unsupportedScheme: ({ scheme }) => invalid("Unsupported authorization type.", undefined, [["ArgumentValue", scheme]]),
  twoMechanisms: ({ mechanisms }) =>
    invalid("Only one authentication mechanism is allowed: the Authorization header or the query parameters.", undefined, [["ArgumentValue", mechanisms.join(", ")]]),
  unknownKey: ({ accessKeyId }) => ({
    status: 403,
    code: "InvalidAccessKeyId",
    message: "The OSS Access Key Id you provided does not exist in our records.",
    ec: "0002-00000902",
    elements: [["OSSAccessKeyId", accessKeyId]],
  }),
  inactiveKey: ({ accessKeyId }) => ({
    status: 403,
    code: "InvalidAccessKeyId",
    message: "The OSS Access Key Id you provided is disabled.",
    ec: "0002-00000902",
    elements: [["OSSAccessKeyId", accessKeyId]],
  }),
  mismatch: ({ accessKeyId, provided, stringToSign, stringToSignBytes, canonicalRequest }) => ({
    status: 403,
    code: "SignatureDoesNotMatch",
    message: "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    ec: "0002-00000040",
    elements: [
      ["OSSAccessKeyId", accessKeyId],
      ["SignatureProvided", provided],
      ["StringToSign", stringToSign],
      ["StringToSignBytes", stringToSignBytes],
      ...(canonicalRequest === undefined ? [] : [["CanonicalRequest", canonicalRequest] as [string, string]]),
    ],
  }),
  missingDate: () => accessDenied("OSS authentication requires a valid Date."),
  skewed: ({ requestMs, serverMs, maxMs }) => ({
    status: 403,
    code: "RequestTimeTooSkewed",
    message: "The difference between the request time and the current time is too large.",
    ec: "0002-00000504",
    elements: [
      ["MaxAllowedSkewMilliseconds", String(maxMs)],
      ["RequestTime", isoSeconds(requestMs)],
      ["ServerTime", isoSeconds(serverMs)],
    ],
  }),
  expired: ({ expiresMs, serverMs }) => ({
    ...accessDenied("Request has expired."),
    elements: [
      ["Expires", isoSeconds(expiresMs)],
      ["ServerTime", isoSeconds(serverMs)],
    ],
  }),
  notYetValid: ({ startMs, serverMs }) => ({
    ...accessDenied("Request is not valid yet."),
    elements: [
      ["StartTime", isoSeconds(startMs)],
      ["ServerTime", isoSeconds(serverMs)],
    ],
  }),
  badExpires: ({ value, maxSeconds }) =>
    invalid(`The expiration must be a number of seconds between 1 and ${maxSeconds}.`, undefined, [
      ["ArgumentName", "x-oss-expires"],
      ["ArgumentValue", value],
    ]),
  scopeDate: ({ carrier }) => invalid(carrier === "header" ? "Invalid signing date in Authorization header." : "The signing date in credential is invalid."),
  wrongRegion: ({ carrier, region, expected }) =>
    invalid(carrier === "header" ? "Invalid signing region in Authorization header." : "The signing region in credential is invalid.", "0002-00000226", [
      ["Region", region],
      ["ExpectedRegion", expected],
    ]),
  wrongService: ({ carrier, service, expected }) =>
    invalid(carrier === "header" ? "Invalid signing product in Authorization header." : "The signing product in credential is invalid.", "0002-00000227", [
      ["Product", service],
      ["ExpectedProduct", expected],
    ]),
  wrongTerminator: ({ carrier }) => badCredential(carrier),
  unsignedHeader: ({ header }) => ({ ...accessDenied(`The header ${header} is not covered by the signature.`), elements: [["Header", header]] }),
  foreignHeader: ({ header }) => invalid("A header of another service was sent with a request signed for OSS.", undefined, [["Header", header]]),
  additionalHeadersEmpty: () => invalid("The additional headers must not be empty.", "0002-00000209"),
  missingPayloadHash: () => invalid("x-oss-content-sha256 is missing."),
  badPayloadHash: ({ value, known }) =>
    known ? notForThisService(`x-oss-content-sha256: ${value}`) : invalid("x-oss-content-sha256 is invalid.", undefined, [["ArgumentValue", value]]),
  missingDecodedLength: () => invalid("The decoded length of the body is missing."),
  chunkMalformed: ({ why }) => invalid(`A chunk of the body is malformed: ${why}.`),
  chunkMismatch: ({ provided, stringToSign }) => chunk(provided, stringToSign),
  trailerMismatch: ({ provided, stringToSign }) => chunk(provided, stringToSign),
  tokenMissing: ({ accessKeyId }) => ({
    status: 403,
    code: "InvalidAccessKeyId",
    message: "The OSS Access Key Id you provided does not exist in our records.",
    ec: "0002-00000003",
    elements: [["OSSAccessKeyId", accessKeyId]],
  }),
  tokenInvalid: ({ token }) => ({
    status: 403,
    code: "InvalidSecurityToken",
    message: "The security token you provided is invalid.",
    ec: "0002-00000008",
    elements: [["SecurityToken", token]],
  }),
  tokenForeign: ({ accessKeyId, token }) => ({
    status: 403,
    code: "AccessKeyIdAndSecurityTokenNotMatch",
    message: "The OSS access key id and security token you provided does not match.",
    ec: "0002-00000004",
    elements: [
      ["OSSAccessKeyId", accessKeyId],
      ["SecurityToken", token],
    ],
  }),
  tokenExpired: ({ token }) => ({
    status: 403,
    code: "SecurityTokenExpired",
    message: "The security token you provided has expired.",
    ec: "0002-00000007",
    elements: [["SecurityToken", token]],
  }),
};

function chunk(provided: string, stringToSign: string): VendorAnswer {
  return {
    status: 403,
    code: "SignatureDoesNotMatch",
    message: "The signature of a chunk does not match.",
    ec: "0002-00000040",
    elements: [
      ["SignatureProvided", provided],
      ["StringToSign", stringToSign],
    ],
  };
}

export function authAnswer<K extends AuthFailureKind>(failure: AuthFailure<K>): VendorAnswer {
  const answer: (detail: AuthFailures[K]) => VendorAnswer = answers[failure.kind];
  return answer(failure.detail);
}
