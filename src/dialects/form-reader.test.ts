import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ByteSource } from "../core/ports.ts";
import { FormFailure } from "./form-failure.ts";
import { boundaryOf, partHeaders } from "./form-headers.ts";
import { formLimits, readForm } from "./form-reader.ts";
import { sourceOf } from "./signing-testing.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in forms
const variable = "${filename}";

const boundary = "--x-Boundary";
const type = `multipart/form-data; boundary=${boundary}`;
const part = (disposition: string, body: string, more = ""): string => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${body}\r\n`;
const last = `--${boundary}--\r\n`;

async function all(source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
async function parsed(body: string | Buffer, pieceBytes?: number) {
  const bytes = Buffer.from(body);
  const form = await readForm(sourceOf(bytes, pieceBytes ?? bytes.length), type);
  const fields = [...form.fields].map(([name, field]) => [name, field.name, field.value]);
  return { fields, name: form.file.name, contentType: form.file.contentType, file: (await all(form.file.source)).toString("latin1") };
}
const refused = (kind: string) => (error: unknown) => error instanceof FormFailure && error.kind === kind;

// Every beginning of the delimiter stands in the file, and line ends at both ends of it.
const tricky = `\r\n${Array.from({ length: boundary.length + 4 }, (_, i) => `\r\n--${boundary}`.slice(0, i)).join("")}\r\n\r`;
const whole =
  part('name="Key"', `a/${variable}`) +
  part('name="x-amz-meta-é"', "é\r\n two lines") +
  part('name="file"; filename="C:\\dir\\n.txt"', tricky, "Content-Type: text/plain\r\n") +
  last;

describe("a form is read", () => {
  const expected = {
    fields: [
      ["key", "Key", `a/${variable}`],
      ["x-amz-meta-é", "x-amz-meta-é", "é\r\n two lines"],
    ],
    name: "n.txt",
    contentType: "text/plain",
    file: tricky,
  };

  it("cut at every position", async () => {
    const bytes = Buffer.from(whole);
    for (let at = 0; at <= bytes.length; at++) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      const form = await readForm({ read: async () => pieces.shift(), close() {} }, type);
      assert.equal((await all(form.file.source)).toString("latin1"), tricky, `cut at ${at}`);
      assert.equal(form.fields.get("key")?.value, `a/${variable}`);
    }
  });

  it("in pieces of every small size, from memory that is used again", async () => {
    for (let size = 1; size <= 80; size++) assert.deepEqual(await parsed(whole, size), expected, `pieces of ${size}`);
  });

  it("with a preamble, blanks after a boundary, and fields after the file that nobody looks at", async () => {
    const body = `a preamble\r\n--${boundary} \t\r\nContent-Disposition: form-data; name=file\r\n\r\nbytes\r\n${part('name="key"', "late")}${last}epilogue`;
    for (let size = 1; size <= 40; size++) assert.deepEqual(await parsed(body, size), { fields: [], name: "", contentType: undefined, file: "bytes" }, `pieces of ${size}`);
  });

  it("with an empty file, with a line end of its own or without", async () => {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="FILE"\r\n\r\n`;
    for (const body of [`${head}\r\n${last}`, `${head}${last}`]) for (let size = 1; size <= 60; size++) assert.equal((await parsed(body, size)).file, "");
  });

  it("with an empty field, with a line end of its own or without", async () => {
    for (const gap of ["\r\n", ""]) {
      const body = `--${boundary}\r\nContent-Disposition: form-data; name=a\r\n\r\n${gap}${part("name=file", "x")}${last}`;
      for (let size = 1; size <= 60; size++) assert.deepEqual((await parsed(body, size)).fields, [["a", "a", ""]]);
    }
  });

  it("and reads nothing past the fields before the file is asked for", async () => {
    const head = Buffer.from(part('name="key"', "k") + `--${boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\n`);
    let reads = 0;
    const form = await readForm({ read: async () => (reads++ === 0 ? head : assert.fail("read on")), close() {} }, type);
    assert.equal(form.fields.get("key")?.value, "k");
    assert.equal(reads, 1);
  });
});

