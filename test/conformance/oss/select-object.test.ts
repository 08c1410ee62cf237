import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { crc32, gzipSync } from "node:zlib";
import { queryLimits } from "../../../src/core/query/limits.ts";
import { type Answer, type Ask, openWorld, other, user, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/tables/" });
});
after(() => world.close());

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const process = (kind: string, body: string, path: string, more: Partial<Ask> = {}): Promise<Answer> =>
  world.ask({ method: "POST", path, query: { "x-oss-process": kind }, body, ...more });
type Parts = { input?: string; format?: string; output?: string; options?: string; headers?: Record<string, string> } & Partial<Ask>;
const select = (sql: string, path: string, { input = "", format = "csv", output = "", options = "", ...more }: Parts = {}): Promise<Answer> =>
  process(
    `${format}/select`,
    `<SelectRequest><Expression>${base64(sql)}</Expression><InputSerialization>${input}</InputSerialization><OutputSerialization>${output}</OutputSerialization><Options>${options}</Options></SelectRequest>`,
    path,
    more,
  );
const put = (path: string, body: string | Uint8Array): Promise<Answer> => world.ask({ method: "PUT", path, body });

type Frame = { type: number; payload: Buffer };
function framesOf(body: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < body.length; ) {
    assert.equal(body[at], 1, "version");
    const length = body.readUInt32BE(at + 4);
    assert.equal(body.readUInt32BE(at + 8), crc32(body.subarray(at, at + 8)));
    const payload = body.subarray(at + 12, at + 12 + length);
    assert.equal(body.readUInt32BE(at + 12 + length), crc32(payload));
    frames.push({ type: body.readUIntBE(at + 1, 3), payload });
    at += 16 + length;
  }
  return frames;
}
/** The data of all frames, and what the last one says. */
function read({ body }: Answer) {
  const frames = framesOf(body);
  const end = frames.at(-1) as Frame;
  assert.equal(end.type, 8388613);
  assert.ok(frames.slice(0, -1).every(({ type }) => type === 8388609));
  const text = Buffer.concat(frames.slice(0, -1).map(({ payload }) => payload.subarray(8))).toString("utf8");
  const { payload } = end;
  return { text, offset: Number(payload.readBigUInt64BE(0)), scanned: Number(payload.readBigUInt64BE(8)), status: payload.readUInt32BE(16), message: payload.toString("utf8", 20) };
}
const meta = async (kind: "csv" | "json", path: string, content: string) => {
  const answer = await process(`${kind}/meta`, `<${kind === "csv" ? "Csv" : "Json"}MetaRequest>${content}</${kind === "csv" ? "Csv" : "Json"}MetaRequest>`, path);
  if (answer.status !== 200) return answer.code;
  const [end] = framesOf(answer.body);
  const { payload, type } = end as Frame;
  const csv = type === 8388614 ? [payload.readUInt32BE(32)] : [];
  return [Number(payload.readBigUInt64BE(8)), payload.readUInt32BE(16), payload.readUInt32BE(20), Number(payload.readBigUInt64BE(24)), ...csv];
};

test("a CSV object is selected from in frames, or raw; every scheme signs it", async () => {
  const data = "name,age\nann,30\nbob,20\n";
  await put("/tables/people.csv", data);
  const use = { input: "<CSV><FileHeaderInfo>Use</FileHeaderInfo></CSV>" };
  for (const scheme of ["v1", "v4"] as const) {
    const answer = await select("select name from ossobject where age > 25", "/tables/people.csv", { ...use, scheme });
    assert.deepEqual([answer.status, answer.operation, answer.headers.get("x-oss-select-output-raw")], [206, "SelectObject", "false"]);
    assert.deepEqual(read(answer), { text: "ann\n", offset: data.length, scanned: data.length, status: 206, message: "" });
  }
  const raw = await select("select name from ossobject", "/tables/people.csv", { ...use, output: "<OutputRawData>true</OutputRawData><OutputHeader>true</OutputHeader>" });
  assert.deepEqual([raw.status, raw.text, raw.headers.get("x-oss-select-output-raw")], [206, "name\nann\nbob\n", "true"]);
  const kept = await select("select age from ossobject", "/tables/people.csv", { ...use, output: "<KeepAllColumns>True</KeepAllColumns><OutputHeader>true</OutputHeader>" });
  assert.equal(read(kept).text, "name,age\n,30\n,20\n");
});

