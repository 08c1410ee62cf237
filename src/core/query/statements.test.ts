import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "../errors.ts";
import { queryLimits } from "./limits.ts";
import { ask, jsonOut, rowsOut, type TestQuery, testLanguage, testRows } from "./testing.ts";

const json: TestQuery = { input: { gzip: false, json: { form: "lines", numbersAsText: false } }, output: jsonOut };
const keeping: TestQuery = { output: { rows: { ...("rows" in rowsOut ? rowsOut.rows : assert.fail()), keepColumns: true } } };

async function faultOf(sql: string, query: TestQuery = {}): Promise<string> {
  try {
    const { error } = await ask(sql, "", query);
    return isDomainError(error, "queryFault") ? error.detail.fault : String(error ?? "none");
  } catch (error) {
    return isDomainError(error, "queryFault") ? error.detail.fault : String(error);
  }
}
const where = (condition: string): string => `select * from ossobject where ${condition}`;

test("statements that are wrong are refused by what is wrong with them", async () => {
  const cases: [fault: string, sql: string, query?: TestQuery][] = [
    ["syntax", ""],
    ["syntax", "select"],
    ["syntax", "select * from"],
    ["syntax", "select * from other"],
    ["syntax", "select * from ossobject where"],
    ["syntax", "select * from ossobject group by _1"],
    ["syntax", "select * from ossobject order by _1"],
    ["syntax", "select * from ossobject o join ossobject p on o._1 = p._1"],
    ["syntax", "select _1 || _2 from ossobject"],
    ["syntax", "select _1 + 1 from ossobject"],
    ["syntax", "select count(_1) from ossobject"],
    ["syntax", "select * from ossobject; select * from ossobject"],
    ["syntax", where("avg(cast(_1 as int)) > 1")],
    ["syntax", where("_1 = 'open")],
    ["syntax", where("_1 = \u0001")],
    ["syntax", where("_1 in (_2)")],
    ["syntax", where("cast(_1 as blob) = 1")],
    ["tooManyValues", where(`_1 in (${"1,".repeat(queryLimits.valuesInListMax)}1)`)],
    ["nameTooLong", where(`"${"n".repeat(queryLimits.nameBytesMax + 1)}" = 1`)],
    ["columnIndex", "select _0 from ossobject"],
    ["columnIndex", "select _1001 from ossobject"],
    ["aggregateType", "select max(_1) from ossobject"],
    ["aggregateType", "select sum(cast(_1 as string)) from ossobject"],
    ["aggregateTimestamp", "select avg(cast(_1 as timestamp)) from ossobject"],
    ["valueTypes", where("_1 in (1, 'a')")],
    ["escapeCharacter", where("_1 like 'a%' escape '%'")],
    ["escapeLength", where("_1 like 'a%' escape 'ab'")],
    ["escapeEnd", where("_1 like 'a!' escape '!'")],
    ["rowLimit", "select * from ossobject limit 0"],
    ["rowLimit", "select * from ossobject limit -1"],
    ["tooManyWildcards", where("_1 like '%a%b%c%d%e%'")],
    ["tooManyConditions", where("_1 = 1 or ".repeat(queryLimits.conditionsMax) + "_1 = 2")],
    ["tooDeep", where(`${"not (".repeat(queryLimits.conditionDepthMax)}_1 = 1${")".repeat(queryLimits.conditionDepthMax)}`)],
    ["tooDeep", where("(".repeat(10_000))],
    ["tooDeep", where(`_1 = ${"-".repeat(10_000)}1`)],
    ["tooDeep", where(`_1 = 1${"+1".repeat(5_000)}`)],
    ["castTwice", where("cast(_1 as int) = 1 and cast(_1 as double) > 1.5")],
    ["timestampFormat", where("cast(_1 as timestamp format 'YY') > cast('20200101' as timestamp)")],
    ["timestampMismatch", where("cast('20201301' as timestamp format 'YYYY-DD-MM') > cast(_1 as timestamp)")],
    ["timestampValue", where("cast('soon' as timestamp) > cast(_1 as timestamp)")],
    ["likeOperand", where("'a' like 'a'")],
    ["likeOperand", where("cast(_1 as int) like 'a'")],
    ["likeOperand", where("_1 like _2")],
    ["mixOfAggregates", "select _1, count(*) from ossobject"],
    ["tooManyAggregates", `select ${"count(*),".repeat(queryLimits.aggregatesMax)} count(*) from ossobject`],
    ["mixOfStar", "select *, _1 from ossobject"],
    ["keepWithAggregates", "select count(*) from ossobject", keeping],
    ["keepTwice", "select _1, _1 from ossobject", keeping],
    ["arithmeticOperand", where("_1 + 'a' > 1")],
    ["andOperand", where("_1 = 1 and 5")],
    ["orOperand", where("_1 = 1 or 'a'")],
    ["notOperand", where("not 5")],
    ["isNullOperand", where("5 is null")],
    ["comparison", where("5")],
    ["comparison", where("cast(_1 as int) > 'a'")],
    ["comparison", where("'a' = 1")],
    ["comparison", where("cast(_1 as int) between 1 and 'b'")],
    ["concatOperand", where("'a' || 'b' = _1")],
    ["nestedInRows", "select a.b from ossobject"],
    ["nestedInRows", "select _1[0] from ossobject"],
    ["rootInRows", "select * from ossobject.a[*]"],
    ["unknownColumn", "select a from ossobject"],
    ["wildcardPath", "select a[*] from ossobject", json],
    ["negativeIndex", "select a[-1] from ossobject", json],
    ["pathDepth", `select ${"a.".repeat(queryLimits.pathStepsMax + 1)}a from ossobject`, json],
  ];
  for (const [fault, sql, query] of cases) assert.equal(await faultOf(sql, query), fault, sql.slice(0, 100));
});

