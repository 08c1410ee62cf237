/** Whole error documents of requests that are refused for who they say they are, and for what stands around a signature. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Ask, main, openWorld, type World } from "../helper.ts";
import { contents, get, judge, nameOf, put, type Row } from "./error-documents.ts";

let world: World;
before(async () => {
  world = await openWorld();
  assert.equal((await world.ask({ method: "PUT", target: "/bucket" })).status, 200);
  assert.equal((await world.ask(put("/bucket/key"))).status, 200);
});
after(() => world.close());

const now = "20261121T120000Z";
/** The seconds after 12:00:00 that the clock of this world shows. */
const later = "2026-11-21T12:00:00Z";
const unsigned = (parameters: string): Ask => ({ method: "GET", target: `/bucket/key?${parameters}`, as: null });
const presigned = (date: string, expires: string): Ask =>
  unsigned(
    `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=mainkey%2F${date.slice(0, 8)}%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00`,
  );

const notOne = "At least one of the pre-conditions you specified did not hold";

const rows: readonly Row[] = [
  {
    ask: { ...get("/bucket"), as: { id: "nobody", secret: main.secret } },
    status: 403,
    code: "InvalidAccessKeyId",
    message: "The AWS Access Key Id you provided does not exist in our records.",
    elements: { AWSAccessKeyId: "nobody" },
  },
  {
    ask: { ...get("/bucket"), tamper: ({ headers }) => void (headers["x-amz-acl"] = "private") },
    status: 403,
    code: "AccessDenied",
    message: "There were headers present in the request which were not signed",
    elements: { HeadersNotSigned: "x-amz-acl" },
  },
  {
    ask: { ...get("/bucket"), tamper: ({ headers }) => void (headers["x-amz-date"] = "20261121T110000Z") },
    status: 403,
    code: "RequestTimeTooSkewed",
    message: "The difference between the request time and the current time is too large.",
    elements: { RequestTime: "20261121T110000Z", ServerTime: later, MaxAllowedSkewMilliseconds: "900000" },
  },
  {
    ask: { ...get("/bucket", { date: "Sat, 21 Nov 2026 11:00:00 GMT" }), scheme: "v2" },
    status: 403,
    code: "RequestTimeTooSkewed",
    message: "The difference between the request time and the current time is too large.",
    elements: { RequestTime: "Sat, 21 Nov 2026 11:00:00 GMT", ServerTime: later, MaxAllowedSkewMilliseconds: "900000" },
  },
  {
    ask: presigned("20261121T110000Z", "60"),
    status: 403,
    code: "AccessDenied",
    message: "Request has expired",
    elements: { "X-Amz-Expires": "60", Expires: "2026-11-21T11:01:00Z", ServerTime: later },
  },
  {
    ask: presigned("20261121T130000Z", "60"),
    status: 403,
    code: "AccessDenied",
    message: "Request is not yet valid",
    elements: { "X-Amz-Date": String(Date.UTC(2026, 10, 21, 13)), Expires: "2026-11-21T13:01:00Z", ServerTime: later },
  },
  {
    ask: unsigned("AWSAccessKeyId=mainkey&Expires=1&Signature=AA"),
    status: 403,
    code: "AccessDenied",
    message: "Request has expired",
    elements: { Expires: "1970-01-01T00:00:01Z", ServerTime: later },
  },
  {
    ask: unsigned("X-Amz-Algorithm=AWS4-HMAC-SHA256"),
    status: 400,
    code: "AuthorizationQueryParametersError",
    message: /^Query-string authentication version 4 requires/,
  },
  {
    ask: { ...get("/bucket"), tamper: ({ headers }) => void (headers.authorization = headers.authorization?.replace("us-east-1/s3/", "us-east-1/ec2/") ?? "") },
    status: 400,
    code: "AuthorizationHeaderMalformed",
    message: /incorrect service "ec2"\. This endpoint belongs to "s3"\./,
  },
  {
    ask: { ...get("/bucket"), as: null, headers: { authorization: "Basic YTpi" } },
    status: 400,
    code: "InvalidArgument",
    message: "Unsupported Authorization Type",
    elements: { ArgumentName: "Authorization", ArgumentValue: "Basic" },
  },
  {
    ask: put("/bucket/key", { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }, "1\r\nx\r\n0\r\n\r\n"),
    status: 411,
    code: "MissingContentLength",
    message: "You must provide the X-Amz-Decoded-Content-Length HTTP header.",
  },
  {
    ask: get("/bucket/key", { "x-amz-server-side-encryption-customer-algorithm": "AES128" }),
    status: 400,
    code: "InvalidEncryptionAlgorithmError",
    message: "The encryption request you specified is not valid. The valid value is AES256.",
    elements: { ArgumentName: "x-amz-server-side-encryption-customer-algorithm", ArgumentValue: "AES128" },
  },
  {
    ask: { method: "POST", target: "/bucket", headers: { "content-type": "text/plain" }, body: "x" },
    status: 412,
    code: "PreconditionFailed",
    message: notOne,
    elements: { Condition: "Bucket POST must be of the enclosure-type multipart/form-data" },
  },
];

describe("Error documents about signatures", () => {
  for (const row of rows) it(nameOf(row), () => judge(world, row));

  it("SignatureDoesNotMatch shows what was signed, in text and in bytes", async () => {
    const answer = await world.ask({ method: "GET", target: "/bucket?list-type=2", as: { ...main, secret: "wrong" } });
    const said = new Map(contents(answer));
    assert.deepEqual(
      [...said.keys()],
      ["Code", "Message", "AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes", "CanonicalRequest", "CanonicalRequestBytes"],
    );
    const bytes = (text = "") => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    assert.equal(said.get("StringToSignBytes"), bytes(said.get("StringToSign")));
    assert.equal(said.get("CanonicalRequestBytes"), bytes(said.get("CanonicalRequest")));
    assert.ok(said.get("StringToSign")?.startsWith(`AWS4-HMAC-SHA256\n${now}\n20261121/us-east-1/s3/aws4_request\n`));
    assert.ok(said.get("CanonicalRequest")?.startsWith("GET\n/bucket\nlist-type=2\n"));
    assert.match(said.get("SignatureProvided") ?? "", /^[0-9a-f]{64}$/);
  });
});