test("signs of the input and the output, quotes where they are needed, comments, gzip", async () => {
  const signs = (name: string, values: Record<string, string>): string =>
    `<${name}>${Object.entries(values).map(([key, value]) => `<${key}>${base64(value)}</${key}>`)}</${name}>`.replaceAll(">,<", "><");
  await put("/tables/signs", "a;'b;c'|!left out|d;e|");
  const input = signs("CSV", { RecordDelimiter: "|", FieldDelimiter: ";", QuoteCharacter: "'", CommentCharacter: "!" });
  const output = signs("CSV", { RecordDelimiter: "\r\n", FieldDelimiter: "c" });
  assert.equal(read(await select("select * from ossobject", "/tables/signs", { input, output })).text, "ac'b;c'\r\ndce\r\n");
  assert.equal(
    read(await select("select _2 from ossobject limit 1", "/tables/signs", { input, output: signs("CSV", { FieldDelimiter: ";", QuoteCharacter: "~" }) })).text,
    "~b;c~\n",
  );
  await put("/tables/packed", gzipSync("a,b\n".repeat(100_000)));
  const packed = read(await select("select count(*) from ossobject where _2 = 'b'", "/tables/packed", { input: "<CompressionType>gzip</CompressionType>" }));
  assert.equal(packed.text, "100000\n");
  assert.equal((await select("select * from ossobject", "/tables/signs", { input: "<CompressionType>GZIP</CompressionType>" })).code, "DecompressFailure");
});

test("JSON: documents and lines, in JSON lines", async () => {
  await put("/tables/doc", JSON.stringify({ a: [{ x: 1, y: "é" }, { x: 2.5 }] }, undefined, 2));
  const type = (name: string): Parts => ({ format: "json", input: `<JSON><Type>${name}</Type></JSON>` });
  assert.equal(read(await select("select x, y from ossobject.a[*]", "/tables/doc", type("DOCUMENT"))).text, '{"x":1,"y":"é"}\n{"x":2.5}\n');
  await put("/tables/lines", '{"x":1}\n{"x":2}\n');
  const comma = { ...type("LINES"), output: `<JSON><RecordDelimiter>${base64(",")}</RecordDelimiter></JSON>` };
  assert.equal(read(await select("select * from ossobject where x = 2", "/tables/lines", comma)).text, '{"x":2},');
  assert.equal((await select("select * from ossobject", "/tables/doc", type("OTHER"))).code, "MalformedXML");
  await put("/tables/bad", "{");
  const bad = await select("select * from ossobject", "/tables/bad", type("DOCUMENT"));
  assert.deepEqual([bad.status, bad.code], [400, "InvalidJsonData"], "known before the answer begins");
});

test("what goes wrong later stands in the last frame, behind what was found", async () => {
  await put("/tables/late", `${"a,1\n".repeat(40_000)}b,x\n`);
  const late = await select("select _1 from ossobject where _2 > 0", "/tables/late");
  assert.equal(late.status, 206);
  const { text, status, message } = read(late);
  assert.deepEqual([text.length, status, message.split(".")[0]], [80_000, 400, "InvalidCsvLine"]);
  const skipping = read(await select("select count(*) from ossobject where _2 > 0", "/tables/late", { options: "<MaxSkippedRecordsAllowed>3</MaxSkippedRecordsAllowed>" }));
  assert.deepEqual([skipping.text, skipping.status, skipping.message], ["40000\n", 206, "InvalidCsvLine.1 records were skipped: 40000"]);
  const raw = select("select _1 from ossobject where _2 > 0", "/tables/late", { output: "<OutputRawData>true</OutputRawData>" });
  await assert.rejects(raw, "a raw answer has no other way to say it than to end badly");
});