test("what the vendor's own SDK tests send is taken as they mean it", async () => {
  assert.equal((await ask("select _2 from ossobject'", "a,b\n")).text, "b\n");
  assert.equal((await ask("select a.b as x as y from ossobject", '{"a":{"b":1}}', json)).text, '{"y":1}\n');
  assert.equal((await ask("SELECT _1 FROM OssObject WHERE true LIMIT 1;", "a\nb\n")).text, "a\n");
});

test("rows: names of the header without regard to case, numbers, aliases, columns that are not there", async () => {
  const use: TestQuery = { input: { gzip: false, rows: { ...testRows, header: "use" } } };
  const data = "Name,Job title,Age\nann,cook,30\nbob,,\ncy\n";
  assert.equal((await ask('select NAME, "job TITLE", _3 from ossobject', data, use)).text, "ann,cook,30\nbob,,\ncy,,\n");
  assert.equal((await ask("select s.name from ossobject s where s.age is null", data, use)).text, "cy\n");
  assert.equal((await ask("select name from ossobject where age > 29", data, use)).text, "ann\n", "empty is no number, and no wrong one");
  assert.equal((await ask("select count(*), avg(cast(age as double)) from ossobject", data, use)).text, "3,30\n");
});

test("JSON: paths, values as they stand, what is missing is left out, texts that numbers are not", async () => {
  const data = '{"a":{"b":[1,{"c":"x"}]},"n":1.50,"z":null}\n{"a":2}';
  assert.equal((await ask("select a.b[1].c, n as num, z, gone, a.b[0] from ossobject", data, json)).text, '{"c":"x","num":1.50,"z":null,"_5":1}\n{}\n');
  assert.equal((await ask("select * from ossobject.a s where s = 2", data, { ...json, skip: { incomplete: false, skippedMax: 1 } })).text, '{"_1":2}\n');
  assert.equal((await ask("select * from ossobject.a.b[*]", data, json)).text, '{"_1":1}\n{"c":"x"}\n');
  assert.equal((await ask("select n from ossobject where cast(n as decimal) = 1.5", data, json)).text, '{"n":1.50}\n');
  const { error } = await ask("select n from ossobject where n = '1.50'", data, json);
  assert.ok(isDomainError(error, "queryFault") && error.detail.fault === "jsonSkipped");
  const asText: TestQuery = { ...json, input: { gzip: false, json: { form: "lines", numbersAsText: true } } };
  assert.equal((await ask("select n from ossobject where n = '1.50'", data, asText)).text, '{"n":1.50}\n');
  assert.equal((await ask("select a.__proto__ from ossobject", '{"a":{"__proto__":1}}', json)).text, '{"__proto__":1}\n');
});

test("arithmetic and casts: whole numbers, doubles, decimals, times", async () => {
  const computed = { ...testLanguage, computed: true };
  const value = async (sql: string): Promise<string> => (await ask(`select ${sql} from ossobject`, "7,2.5,x,2020-01-02\n", { language: computed })).text.trimEnd();
  assert.equal(await value("cast(_1 as int) / 2, cast(_1 as int) % 4, _2 * 2"), "3,3,5");
  assert.equal(await value("cast(_2 as decimal) * 3, cast('0.1' as decimal) + cast('0.2' as decimal), 0.1 + 0.2"), "7.5,0.3,0.30000000000000004");
  assert.equal(await value("9007199254740993 + 0, cast(9007199254740993 as double)"), "9007199254740993,9007199254740992");
  assert.equal(
    await value("cast(_4 as timestamp), cast('02/01/2020' as timestamp), cast('01/02/2020' as timestamp format 'MM/DD/YYYY')"),
    Array(3).fill("2020-01-02T00:00:00.000Z").join(),
  );
  assert.equal(await value("cast('28/Feb/2017:12:30:51 +0700' as timestamp)"), "2017-02-28T05:30:51.000Z");
  for (const wrong of ["cast(_3 as int)", "cast(_2 as int)", "_1 / 0", "9223372036854775807 + 1", "cast(_3 as timestamp)"]) assert.equal(await value(wrong), "", wrong);
});

test("rows that do not fit are skipped as often as allowed, and named", async () => {
  const data = "1,a\nx,b\n3\n4,d\n";
  const sql = "select _1, _2 from ossobject where _1 > 0";
  const none = await ask(sql, data);
  assert.equal(none.text, "1,a\n", "what came before is given out");
  assert.ok(isDomainError(none.error, "queryFault") && none.error.detail.fault === "skippedRows");
  assert.deepEqual((await ask(sql, data, { skip: { incomplete: false, skippedMax: 1 } })).summary?.skipped, { count: 1, rows: [1] });
  const both = await ask(sql, data, { skip: { incomplete: true, skippedMax: 2 } });
  assert.equal(both.text, "1,a\n4,d\n");
  assert.deepEqual(both.summary?.skipped, { count: 2, rows: [1, 2] });
});

test("one long column selected often is no way to make memory run out", async () => {
  const long = "x".repeat(200_000);
  const { error, text } = await ask(`select ${"_1,".repeat(999)} _1 from ossobject`, `a\n${long}\n`);
  assert.ok(isDomainError(error, "queryFault") && error.detail.fault === "outputSize");
  assert.equal(text, `${"a,".repeat(999)}a\n`);
});

test("a row of digits that is no number is told from one at once", async () => {
  const { summary } = await ask("select _1 from ossobject where _1 > 5", `${"1".repeat(200_000)}x\n`, { skip: { incomplete: false, skippedMax: 1 } });
  assert.equal(summary?.skipped.count, 1);
  assert.equal((await ask("select count(*) from ossobject where _1 > 5", "99999999999999999999\n")).text, "1\n");
});
