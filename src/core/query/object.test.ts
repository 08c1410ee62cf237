import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "../errors.ts";
import { headObject } from "../objects/read.ts";
import { asKey, put, type TestBucket, type TestPorts, testBucket, testContext, testPorts } from "../testing.ts";
import type { QueryInput, Running } from "./api.ts";
import { indexRows } from "./index-rows.ts";
import { queryLimits } from "./limits.ts";
import { queryObject } from "./query-object.ts";
import type { Piece, Summary } from "./run.ts";
import { rowsOut, testLanguage, testRows } from "./testing.ts";

const lines = (count: number, text: string): string => `${text}\n`.repeat(count);
const query = (bucket: TestBucket, statement = "select _1 from ossobject"): QueryInput => ({
  ...bucket,
  key: asKey("table"),
  statement,
  language: testLanguage,
  input: { gzip: false, rows: testRows },
  output: rowsOut,
  skip: { incomplete: false, skippedMax: 0 },
});
const run = (ports: TestPorts, bucket: TestBucket, statement?: string) => queryObject(ports, testContext("object.read"), query(bucket, statement));
const index = (ports: TestPorts, bucket: TestBucket, again = false) =>
  indexRows(ports, testContext("object.write"), { ...bucket, key: asKey("table"), input: { gzip: false, rows: testRows }, again });
async function rest(results: Running<Piece, Summary>): Promise<string> {
  const found: Buffer[] = [];
  for (let step = await results.next(); !step.done; step = await results.next()) if (step.value.data) found.push(step.value.data);
  return Buffer.concat(found).toString("utf8");
}
async function finished<T, R>(results: Running<T, R>): Promise<R> {
  for (let step = await results.next(); ; step = await results.next()) if (step.done) return step.value;
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
const overloaded = (error: unknown): boolean => isDomainError(error, "overloaded");
const rowCount = async (ports: TestPorts, bucket: TestBucket) => (await headObject(ports, testContext("object.read"), { ...bucket, key: asKey("table") })).version.rows?.rows;

test("only so many queries run at a time; those that end, fail or are closed make room, and hold nothing back", async () => {
  const ports = testPorts();
  const bucket = await testBucket(ports);
  await put(ports, bucket, "table", lines(200_000, "a"));
  const open = [];
  for (let i = 0; i < queryLimits.runningMax; i++) open.push((await run(ports, bucket)).results);
  await assert.rejects(run(ports, bucket), overloaded);
  await assert.rejects(run(ports, bucket, "select nonsense"), (error) => isDomainError(error, "queryFault"), "a wrong statement is told at once");
  assert.equal(ports.openReaders(), queryLimits.runningMax);
  const [first, second, ...others] = open;
  assert.equal((await rest(first as (typeof open)[0])).length, 400_000);
  await (second as (typeof open)[0]).next();
  for (const results of [second as (typeof open)[0], ...others]) {
    results.close();
    results.close();
  }
  await turn();
  assert.equal(ports.openReaders(), 0);
  assert.equal(await rest((await run(ports, bucket, "select count(*) from ossobject")).results), "200000\n");
  await assert.rejects(rest((await run(ports, bucket, "select _1 from ossobject where _1 > 1")).results), (error) => isDomainError(error, "queryFault"));
  assert.equal(ports.openReaders(), 0);
});

test("a query reads the object that it found, whatever is written meanwhile", async () => {
  const ports = testPorts();
  const bucket = await testBucket(ports);
  await put(ports, bucket, "table", lines(200_000, "old"));
  const { results } = await run(ports, bucket);
  const begun = await results.next();
  await put(ports, bucket, "table", lines(10, "new"));
  const text = (begun.done ? "" : String(begun.value.data ?? "")) + (await rest(results));
  assert.equal(text, lines(200_000, "old"));
});

test("a query stops when nobody waits for it any more", async () => {
  const ports = testPorts();
  const bucket = await testBucket(ports);
  await put(ports, bucket, "table", lines(200_000, "a"));
  const signal = { aborted: false };
  const { results } = await queryObject(ports, { ...testContext("object.read"), signal }, query(bucket, "select count(*) from ossobject"));
  await results.next();
  signal.aborted = true;
  await assert.rejects(finished(results), /went away/);
  assert.equal(ports.openReaders(), 0);
});

test("records are noted with the content that was counted, or not at all", async () => {
  const ports = testPorts();
  const bucket = await testBucket(ports);
  await put(ports, bucket, "table", lines(200_000, "a"));
  const overtaken = await index(ports, bucket);
  await overtaken.results.next();
  await put(ports, bucket, "table", lines(200_000, "b"));
  assert.equal((await finished(overtaken.results)).index.rows, 200_000);
  assert.equal(await rowCount(ports, bucket), undefined);
  await finished((await index(ports, bucket)).results);
  assert.equal(await rowCount(ports, bucket), 200_000);
  const known = await finished((await index(ports, bucket)).results);
  assert.equal(known.scanned, 0);
  assert.equal((await finished((await index(ports, bucket, true)).results)).scanned, 400_000);
  const closed = await index(ports, bucket, true);
  await closed.results.next();
  closed.results.close();
  await turn();
  assert.equal(ports.openReaders(), 0);
});
