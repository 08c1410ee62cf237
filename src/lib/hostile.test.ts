/** The corpora of test/support/hostile.ts, through the two readers themselves; the dialects' turn is in test/conformance and test/crosstalk. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isPolluted, readJson, readXml, refusedJson, refusedXml } from "../../test/support/hostile.ts";
import { JsonError, parseStrictJson } from "./strict-json.ts";
import { parseXml, XmlError, xmlChildText } from "./xml-reader.ts";

const limits = { bytesMax: 200_000, elementsMax: 20_000 };
const sample = `<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><s:Delete xmlns:s="u" a='1'><Quiet>true</Quiet><Object><Key>a&amp;&#x42;é<![CDATA[<]]></Key></Object><E/></s:Delete>`;

describe("hostile XML", () => {
  for (const [what, document] of refusedXml) {
    it(`${what} is refused`, () => {
      assert.throws(() => parseXml(document, limits), XmlError);
    });
  }
  for (const [what, document, text] of readXml) {
    it(`${what} is read`, () => {
      assert.equal(xmlChildText(parseXml(document, limits), "k"), text);
    });
  }

  it("a document cut off at any byte is refused, and says so in one way", () => {
    const bytes = Buffer.from(sample);
    assert.equal(parseXml(bytes, limits).children.length, 3);
    for (let length = 0; length < bytes.length; length++) assert.throws(() => parseXml(bytes.subarray(0, length), limits), XmlError, `${length} bytes`);
  });

  it("a document with any one byte changed, dropped or doubled is read or refused, never anything else", () => {
    const bytes = Buffer.from(sample);
    let read = 0;
    const attempt = (changed: Uint8Array): void => {
      try {
        parseXml(changed, limits);
        read++;
      } catch (error) {
        assert.ok(error instanceof XmlError, String(error));
      }
    };
    for (let at = 0; at < bytes.length; at++) {
      for (const byte of [0, 0x09, 0x26, 0x3c, 0x3e, 0x22, 0x2f, 0x21, 0x3f, 0x5d, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        attempt(changed);
      }
      attempt(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]));
      attempt(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 1), bytes.subarray(at)]));
    }
    assert.ok(read > 100, "blanks and letters may change");
  });

  it("elements are counted and bytes are, wherever they stand", () => {
    assert.throws(() => parseXml(`<a>${"<b/>".repeat(100)}</a>`, { bytesMax: 10_000, elementsMax: 100 }), XmlError);
    assert.throws(() => parseXml(`<a>${"<!-- -->".repeat(2000)}</a>`, { bytesMax: 10_000, elementsMax: 100 }), XmlError);
  });
});

describe("hostile JSON", () => {
  it("what is no JSON, says a name twice or is too deep is refused", () => {
    for (const text of refusedJson) assert.throws(() => parseStrictJson(text, { depthMax: 64 }), JsonError, JSON.stringify(text.slice(0, 60)));
  });
  it("what is JSON is read as JSON.parse reads it, names of prototypes included", () => {
    for (const text of readJson) assert.equal(JSON.stringify(parseStrictJson(text, { depthMax: 64 })), JSON.stringify(JSON.parse(text)), text);
    assert.ok(!isPolluted());
  });
  it("a document cut off at any character is refused", () => {
    const text = '{"Statement":[{"Effect":"Allow","n":[-1.5e3,true,null],"\\u00e9\\n":"x"}]}';
    parseStrictJson(text, { depthMax: 8 });
    for (let length = 0; length < text.length; length++) assert.throws(() => parseStrictJson(text.slice(0, length), { depthMax: 8 }), JsonError);
  });
});
