import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { crc32, gzipSync } from "node:zlib";
import { parseXml, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, alt, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }) });
before(async () => {
  world = await openWorld();
  await ask("PUT", "/tables");
});
after(() => world.close());

type Parts = { input?: string; output?: string; more?: string };
const csv = (content = ""): string => `<CSV>${content}</CSV>`;
const json = (type: string): string => `<JSON><Type>${type}</Type></JSON>`;
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const documentOf = (sql: string, { input = csv(), output = csv(), more = "" }: Parts = {}): string =>
  `<SelectObjectContentRequest><Expression>${escaped(sql)}</Expression><ExpressionType>SQL</ExpressionType><InputSerialization>${input}</InputSerialization><OutputSerialization>${output}</OutputSerialization>${more}</SelectObjectContentRequest>`;
const select = (sql: string, key: string, parts?: Parts, headers: Record<string, string> = {}): Promise<Answer> =>
  ask("POST", `/tables/${key}?select&select-type=2`, documentOf(sql, parts), headers);

type Message = { headers: Record<string, string>; payload: Buffer };
function messagesOf(body: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < body.length; ) {
    const [length, headBytes] = [body.readUInt32BE(at), body.readUInt32BE(at + 4)];
    assert.equal(body.readUInt32BE(at + 8), crc32(body.subarray(at, at + 8)));
    assert.equal(body.readUInt32BE(at + length - 4), crc32(body.subarray(at, at + length - 4)));
    const headers: Record<string, string> = {};
    const end = at + 12 + headBytes;
    for (let place = at + 12; place < end; ) {
      const name = body.toString("utf8", place + 1, place + 1 + (body[place] as number));
      place += 1 + name.length;
      assert.equal(body[place], 7);
      const size = body.readUInt16BE(place + 1);
      headers[name] = body.toString("utf8", place + 3, place + 3 + size);
      place += 3 + size;
    }
    messages.push({ headers, payload: body.subarray(end, at + length - 4) });
    at += length;
  }
  return messages;
}
/** Everything a client gets from a whole answer. */
function read(answer: Answer) {
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/vnd.amazon.eventstream"]);
  const messages = messagesOf(answer.body);
  const types = messages.map(({ headers }) => headers[":event-type"] ?? headers[":error-code"]);
  const text = Buffer.concat(messages.filter(({ headers }) => headers[":event-type"] === "Records").map(({ payload }) => payload)).toString("utf8");
  const stats = messages.find(({ headers }) => headers[":event-type"] === "Stats")?.payload;
  const root = stats && parseXml(stats, { bytesMax: 1000, elementsMax: 10 });
  return { text, types, stats: root && ["BytesScanned", "BytesProcessed", "BytesReturned"].map((name) => Number(xmlChildText(root, name))) };
}

test("CSV and JSON are selected from, into either", async () => {
  const data = "name,age\nann,30\n#bob,10\ncy,20\n";
  await ask("PUT", "/tables/people", data);
  const use = csv("<FileHeaderInfo>USE</FileHeaderInfo>");
  const whole = read(await select("SELECT * FROM S3Object s WHERE s.age > 25", "people", { input: use }));
  assert.deepEqual(whole, { text: "ann,30\n", types: ["Records", "Stats", "End"], stats: [data.length, data.length, 7] });
  assert.equal(read(await select("SELECT * FROM S3Object", "people", { input: use, output: "<JSON/>" })).text, '{"name":"ann","age":"30"}\n{"name":"cy","age":"20"}\n');
  const quoted = csv("<QuoteFields>ALWAYS</QuoteFields><FieldDelimiter>;</FieldDelimiter><RecordDelimiter>|</RecordDelimiter>");
  assert.equal(read(await select("SELECT UPPER(s.name), CAST(age AS INT) + 1 FROM S3Object s", "people", { input: use, output: quoted })).text, '"ANN";"31"|"CY";"21"|');
  assert.equal(
    read(
      await select("SELECT COUNT(*), AVG(CAST(_2 AS FLOAT)) FROM S3Object WHERE _1 LIKE '_y' OR _1 LIKE 'a%'", "people", { input: csv("<FileHeaderInfo>IGNORE</FileHeaderInfo>") }),
    ).text,
    "2,25\n",
  );
  await ask("PUT", "/tables/doc", JSON.stringify({ rules: [{ id: 1, tags: ["a"] }, { id: "x,y" }] }, undefined, 1));
  assert.equal(
    read(await select("SELECT r.id, r.tags[0] AS tag FROM S3Object[*].rules[*] r", "doc", { input: json("DOCUMENT"), output: "<JSON/>" })).text,
    '{"id":1,"tag":"a"}\n{"id":"x,y"}\n',
  );
  assert.equal(read(await select("SELECT * FROM S3Object[*].rules[*]", "doc", { input: json("DOCUMENT") })).text, '1,"[""a""]"\n"x,y"\n');
  await ask("PUT", "/tables/escaped", '"a\\"b","c\\\\",d\\e\n');
  const backslash = csv("<QuoteEscapeCharacter>\\</QuoteEscapeCharacter>");
  assert.equal(read(await select("SELECT * FROM S3Object", "escaped", { input: backslash })).text, '"a""b",c\\,d\\e\n');
  assert.equal(read(await select("SELECT _1 FROM S3Object", "escaped", { input: backslash, output: backslash })).text, '"a\\"b"\n');
  await ask("PUT", "/tables/packed", gzipSync("a\n".repeat(100_000)));
  const packed = read(await select("SELECT COUNT(*) FROM S3Object", "packed", { input: `<CompressionType>GZIP</CompressionType>${csv()}` }));
  assert.deepEqual([packed.text, packed.stats?.[1]], ["100000\n", 200_000]);
  assert.ok((packed.stats?.[0] ?? 0) < 1000, "scanned is what was read, processed what came out of it");
});

