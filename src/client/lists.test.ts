import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUri } from "../lib/uri.ts";
import { xmlDocument, xmlElement, xmlText } from "../lib/xml.ts";
import { WrongAnswer } from "./errors.ts";
import { type listForms, listQuery, readPage, readRefusals } from "./lists.ts";

const read = (name: keyof typeof listForms, xml: string, prefix = "") => readPage(name, Buffer.from(xml), { bucket: "b", prefix });

describe("pages of lists", () => {
  it("versions and markers of a page that goes on, with the names that its encoding says", () => {
    const version = (key: string, latest: boolean) =>
      xmlElement(
        "Version",
        xmlText("Key", key) + xmlText("VersionId", "v1") + xmlText("IsLatest", latest) + xmlText("LastModified", "2026-11-28T12:00:00.000Z") + xmlText("Size", 7),
      );
    const body =
      xmlText("Name", "b") +
      xmlText("EncodingType", "url") +
      xmlText("IsTruncated", true) +
      xmlText("NextKeyMarker", "a%2Bb+c") +
      xmlText("NextVersionIdMarker", "v+1") +
      version("a%01", true) +
      version("a%01", false) +
      xmlElement("DeleteMarker", xmlText("Key", "a%2Bb+c") + xmlText("VersionId", "v2"));
    const modifiedMs = Date.parse("2026-11-28T12:00:00Z");
    assert.deepEqual(read("versions", xmlDocument("ListVersionsResult", body, { xmlns: "http://s3.amazonaws.com/doc/2006-03-01/" })), {
      found: [
        { kind: "current", key: "a\u0001", id: "v1", bytes: 7, modifiedMs },
        { kind: "noncurrent", key: "a\u0001", id: "v1", bytes: 7, modifiedMs },
        { kind: "markers", key: "a+b c", id: "v2", bytes: 0 },
      ],
      next: { "key-marker": "a+b c", "version-id-marker": "v+1" },
    });
    assert.deepEqual(listQuery("versions", "p", { "key-marker": "k" }), { versions: "", "max-keys": "1000", "encoding-type": "url", prefix: "p", "key-marker": "k" });
  });

  it("a list of objects without a marker goes on after its last key; one that cannot go on is refused", () => {
    const contents = xmlElement("Contents", xmlText("Key", "k1")) + xmlElement("Contents", xmlText("Key", "k2"));
    const page = (body: string) => xmlDocument("ListBucketResult", xmlText("Name", "B") + xmlText("IsTruncated", true) + body);
    assert.deepEqual(read("objects", page(contents)).next, { marker: "k2" });
    assert.throws(() => read("objects", page("")), WrongAnswer);
  });

  it("what is about another bucket, or has no name, or was not asked for, is refused", () => {
    const uploads = (body: string) => xmlDocument("ListMultipartUploadsResult", body);
    const upload = (key: string, id: string) => xmlElement("Upload", xmlText("Key", key) + xmlText("UploadId", id));
    assert.deepEqual(read("uploads", uploads(xmlText("Bucket", "b") + upload("k", "u"))).found, [{ kind: "uploads", key: "k", id: "u", bytes: 0 }]);
    for (const body of [xmlText("Bucket", "other"), upload("", "u"), upload("k", ""), xmlText("EncodingType", "url") + upload("%zz", "u")]) {
      assert.throws(() => read("uploads", uploads(body)), WrongAnswer, body);
    }
    assert.throws(() => read("uploads", uploads(upload("k", "u")), "p/"), WrongAnswer);
    assert.throws(() => read("uploads", xmlDocument("ListBucketResult", "")), WrongAnswer);
    assert.throws(() => read("uploads", "<html><br></html>"), WrongAnswer);
  });

  it("any key comes through a page as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        const key = text.toWellFormed();
        const body = xmlText("EncodingType", "url") + xmlElement("Version", xmlText("Key", encodeUri(key)));
        assert.equal(read("versions", xmlDocument("ListVersionsResult", body)).found[0]?.key, key);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it("refusals of a list of deletions; an empty body is none", () => {
    assert.deepEqual(readRefusals(Buffer.alloc(0)), []);
    const error = xmlElement("Error", xmlText("Key", "a%20b") + xmlText("VersionId", "v") + xmlText("Code", "AccessDenied") + xmlText("Message", "no"));
    assert.deepEqual(readRefusals(Buffer.from(xmlDocument("DeleteResult", xmlText("EncodingType", "url") + xmlElement("Deleted", xmlText("Key", "x")) + error))), [
      { key: "a b", id: "v", code: "AccessDenied", message: "no" },
    ]);
    assert.throws(() => readRefusals(Buffer.from("<Other/>")), WrongAnswer);
  });
});