test("requests that are wrong have the vendor's codes", async () => {
  await put("/tables/t", "a,b\n");
  const codeOf = async (sql: string, parts: Parts = {}): Promise<string | undefined> => (await select(sql, "/tables/t", parts)).code;
  const csv = (name: string, value: string): Parts => ({ input: `<CSV><${name}>${value}</${name}></CSV>` });
  const star = "select * from ossobject";
  const cases: [code: string, sql: string, parts?: Parts][] = [
    ["InvalidSqlParameter", ""],
    ["InvalidSqlParameter", `${star}${" ".repeat(queryLimits.statementBytesMax)}`],
    ["SqlSyntaxError", "select * from ossobject order by _1"],
    ["SqlInvalidColumnName", "select a from ossobject"],
    ["InvalidInputRecordDelimiter", star, csv("RecordDelimiter", base64("abc"))],
    ["InvalidInputFieldDelimiter", star, csv("FieldDelimiter", base64("ab"))],
    ["InvalidInputFieldDelimiter", star, csv("FieldDelimiter", "%")],
    ["InvalidInputQuote", star, csv("QuoteCharacter", base64("ab"))],
    ["InvalidCommentCharacter", star, csv("CommentCharacter", base64("ab"))],
    ["InvalidOutputRecordDelimiter", star, { output: `<CSV><RecordDelimiter>${base64("abc")}</RecordDelimiter></CSV>` }],
    ["InvalidOutputFieldDelimiter", star, { output: `<CSV><FieldDelimiter>${base64("ab")}</FieldDelimiter></CSV>` }],
    ["UnsupportedCompressionFormat", star, { input: "<CompressionType>bzip2</CompressionType>" }],
    ["InvalidMaxSkippedRecordsAllowed", star, { options: "<MaxSkippedRecordsAllowed>-1</MaxSkippedRecordsAllowed>" }],
    ["InvalidOSSSelectParameters", star, { output: "<EnablePayloadCrc>true</EnablePayloadCrc><OutputRawData>true</OutputRawData>" }],
    ["MalformedXML", star, csv("FileHeaderInfo", "Maybe")],
    ["MalformedXML", star, csv("AllowQuotedRecordDelimiter", "maybe")],
    ["InvalidRange", star, csv("Range", "line-range=5-1")],
    ["InvalidRange", star, csv("Range", "rows=1-2")],
    ["SelectCsvMetaUnavailable", star, csv("Range", "line-range=0-1")],
    ["InvalidRange", star, { headers: { range: "bytes=0-1" } }],
    ["InvalidRange", star, { ...csv("Range", "line-range=0-1"), headers: { range: "bytes=0-1" } }],
  ];
  for (const [code, sql, parts] of cases) assert.equal(await codeOf(sql, parts), code, sql + JSON.stringify(parts));
  assert.equal((await process("csv/select", `<SelectRequest><Expression>!</Expression></SelectRequest>`, "/tables/t")).code, "InvalidSqlParameter");
  assert.match((await select(star, "/tables/t", csv("Range", "line-range=0-1"))).text, /<EC>0016-00000820</);
  assert.equal((await select(star, "/tables/none")).code, "NoSuchKey");
  assert.equal((await select(star, "/tables/t", { as: other })).code, "AccessDenied");
  assert.equal((await process("image/resize", "x", "/tables/t")).status, 501, "other processing is refused by name");
});

