import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Headers, vendorHeadersOf } from "./wire.ts";

const headersOf = (pairs: Record<string, string>): Headers => Object.assign(Object.create(null) as Record<string, string>, pairs);

describe("The vendors' headers of a request", () => {
  it("are found among the others", () => {
    const headers = headersOf({ host: "h", "x-amz-date": "d", "x-oss-meta-a": "1", "x-hcp-retention": "0", "x-id": "n", "x-amzn-trace-id": "t" });
    assert.deepEqual(vendorHeadersOf({ headers }), ["x-amz-date", "x-oss-meta-a", "x-hcp-retention"]);
  });

  it("are those noted while reading only as long as the headers are the same: a copy with more of them is looked through", () => {
    const headers = headersOf({ host: "h", "x-amz-date": "d" });
    const request = { headers, vendorHeaders: { of: headers, names: ["x-amz-date"] } };
    assert.equal(vendorHeadersOf(request), request.vendorHeaders.names);
    const copy = { ...request, headers: headersOf({ ...headers, "x-amz-acl": "private" }) };
    assert.deepEqual(vendorHeadersOf(copy), ["x-amz-date", "x-amz-acl"]);
  });
});
