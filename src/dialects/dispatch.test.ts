import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseQuery } from "../lib/uri.ts";
import { chooseDialect, type DialectName, dialectOfForm } from "./dispatch.ts";
import type { WireRequest } from "./wire.ts";

const settings = { domains: ["store.example.com"], hcpDomain: "hcp.example.com", defaultDialect: "s3" as const };
const ossOnly = new Set(["bucketInfo", "symlink"]);
const request = (headers: Record<string, string>, query = "", host = "127.0.0.1"): WireRequest =>
  ({ headers, query: parseQuery(query) ?? [], host, hostHeader: host, method: "GET", rawPath: "/", rawQuery: query }) as unknown as WireRequest;
const tenant = "europe.hcp.example.com";
const cloud = "bucket.oss-cn-hangzhou.aliyuncs.com";

const cases: [what: string, request: WireRequest, dialect: DialectName][] = [
  ["OSS V1", request({ authorization: "OSS a:b" }), "oss"],
  ["OSS V2", request({ authorization: "OSS2 AccessKeyId:a,Signature:b" }), "oss"],
  ["OSS V4", request({ authorization: "OSS4-HMAC-SHA256 Credential=x" }), "oss"],
  ["a visitor of a website", request({}, "", "site.website.localhost"), "website"],
  ["a website under a virtual-host suffix", request({}, "x-oss-acl=1", "a.b.s3-website.store.example.com"), "website"],
  ["a website's host, whatever is signed", request({ authorization: "OSS a:b" }, "", "site.website.localhost"), "website"],
  ["the suffix of websites alone", request({}, "", "website.localhost"), "s3"],
  ["SigV2", request({ authorization: "AWS a:b" }), "s3"],
  ["SigV4", request({ authorization: "AWS4-HMAC-SHA256 Credential=x" }), "s3"],
  ["SigV4 on a tenant's host", request({ authorization: "AWS4-HMAC-SHA256 Credential=x" }, "", tenant), "hcp"],
  ["SigV4 on a cloud host of OSS", request({ authorization: "AWS4-HMAC-SHA256 Credential=x" }, "", cloud), "s3"],
  ["HCP", request({ authorization: "HCP a:b" }), "hcp"],
  ["presigned SigV4", request({}, "X-Amz-Signature=1"), "s3"],
  ["presigned SigV4 on a tenant's host", request({}, "X-Amz-Signature=1", tenant), "hcp"],
  ["presigned SigV2", request({}, "AWSAccessKeyId=1&Signature=2&Expires=3"), "s3"],
  ["presigned OSS V1", request({}, "OSSAccessKeyId=1&Signature=2&Expires=3"), "oss"],
  ["presigned OSS V4", request({}, "x-oss-signature=1&x-oss-credential=2"), "oss"],
  ["signed for OSS with another's header", request({ authorization: "OSS a:b", "x-amz-acl": "private" }), "oss"],
  ["signed for S3 with another's header", request({ authorization: "AWS a:b", "x-oss-acl": "private" }), "s3"],
  ["signed for S3 in the header and for OSS in the query", request({ authorization: "AWS a:b" }, "OSSAccessKeyId=1"), "s3"],
  ["anonymous with OSS's header", request({ "x-oss-process": "x" }), "oss"],
  ["anonymous with OSS's parameter", request({}, "x-oss-process=x"), "oss"],
  ["anonymous with OSS's sub-resource", request({}, "symlink"), "oss"],
  ["anonymous with S3's header", request({ "x-amz-acl": "x" }, "", cloud), "s3"],
  ["anonymous with S3's header on a tenant's host", request({ "x-amz-acl": "x" }, "", tenant), "hcp"],
  ["anonymous on a tenant's host", request({}, "", tenant), "hcp"],
  ["anonymous on a cloud host of OSS", request({}, "", cloud), "oss"],
  ["anonymous", request({}), "s3"],
  ["something else in Authorization", request({ authorization: "Basic abc" }), "s3"],
];

describe("dialectOfForm", () => {
  const form = (names: string[], host = "127.0.0.1", more: Record<string, string> = {}, rawPath = "/bucket"): WireRequest => {
    const body = Buffer.from([...names, "file", "OSSAccessKeyId"].map((name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nv\r\n`).join("") + "--b--");
    const chunks = [body];
    const headers = { "content-type": "multipart/form-data; boundary=b", ...more };
    return { ...request(headers, "", host), method: "POST", rawPath, body: { read: async () => chunks.shift(), close() {} } };
  };
  const of = async (asked: WireRequest) => (await dialectOfForm(asked, settings)) ?? "as without a form";
  it("is told by the fields before the file", async () => {
    assert.equal(await of(form(["key", "OSSAccessKeyId"])), "oss");
    assert.equal(await of(form(["key", "X-OSS-Signature-Version"])), "oss");
    assert.equal(await of(form(["key", "x-oss-object-acl"])), "oss");
    assert.equal(await of(form(["key", "AWSAccessKeyId"], cloud, {}, "/")), "s3");
    assert.equal(await of(form(["key", "X-Amz-Credential"])), "s3");
    assert.equal(await of(form(["key", "AWSAccessKeyId"], tenant)), "hcp");
    assert.equal(await of(form(["key", "acl"])), "as without a form");
  });
  it("reads no body where something else speaks, or the form is no upload", async () => {
    for (const asked of [
      form(["OSSAccessKeyId"], "127.0.0.1", { authorization: "AWS a:b" }),
      form(["OSSAccessKeyId"], "127.0.0.1", {}, "/bucket/key"),
      { ...form(["OSSAccessKeyId"]), query: parseQuery("append") ?? [] },
    ]) {
      assert.equal(await of(asked), "as without a form");
      assert.notEqual(await asked.body.read(), undefined);
    }
  });
});

describe("chooseDialect", () => {
  for (const [what, asked, dialect] of cases) it(`${what}: ${dialect}`, () => assert.equal(chooseDialect(asked, settings, ossOnly), dialect));
  it("anonymous, where the listener's default is OSS", () => assert.equal(chooseDialect(request({}), { ...settings, defaultDialect: "oss" }, ossOnly), "oss"));
});