test("records are counted once, and ranges of them selected", async () => {
  const rows = Array.from({ length: 40_000 }, (_, row) => `${row},"${"x".repeat(200 + (row % 37))}\n${row}"\n`);
  const data = rows.join("");
  await put("/tables/big", data);
  const size = Buffer.byteLength(data);
  const splits = Math.ceil(size / queryLimits.splitBytesMin);
  assert.ok(splits > 1);
  assert.deepEqual(await meta("csv", "/tables/big", ""), [size, 200, splits, rows.length, 2]);
  assert.deepEqual(await meta("csv", "/tables/big", ""), [0, 200, splits, rows.length, 2], "known by now");
  assert.deepEqual(await meta("csv", "/tables/big", "<OverwriteIfExists>true</OverwriteIfExists>"), [size, 200, splits, rows.length, 2]);
  const range = async (text: string, sql = "select _1 from ossobject") => read(await select(sql, "/tables/big", { input: `<CSV><Range>${text}</Range></CSV>` }));
  for (const first of [0, 20_000, 39_998]) {
    const { text, scanned } = await range(`line-range=${first}-${first + 1}`);
    assert.equal(text, `${first}\n${first + 1}\n`);
    assert.ok(scanned < size / splits + queryLimits.splitBytesMin + queryLimits.sliceBytes * 2, "reading begins at a split");
  }
  assert.equal((await range("line-range=-2")).text, "39998\n39999\n");
  const counts = [];
  for (let split = 0; split < splits; split++) counts.push(Number((await range(`split-range=${split}-${split}`, "select count(*) from ossobject")).text));
  assert.equal(
    counts.reduce((a, b) => a + b, 0),
    rows.length,
  );
  assert.equal(
    (await select("select _1 from ossobject", "/tables/big", { input: `<CSV><Range>line-range=0-1</Range><FieldDelimiter>${base64(";")}</FieldDelimiter></CSV>` })).code,
    "SelectCsvMetaUnavailable",
  );
  assert.equal((await select("select _1 from ossobject", "/tables/big", { input: "<CSV><Range>line-range=40000-</Range></CSV>" })).code, "InvalidRange");
  const named = await select('select "0" from ossobject', "/tables/big", { input: "<CSV><FileHeaderInfo>Use</FileHeaderInfo><Range>line-range=30000-30000</Range></CSV>" });
  assert.equal(read(named).text, "30000\n", "the header is read wherever reading begins");
});

test("what was counted goes with the content: a copy has it, an append or a new object has not", async () => {
  await put("/tables/first", "a\nb\n");
  assert.deepEqual(await meta("csv", "/tables/first", ""), [4, 200, 1, 2, 1]);
  const codeOf = async (path: string) => (await select("select * from ossobject", path, { input: "<CSV><Range>line-range=0-0</Range></CSV>" })).code;
  await world.ask({ method: "PUT", path: "/tables/second", headers: { "x-oss-copy-source": "/tables/first" } });
  assert.equal(await codeOf("/tables/second"), undefined);
  await put("/tables/first", "a\n");
  assert.equal(await codeOf("/tables/first"), "SelectCsvMetaUnavailable");
  await put("/tables/jsonl", '{"a":1}\n{"a":2},{"a":3}');
  assert.deepEqual(await meta("json", "/tables/jsonl", "<InputSerialization><JSON><Type>LINES</Type></JSON></InputSerialization>"), [23, 200, 1, 3]);
  const last = await select("select a from ossobject", "/tables/jsonl", { format: "json", input: "<JSON><Type>LINES</Type><Range>line-range=1-</Range></JSON>" });
  assert.equal(read(last).text, '{"a":2}\n{"a":3}\n');
  assert.equal(await meta("json", "/tables/jsonl", "<InputSerialization><JSON><Type>DOCUMENT</Type></JSON></InputSerialization>"), "MalformedXML");
  assert.equal(await meta("csv", "/tables/first", "<InputSerialization><CompressionType>GZIP</CompressionType></InputSerialization>"), "UnsupportedCompressionFormat");
  await world.ask({ method: "PUT", path: "/tables/link", query: { symlink: "" }, headers: { "x-oss-symlink-target": "second" } });
  assert.equal(
    read(await select("select * from ossobject", "/tables/link", { input: "<CSV><Range>line-range=1-1</Range></CSV>" })).text,
    "b\n",
    "a symlink reads as what it stands for",
  );
  await put("/tables/broken", 'a"b\n');
  assert.equal(await meta("csv", "/tables/broken", ""), "InvalidCsvLine");
  assert.equal((await process("csv/meta", "<CsvMetaRequest/>", "/tables/first", { as: user })).code, "AccessDenied");
});

test("bytes name the records that begin among them", async () => {
  await put("/tables/words", "one\ntwo\nthree\n");
  const range = async (header: string): Promise<string> =>
    read(
      await select("select * from ossobject", "/tables/words", { input: "<CSV><AllowQuotedRecordDelimiter>false</AllowQuotedRecordDelimiter></CSV>", headers: { range: header } }),
    ).text;
  assert.deepEqual(await Promise.all(["bytes=0-1", "bytes=1-3", "bytes=1-4", "bytes=4-7", "bytes=5-", "bytes=-6"].map(range)), [
    "one\n",
    "",
    "two\n",
    "two\n",
    "three\n",
    "three\n",
  ]);
});
