/** One engine, three doors: an object that any of them wrote is asked through all, encrypted or not, and gives the same rows. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { doorNames, element } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const bucket = "cross-select";
const data = Array.from({ length: 500 }, (_, row) => `${row},${row % 7},"x ${row}"\n`).join("");
const rows = "_1, _3";
const where = "cast(_2 as int) = 3 and _1 < 50";
const expected = [3, 10, 17, 24, 31, 38, 45].map((row) => `${row},x ${row}\n`).join("");

const awsDocument = `<SelectObjectContentRequest><Expression>select ${rows} from s3object where ${where.replaceAll("<", "&lt;")}</Expression><ExpressionType>SQL</ExpressionType><InputSerialization><CSV/></InputSerialization><OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>`;
const ossDocument = (sql: string, range = ""): string =>
  `<SelectRequest><Expression>${Buffer.from(sql).toString("base64")}</Expression><InputSerialization><CSV>${range}</CSV></InputSerialization><OutputSerialization><OutputRawData>true</OutputRawData></OutputSerialization></SelectRequest>`;

/** What the events of type Records carry: the first of them is all there is of so little. */
function recordsIn(body: Buffer): string {
  const [length, headBytes] = [body.readUInt32BE(0), body.readUInt32BE(4)];
  assert.match(body.toString("latin1", 12, 12 + headBytes), /Records/);
  return body.toString("utf8", 12 + headBytes, length - 4);
}

describe("select through every door", () => {
  const { doors } = servedDoors();
  before(async () => {
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
  });
  const selectOss = (key: string, sql: string, range = "") =>
    doors.oss.send({ method: "POST", bucket, key, query: { "x-oss-process": "csv/select" }, body: ossDocument(sql, range) });

  for (const writer of doorNames) {
    it(`what ${writer} wrote`, async () => {
      const key = `from-${writer}`;
      const headers: Record<string, string> = writer === "s3" ? { "x-amz-server-side-encryption": "aws:kms" } : {};
      assert.ok((await doors[writer].send({ method: "PUT", bucket, key, body: data, headers })).status < 300);
      for (const reader of ["s3", "hcp"] as const) {
        const answer = await doors[reader].send({ method: "POST", bucket, key, query: { select: undefined }, body: awsDocument });
        assert.equal(answer.status, 200, answer.body.toString());
        assert.equal(recordsIn(answer.body), expected, reader);
      }
      const raw = await selectOss(key, `select ${rows} from ossobject where ${where}`);
      assert.deepEqual([raw.status, raw.body.toString()], [206, expected]);
    });
  }

  it("what OSS counted, a write through another door forgets", async () => {
    const key = "counted";
    await doors.s3.send({ method: "PUT", bucket, key, body: data });
    const meta = await doors.oss.send({ method: "POST", bucket, key, query: { "x-oss-process": "csv/meta" }, body: "<CsvMetaRequest/>" });
    assert.equal(meta.status, 200, meta.body.toString());
    const range = "<Range>line-range=498-</Range>";
    assert.equal((await selectOss(key, "select _1 from ossobject", range)).body.toString(), "498\n499\n");
    await doors.hcp.send({ method: "PUT", bucket, key, body: data });
    assert.equal(element((await selectOss(key, "select _1 from ossobject", range)).body, "Code"), "SelectCsvMetaUnavailable");
  });
});