test("functions of values", async () => {
  await ask("PUT", "/tables/one", " Ab ,é😀x,,7\n");
  const value = async (sql: string): Promise<string> => read(await select(`SELECT ${sql} FROM S3Object`, "one")).text.trimEnd();
  assert.equal(await value("LOWER(_1) || '.', TRIM(_1), CHAR_LENGTH(_2), CHARACTER_LENGTH(_1)"), " ab .,Ab,3,4");
  assert.equal(await value("SUBSTRING(_2, 2), SUBSTRING(_2 FROM 2 FOR 1), SUBSTRING(_2, -1, 3)"), "😀x,😀,é");
  assert.equal(await value("COALESCE(_9, NULLIF(_4, '7'), 'z'), NULLIF(_4, '8'), TO_STRING(CAST(_4 AS INT) * 2)"), "z,7,14");
});

test("ranges name the records that begin in them, of CSV and of JSON lines", async () => {
  await ask("PUT", "/tables/words", "one\ntwo\nthree\n");
  await ask("PUT", "/tables/lines", '{"a":1}\n{"a":2}\n{"a":3}\n');
  const range = async (content: string, key = "words", input = csv()) =>
    read(await select("SELECT * FROM S3Object", key, { input, more: `<ScanRange>${content}</ScanRange>` })).text;
  const [start, end] = [(at: number) => `<Start>${at}</Start>`, (at: number) => `<End>${at}</End>`];
  assert.deepEqual(await Promise.all([start(0) + end(3), start(4) + end(4), start(1) + end(3), start(5), end(6)].map((content) => range(content))), [
    "one\n",
    "two\n",
    "",
    "three\n",
    "three\n",
  ]);
  assert.equal(await range(start(1) + end(8), "lines", json("LINES")), "2\n");
  const bad = await select("SELECT * FROM S3Object", "lines", { input: json("DOCUMENT"), more: `<ScanRange>${start(1)}</ScanRange>` });
  assert.equal(bad.code, "InvalidScanRange");
});

test("what goes wrong later is a message of its own, what is wrong at once an answer", async () => {
  await ask("PUT", "/tables/late", `${"1\n".repeat(60_000)}x\n`);
  const late = read(await select("SELECT CAST(_1 AS INT) FROM S3Object", "late"));
  assert.deepEqual([late.text.length, late.types.at(-1), late.stats], [120_000, "CastFailed", undefined]);
  const cases: [code: string, sql: string, parts?: Parts][] = [
    ["MissingRequiredParameter", ""],
    ["ExpressionTooLong", `SELECT * FROM S3Object${" ".repeat(20_000)}`],
    ["ParseSelectFailure", "SELECT * FROM other"],
    ["ParseSelectFailure", "SELECT NOPE(_1) FROM S3Object"],
    ["ParseSelectFailure", "SELECT LOWER(_1, _2) FROM S3Object"],
    ["CastFailed", "SELECT CAST(_1 AS INT) FROM S3Object WHERE _1 = 'x' OR CAST(_1 AS INT) > 5"],
    ["InvalidDataSource", "SELECT * FROM S3Object", { input: "" }],
    ["NotImplemented", "SELECT * FROM S3Object", { input: "<Parquet/>" }],
    ["NotImplemented", "SELECT * FROM S3Object", { input: `<CompressionType>BZIP2</CompressionType>${csv()}` }],
    ["InvalidFileHeaderInfo", "SELECT * FROM S3Object", { input: csv("<FileHeaderInfo>MAYBE</FileHeaderInfo>") }],
    ["InvalidJsonType", "SELECT * FROM S3Object", { input: json("OTHER") }],
    ["InvalidQuoteFields", "SELECT * FROM S3Object", { output: csv("<QuoteFields>NEVER</QuoteFields>") }],
    ["InvalidRequestParameter", "SELECT * FROM S3Object", { output: "" }],
    ["JSONParsingError", "SELECT * FROM S3Object", { input: json("DOCUMENT") }],
    ["InvalidCompressionFormat", "SELECT * FROM S3Object", { input: `<CompressionType>GZIP</CompressionType>${csv()}` }],
  ];
  for (const [code, sql, parts] of cases) {
    const answer = await select(sql, code === "CastFailed" || code === "JSONParsingError" ? "people" : "late", parts);
    assert.deepEqual([answer.code, answer.status], [code, code === "NotImplemented" ? 501 : 400], sql.slice(0, 80) + JSON.stringify(parts));
  }
  assert.equal((await ask("POST", "/tables/late?select&select-type=2", documentOf("SELECT 1 FROM S3Object").replace(">SQL<", ">SPARQL<"))).code, "InvalidExpressionType");
  assert.equal((await select("SELECT * FROM S3Object", "none")).code, "NoSuchKey");
  assert.equal((await world.ask({ method: "POST", target: "/tables/late?select&select-type=2", body: documentOf("SELECT * FROM S3Object"), as: alt })).code, "AccessDenied");
});

test("an object kept with the customer's key is read with it alone", async () => {
  const key = Buffer.alloc(32, 7);
  const { createHash } = await import("node:crypto");
  const headers = {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": key.toString("base64"),
    "x-amz-server-side-encryption-customer-key-MD5": createHash("md5").update(key).digest("base64"),
  };
  await ask("PUT", "/tables/sealed", "a,b\n".repeat(20_000), headers);
  assert.equal((await select("SELECT _2 FROM S3Object LIMIT 1", "sealed")).status, 400);
  assert.equal(read(await select("SELECT _2 FROM S3Object LIMIT 1", "sealed", {}, headers)).text, "b\n");
});
