import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeXml, xmlDocument, xmlElement, xmlText } from "./xml.ts";
import { parseXml, XmlError, xmlAttribute, xmlChild, xmlChildren, xmlChildText } from "./xml-reader.ts";

const limits = { bytesMax: 100_000, elementsMax: 100 };
const refused = (text: string | Uint8Array, use = limits): void => assert.throws(() => parseXml(text, use), XmlError, String(text).slice(0, 80));

test("a document is written with its declaration, namespace and escapes", () => {
  assert.equal(
    xmlDocument("R", xmlText("A", `<&>"'`) + xmlText("N", 5) + xmlText("U", undefined) + xmlElement("E", ""), { xmlns: "http://x/" }),
    `<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="http://x/"><A>&lt;&amp;&gt;&quot;'</A><N>5</N><E></E></R>`,
  );
});

test("what XML forbids is a reference, or U+FFFD when asked", () => {
  assert.equal(escapeXml("a\u0001\u001f\r\n\t\ufffe\ud800"), "a&#x1;&#x1f;&#13;\n\t&#xfffe;\ufffd");
  assert.equal(escapeXml("a\u0001&\r", "replace"), "a\ufffd&amp;&#13;");
  assert.equal(escapeXml("😀"), "😀");
});

/** Any code points, the low ones oftener; fast-check's own "binary" unit takes seconds to start. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff })), { maxLength: 40 })
  .map((points) => String.fromCodePoint(...points).toWellFormed());

test("any well-formed text survives writing and reading", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.equal(xmlChildText(parseXml(xmlDocument("R", xmlText("K", text)), limits), "K"), text);
    }),
    { numRuns: 500, seed: 7 },
  );
});

test("a delete list is read: prefixes dropped, control characters kept, blanks kept", () => {
  const root = parseXml(
    `\ufeff<?xml version='1.0' encoding='utf-8'?>\n<!-- x --><s3:Delete xmlns:s3="u"><Quiet>true</Quiet><Object><Key>&#1; a&#x42;&amp;\u0002</Key></Object><Object ><Key><![CDATA[<&>]]></Key></Object><Empty/></s3:Delete>\n`,
    limits,
  );
  assert.equal(root.name, "Delete");
  assert.equal(xmlChildText(root, "Quiet"), "true");
  assert.deepEqual(
    xmlChildren(root, "Object").map((node) => xmlChildText(node, "Key")),
    ["\u0001 aB&\u0002", "<&>"],
  );
  assert.deepEqual(xmlChild(root, "Empty"), { name: "Empty", text: "", children: [] });
});

test("attributes are read without their prefix; namespaces are not attributes", () => {
  const root = parseXml(`<G xmlns:xsi="u" xsi:type="CanonicalUser" a='&quot;1'/>`, limits);
  assert.equal(xmlAttribute(root, "type"), "CanonicalUser");
  assert.equal(xmlAttribute(root, "a"), '"1');
  assert.equal(root.attributes?.length, 2);
});

test("names such as __proto__ are names", () => {
  const root = parseXml("<a><__proto__><x>1</x></__proto__><constructor/></a>", limits);
  assert.deepEqual(
    root.children.map((node) => node.name),
    ["__proto__", "constructor"],
  );
  assert.equal(({} as { x?: unknown }).x, undefined);
});

test("line ends become one LF, references to CR stay", () => {
  assert.equal(parseXml("<a>1\r\n2\r3&#13;</a>", limits).text, "1\n2\n3\r");
});

test("what is not well-formed or not allowed is refused", () => {
  for (const text of [
    "",
    "  ",
    "text",
    "<a>",
    "<a></b>",
    "<a></a><b/>",
    "<a/>x",
    "x<a/>",
    "<a",
    "<a b></a>",
    "<a b=1></a>",
    `<a b="1" b="2"/>`,
    `<a b="<"/>`,
    `<a b="1"c="2"/>`,
    "<a/ >",
    "<a>&nbsp;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>",
    "<a>&#;</a>",
    "<a>a & b</a>",
    "<1a/>",
    "< a/>",
    "<a><!-- </a>",
    "<a><![CDATA[ </a>",
    "<![CDATA[x]]><a/>",
    "<?xml version='1.0' encoding='utf-16'?><a/>",
    "<?xml version='1.0'",
    "<a><?php x?></a>",
    "<?xml-stylesheet href='x'?><a/>",
    "<!DOCTYPE a><a/>",
    `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`,
    `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`,
  ])
    refused(text);
  refused(Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0x80, 0x3c, 0x2f, 0x61, 0x3e]));
});

test("bytes, elements and depth are bounded", () => {
  refused(`<a>${"x".repeat(100)}</a>`, { bytesMax: 50, elementsMax: 10 });
  refused(`<a>${"<b/>".repeat(10)}</a>`, { bytesMax: 1000, elementsMax: 10 });
  parseXml(`<a>${"<b/>".repeat(9)}</a>`, { bytesMax: 1000, elementsMax: 10 });
  parseXml("<a>".repeat(32) + "</a>".repeat(32), limits);
  refused("<a>".repeat(33) + "</a>".repeat(33));
});

test("a hostile document takes no longer than its length deserves", () => {
  const started = performance.now();
  for (const text of ["<".repeat(90_000), "&".repeat(90_000), `<a ${"b ".repeat(40_000)}`, `<a>${"&#".repeat(40_000)}</a>`, `<?xml ${" encoding".repeat(10_000)}?><a/`])
    refused(text);
  assert.ok(performance.now() - started < 2_000);
});