describe("a form is refused", () => {
  const file = part('name="file"', "bytes") + last;
  const field = (name: string, value: string): string => part(`name="${name}"`, value);
  const cases: [what: string, body: string | Buffer, kind: string][] = [
    ["without a file", field("key", "k") + last, "fileMissing"],
    ["without anything", last, "fileMissing"],
    ["empty", "", "malformed"],
    ["broken off in a field", field("key", "k").slice(0, -4), "malformed"],
    ["broken off in the file", part('name="file"', "bytes"), "malformed"],
    ["broken off in the last boundary", file.slice(0, -3), "malformed"],
    ["with a boundary that goes on", part('name="file"', "bytes") + `--${boundary}x`, "malformed"],
    ["with a part without a name", `--${boundary}\r\nContent-Type: text/plain\r\n\r\nx\r\n${file}`, "malformed"],
    ["with a part without a header", `--${boundary}\r\n\r\nx\r\n${file}`, "malformed"],
    [
      "with a field that is not UTF-8",
      Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name=a\r\n\r\n`), Buffer.from([0xff]), Buffer.from(`\r\n${file}`)]),
      "malformed",
    ],
    ["with two fields of one name", field("key", "a") + field("KEY", "b") + file, "fieldRepeated"],
    ["with too many fields", Array.from({ length: formLimits.fieldsMax + 1 }, (_, i) => field(`f${i}`, "")).join("") + file, "tooManyFields"],
    ["with fields that are too long", field("key", "k".repeat(formLimits.headBytesMax)) + file, "fieldsTooLong"],
    ["with a preamble that is too long", "p".repeat(formLimits.headBytesMax + 10) + "\r\n" + file, "fieldsTooLong"],
    ["with a header that is too long", part(`name="file"; filename="${"n".repeat(formLimits.partHeaderBytesMax)}"`, "x") + last, "malformed"],
    ["with too much after the file", file + "e".repeat(formLimits.tailBytesMax + 1), "malformed"],
  ];
  for (const [what, body, kind] of cases) it(what, async () => assert.rejects(parsed(body), refused(kind)));

  it("by what its length would be, before it is all there", async () => {
    let size = 0;
    const endless: ByteSource = {
      read: async () => {
        size += 1000;
        return Buffer.alloc(1000, "p");
      },
      close() {},
    };
    await assert.rejects(readForm(endless, type), refused("fieldsTooLong"));
    assert.ok(size < formLimits.headBytesMax + 2000, `${size}`);
  });

  it("at the limit it is not", async () => {
    const overhead = field("key", "").length + part('name="file"', "").length - 2;
    const most = "k".repeat(formLimits.headBytesMax - overhead);
    assert.equal((await parsed(field("key", most) + file)).fields[0]?.[2], most);
    await assert.rejects(parsed(field("key", `${most}k`) + file), refused("fieldsTooLong"));
    const fields = Array.from({ length: formLimits.fieldsMax }, (_, i) => field(`f${i}`, "")).join("");
    assert.equal((await parsed(fields + file)).fields.length, formLimits.fieldsMax);
  });

  it("when it is no form", async () => {
    for (const contentType of [undefined, "text/plain", "multipart/form-data", "multipart/mixed; boundary=x", `multipart/form-data; boundary=${"b".repeat(71)}`]) {
      await assert.rejects(readForm(sourceOf(Buffer.from(whole)), contentType), refused("notForm"));
    }
  });
});

describe("form headers", () => {
  it("boundaries, bare and quoted", () => {
    assert.equal(boundaryOf("Multipart/Form-Data; charset=utf-8; Boundary=abc"), "abc");
    assert.equal(boundaryOf('multipart/form-data; boundary="a; b"'), "a; b");
    assert.equal(boundaryOf(`multipart/form-data;boundary=${"b".repeat(70)}`), "b".repeat(70));
  });
  it("names as clients write them", () => {
    assert.deepEqual(partHeaders('content-disposition: form-data; name="a\\"b"; filename="x\\\\y.txt"\r\ncontent-type: a/b'), {
      name: 'a"b',
      filename: "y.txt",
      contentType: "a/b",
    });
    assert.deepEqual(partHeaders("Content-Disposition: form-data; name=file; filename*=utf-8''na%C3%AFve.txt"), { name: "file", filename: "naïve.txt" });
    assert.deepEqual(partHeaders('Content-Disposition: form-data; filename="/a/b.txt"; name="file"'), { name: "file", filename: "b.txt" });
    assert.equal(partHeaders("Content-Disposition: attachment; name=a"), undefined);
    assert.equal(partHeaders('Content-Disposition: form-data; name="file"; filename="C:\\dir\\n.txt"')?.filename, "n.txt");
  });
  it("in a time that grows with their length, whatever they hold", () => {
    const started = performance.now();
    for (const piece of ["\\", '\\"', "; a", "; =", ' ;"', "; a= "]) {
      partHeaders(`Content-Disposition: form-data; name="${piece.repeat(4000)}`);
      boundaryOf(`multipart/form-data; boundary="${piece.repeat(4000)}`);
    }
    assert.ok(performance.now() - started < 2000);
  });
});
